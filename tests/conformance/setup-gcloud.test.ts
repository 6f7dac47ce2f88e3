import { parseOptIns } from '../../shared/setup/options.ts';
import { undoScript } from '../../shared/setup/undo/gcloud-script.ts';
import { accountId, reader } from '../support/settings.ts';
import {
  foreign,
  pool,
  poolName,
  provider,
  providerName,
  type SetupWorld,
  startSetupWorld,
} from '../support/setup-world.ts';
import { runScript } from './gcloud-script.ts';
import { hasGcloud } from './google-cloud-cli.ts';

(hasGcloud ? describe : describe.skip)('conformance of setup with gcloud (is it installed?)', () => {
  let printed: SetupWorld;
  let applied: SetupWorld;
  beforeEach(async () => {
    [printed, applied] = await Promise.all([startSetupWorld(), startSetupWorld()]);
  });
  afterEach(() => Promise.all([printed.close(), applied.close()]));

  /** Prints and runs in one world, applies in the other: both end in the same state. */
  const expectTheSameState = async (...options: readonly string[]) => {
    const before = printed.google.calls.length;
    const { status, stdout } = await printed.setup('--print', 'gcloud', ...options);
    expect(status).toBe(0);
    expect(printed.writes(before)).toEqual([]);
    const ran = await runScript(printed.google, stdout);
    expect(ran).toMatchObject({ status: 0 });
    expect((await applied.setup('--yes', ...options)).status).toBe(0);
    expect(await printed.state()).toEqual(await applied.state());
    // Only rolebridge.yml is left for setup itself.
    const { steps } = await printed.plan();
    expect(steps.map(({ kind }) => kind).filter((kind) => kind !== 'writeSettings')).toEqual([]);
  };

  it('from nothing, with an account and a project opted in', async () => {
    await expectTheSameState('--opt-in', reader, '--opt-in-project', 'acme-data');
  }, 180_000);

  it('repairs what was deleted, disabled and changed', async () => {
    for (const world of [printed, applied]) {
      await world.run();
      await world.call('PATCH', `${providerName}?updateMask=disabled,attributeMapping,attributeCondition`, {
        disabled: true,
        attributeMapping: { 'google.subject': 'assertion.arn' },
      });
      for (const name of [providerName, poolName, 'projects/acme-data/roles/rolebridgeEditor'])
        await world.call('DELETE', name);
      await world.call(
        'PATCH',
        `projects/acme-data/roles/rolebridgeLister?updateMask=stage,includedPermissions`,
        {
          stage: 'DISABLED',
          includedPermissions: [],
        },
      );
      const account =
        'projects/acme-identity/serviceAccounts/rolebridge@acme-identity.iam.gserviceaccount.com';
      await world.call('POST', `${account}:disable`, {});
      await world.call('PATCH', `${poolName}?updateMask=disabled`, { disabled: true });
    }
    await expectTheSameState();
  }, 180_000);

  it('a pool that is adopted, whose mapping contains commas and quotes', async () => {
    for (const { google } of [printed, applied]) {
      google.addPool(pool).description = "team cloud's, since 2021";
      google.addProvider(pool, provider, accountId, {
        attributeMapping: {
          'google.subject': 'assertion.arn',
          'attribute.pair': "assertion.account + ', ' + assertion.arn",
        },
      });
    }
    await expectTheSameState('--adopt');
    expect((await printed.get(providerName))['attributeMapping']).toHaveProperty(['attribute.pair']);
  }, 180_000);

  it('the undo leaves nothing of setup behind', async () => {
    await printed.run({ optIn: parseOptIns([reader]), optInProjects: ['acme-data'] });
    const { plan, heading } = await printed.prepareUndo();
    const ran = await runScript(printed.google, undoScript(plan, heading));
    expect(ran).toMatchObject({ status: 0 });
    expect((await printed.prepareUndo()).plan).toEqual({ steps: [], warnings: [], refusals: [] });
    expect(printed.data.current().bindings).toEqual(foreign.bindings);
  }, 180_000);

  it('a command that fails stops the script', async () => {
    const { stdout } = await printed.setup('--print', 'gcloud');
    printed.google.intercept(({ method }) =>
      method === 'iam.workloadIdentityPools.create'
        ? { kind: 'error', code: 403, status: 'PERMISSION_DENIED', message: 'You may not.' }
        : undefined,
    );
    const { status, output } = await runScript(printed.google, stdout);
    expect(status).not.toBe(0);
    expect(output).toContain('You may not.');
    expect(printed.writes().at(-1)).toBe('iam.workloadIdentityPools.create');
  }, 180_000);
});
