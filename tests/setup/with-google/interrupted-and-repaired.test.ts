import { isLive } from '../../../local/google/pools.ts';
import { parseOptIns } from '../../../shared/setup/options.ts';
import { reader } from '../../support/settings.ts';
import {
  foreign,
  own,
  poolName,
  projectNumber,
  providerName,
  type SetupWorld,
  startSetupWorld,
} from '../../support/setup-world.ts';

/** Runs the use case against the stand-in, in this process. tests/e2e/setup.test.ts starts the command itself. */

const withReader = { optIn: parseOptIns([reader]) };

let world: SetupWorld;
let wanted: Readonly<Record<string, unknown>>;
beforeAll(async () => {
  const fresh = await startSetupWorld();
  await fresh.run(withReader);
  wanted = await fresh.state();
  await fresh.close();
});
beforeEach(async () => {
  world = await startSetupWorld();
});
afterEach(() => world.close());

const isWrite = (method: string): boolean =>
  /\.(create|patch|undelete|enable|batchEnable|setIamPolicy)$/.test(method);
const expectWanted = async () => {
  expect(await world.state()).toEqual(wanted);
  const before = world.google.calls.length;
  expect((await world.run(withReader)).plan.steps).toEqual([]);
  expect(world.writes(before)).toEqual([]);
};

describe('an interrupted setup', () => {
  const writes = [
    'batchEnable',
    'create pool',
    'create provider',
    'create account',
    'bind 1',
    'bind 2',
    'pool reader',
    'lister',
    'editor',
    'pool reader binding',
    'lister binding',
    'opt-in',
  ];
  it.each(writes.map((what, index) => [index + 1, what] as const))(
    'refused at write %i (%s): reports its progress, and a second run reaches the same state',
    async (nth) => {
      let seen = 0;
      const release = world.google.intercept(({ method }) => {
        if (!isWrite(method)) return undefined;
        seen += 1;
        return seen < nth
          ? undefined
          : { kind: 'error', code: 403, status: 'PERMISSION_DENIED', message: 'Not now.' };
      });
      const { plan, applied } = await world.run(withReader);
      release();
      // The first step writes rolebridge.yml.
      expect(applied.done).toEqual(plan.steps.slice(0, nth));
      expect(applied.failed?.step).toEqual(plan.steps[nth]);
      expect(applied.failed?.error.message).toContain('403 Not now.');
      expect(applied.notDone).toEqual(plan.steps.slice(nth + 1));
      await world.run(withReader);
      await expectWanted();
    },
  );

  it('counts a write as done if only its response was lost', async () => {
    const lost = new Set<string>();
    let conflicts = 0;
    world.google.intercept(({ method, resource }) => {
      if (!isWrite(method)) return undefined;
      const key = `${method} ${resource}`;
      if (lost.has(key)) {
        conflicts += 1;
        return undefined;
      }
      lost.add(key);
      return { kind: 'performThenDrop' };
    });
    const { applied } = await world.run(withReader);
    expect(applied.notDone).toEqual([]);
    expect(conflicts).toBeGreaterThan(4);
    await expectWanted();
  });

  it('ends if someone else creates the same pool, and the next run reads it', async () => {
    world.google.intercept(async ({ method }) => {
      if (method === 'iam.workloadIdentityPools.create') world.google.addPool('aws-roles');
      return undefined;
    });
    const { applied } = await world.run(withReader);
    expect(applied.failed).toMatchObject({
      step: { kind: 'createPool' },
      error: { because: 'conflict', message: expect.stringContaining('409') },
    });
    expect((await world.run(withReader)).plan.refusals).toHaveLength(1);
  });

  it('retries while Google does not know a new resource yet', async () => {
    const refused = new Set<string>();
    world.google.intercept(({ method, resource }) => {
      const message = resource.includes('rolebridge@')
        ? `Identity Pool does not exist (${poolName}).`
        : `Service account ${own} does not exist.`;
      if (!method.endsWith('.setIamPolicy') || refused.has(message)) return undefined;
      refused.add(message);
      return { kind: 'error', code: 400, status: 'INVALID_ARGUMENT', message };
    });
    const waited: string[] = [];
    await world.run(withReader, { waiting: ({ kind }) => void waited.push(kind) });
    expect(waited).toEqual(['bind', 'bind']);
    expect(world.pauses).toEqual([1000, 1000]);
    await expectWanted();
  });

  it('enables an API first if nothing can be read through it, and waits until it works', async () => {
    let refusals = 0;
    let left = Number.POSITIVE_INFINITY;
    const refusal = {
      kind: 'error',
      code: 403,
      status: 'PERMISSION_DENIED',
      message: `Identity and Access Management (IAM) API has not been used in project ${projectNumber} before or it is disabled.`,
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'SERVICE_DISABLED',
          metadata: { service: 'iam.googleapis.com', consumer: `projects/${projectNumber}` },
        },
      ],
    } as const;
    world.google.afterwards(({ method }) => {
      if (method === 'serviceusage.services.batchEnable') left = 1;
    });
    world.google.intercept(({ method }) => {
      if (!method.startsWith('iam.') || left <= 0) return undefined;
      left -= 1;
      refusals += 1;
      return refusal;
    });
    const waited: string[] = [];
    const { applied } = await world.run({}, { waiting: (_, { message }) => void waited.push(message) });
    expect(applied.notDone).toEqual([]);
    expect(refusals).toBeGreaterThan(3);
    expect(waited).toEqual([
      expect.stringContaining('gcloud services enable iam.googleapis.com --project 123456789012'),
    ]);
    expect((await world.plan()).steps).toEqual([]);
  });
});

describe('resources that are deleted, disabled or changed', () => {
  beforeEach(async () => {
    await world.run(withReader);
  });
  const expectRepaired = async (...said: readonly string[]) => {
    const { text } = await world.run();
    for (const one of said) expect(text).toContain(one);
    await expectWanted();
  };

  it('undeletes a pool and a provider', async () => {
    await world.call('DELETE', providerName);
    await world.call('DELETE', poolName);
    await expectRepaired('~ undelete pool aws-roles', '~ undelete provider aws-111122223333', 'was deleted');
  });

  it('enables a pool, a provider and a service account, with a warning', async () => {
    await world.call('PATCH', `${poolName}?updateMask=disabled`, { disabled: true });
    await world.call('PATCH', `${providerName}?updateMask=disabled`, { disabled: true });
    await world.call('POST', `projects/acme-identity/serviceAccounts/${own}:disable`, {});
    await expectRepaired(
      '~ enable pool',
      '~ enable provider',
      '~ enable service account',
      'perhaps on purpose',
    );
  });

  it.each(['rolebridgeLister', 'rolebridgeEditor'])(
    'the role %s: deleted, disabled, widened',
    async (role) => {
      const name = `projects/acme-data/roles/${role}`;
      await world.call('DELETE', name);
      await expectRepaired(`~ undelete role ${role}`);
      await world.call('PATCH', `${name}?updateMask=stage,includedPermissions`, {
        stage: 'DISABLED',
        includedPermissions: ['iam.serviceAccounts.delete'],
      });
      await expectRepaired(
        `~ correct role ${role}`,
        'it is disabled',
        'it has iam.serviceAccounts.delete as well',
      );
    },
  );

  it.each([
    [
      'the bare name of Google’s documentation',
      { 'attribute.aws_role': "assertion.arn.extract('assumed-role/{role}/')" },
    ],
    ['the complete ARN', { 'attribute.aws_role': 'assertion.arn' }],
    ['gcloud’s example, without the attribute', {}],
  ])('a mapping of %s is corrected, and the error is reported', async (_, attributes) => {
    const attributeMapping = { 'google.subject': 'assertion.arn', ...attributes };
    await world.call('PATCH', `${providerName}?updateMask=attributeMapping`, { attributeMapping });
    await expectRepaired('~ correct provider', 'wrong: attribute.aws_role', 'wrong: google.subject');
  });

  it('corrects Google’s default mapping and a missing condition', async () => {
    await world.call('PATCH', `${providerName}?updateMask=attributeMapping,attributeCondition`, {});
    await expectRepaired('wrong: google.subject', 'the attribute condition is missing');
  });

  it('adds members again that someone removed', async () => {
    world.google.policy(own).replace({});
    world.data.replace(foreign);
    await world.run();
    await expectWanted();
  });
});

describe('invariant 1, ownership', () => {
  beforeEach(async () => {
    await world.run();
  });
  const wrongCondition = () =>
    world.call('PATCH', `${providerName}?updateMask=attributeCondition`, { attributeCondition: 'true' });
  const remove = (...names: readonly string[]) =>
    Promise.all(names.map((name) => world.call('DELETE', name)));
  const disablePool = () => world.call('PATCH', `${poolName}?updateMask=disabled`, { disabled: true });
  const servesWrongly = (): boolean => {
    const made = world.google.addPool('aws-roles');
    const inside = made.providers.get('aws-111122223333');
    return isLive(made) && isLive(inside) && inside?.attributeCondition === 'true';
  };

  it.each([
    ['the provider is deleted', () => remove(providerName)],
    ['the pool is deleted', () => remove(poolName)],
    ['both are deleted', () => remove(providerName, poolName)],
    ['the pool is disabled', disablePool],
  ])('a wrong condition is corrected before it serves: %s', async (_, change) => {
    await wrongCondition();
    await change();
    const served: boolean[] = [];
    world.google.afterwards(() => void served.push(servesWrongly()));
    const { applied } = await world.run();
    expect(applied.notDone).toEqual([]);
    expect(served).not.toContain(true);
    expect((await world.plan()).steps).toEqual([]);
    expect(isLive(world.google.addPool('aws-roles'))).toBe(true);
  });

  it.each([
    ['FAILED_PRECONDITION', 400],
    ['NOT_FOUND', 404],
    ['PERMISSION_DENIED', 403],
  ])('nothing is undeleted if Google answers %s to a change of a deleted resource', async (status, code) => {
    await wrongCondition();
    await remove(providerName);
    world.google.intercept(({ method }) =>
      method === 'iam.workloadIdentityPoolProviders.patch'
        ? { kind: 'error', code, status, message: 'The provider is deleted.' }
        : undefined,
    );
    const before = world.google.calls.length;
    const { plan, applied } = await world.run();
    expect(applied.failed?.step).toMatchObject({ kind: 'correctProvider' });
    // A provider that Google does not know yet gets a minute.
    expect(world.pauses.reduce((sum, pause) => sum + pause, 0)).toBe(status === 'NOT_FOUND' ? 55_000 : 0);
    expect(world.writes(before)).not.toContain('iam.workloadIdentityPoolProviders.undelete');
    expect(plan.warnings).toContainEqual(expect.stringContaining('name another one in accounts[].provider'));
  });

  it.each(['999999999999/prod', '111122223333/dev'])(
    'a pool of %s is refused, and stays as it is',
    async (owner) => {
      world.google.addPool('aws-roles').description = `managed by rolebridge; owner ${owner}`;
      const before = world.google.calls.length;
      const { plan } = await world.run({ adopts: true });
      expect(plan.refusals).toEqual([expect.stringContaining(`belongs to rolebridge of ${owner}`)]);
      expect(world.writes(before)).toEqual([]);
    },
  );

  it('a pool of 0.1 is marked; with a provider that the file does not name, it needs --adopt', async () => {
    const made = world.google.addPool('aws-roles');
    made.description = 'ask team cloud | managed by rolebridge';
    expect((await world.run()).applied.notDone).toEqual([]);
    expect(made.description).toBe('ask team cloud | managed by rolebridge; owner 111122223333/prod');
    made.description = 'managed by rolebridge';
    world.google.addProvider('aws-roles', 'aws-999999999999', '999999999999');
    await remove(`${poolName}/providers/aws-999999999999`);
    expect((await world.plan()).refusals).toEqual([expect.stringContaining('aws-999999999999')]);
    const { text } = await world.run({ adopts: true });
    expect(text).toContain('mode: upsert-only (was sync)');
    expect(made.description).toBe('managed by rolebridge; owner 111122223333/prod; adopted');
  });
});
