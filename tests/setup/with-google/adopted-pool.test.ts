import type { AttributeMapping } from '../../../shared/core/provider-mapping.ts';
import { wantedMapping } from '../../../shared/core/provider-mapping.ts';
import { accountId, email, reader } from '../../support/settings.ts';
import {
  foreign,
  pool,
  poolName,
  provider,
  providerName,
  type SetupWorld,
  shortFile,
  startSetupWorld,
} from '../../support/setup-world.ts';

let world: SetupWorld;
beforeEach(async () => {
  world = await startSetupWorld();
});
afterEach(() => world.close());

const principal = `principal://iam.googleapis.com/${poolName}/subject`;
const set = `principalSet://iam.googleapis.com/${poolName}`;
const sts = `arn:aws:sts::${accountId}:assumed-role`;
const theirs = {
  role: 'roles/iam.workloadIdentityUser',
  members: [
    `${set}/attribute.aws_role/deploy`,
    `${set}/attribute.aws_role/${sts}/deploy`,
    `${set}/attribute.account/${accountId}`,
    `${principal}/${sts}/deploy/i-0123456789abcdef0`,
    `${principal}/AROAEXAMPLEEXAMPLE123:session`,
    `${set}/*`,
    `${set}/group/admins`,
    `principalSet://iam.googleapis.com/${poolName}-2/attribute.aws_role/deploy`,
  ],
};

/** Someone else's pool, with members in an allow policy. */
const givenPool = (attributeMapping: AttributeMapping = {}, attributeCondition = '', account = accountId) => {
  const made = world.google.addPool(pool);
  made.description = 'GitHub and AWS, ask team cloud';
  world.google.addProvider(pool, provider, account, { attributeMapping, attributeCondition });
  world.google.addServiceAccount(email('deployer'), 'acme-data', { bindings: [theirs] });
  return made;
};
const documented = {
  'google.subject': 'assertion.arn',
  'attribute.aws_role': "assertion.arn.extract('assumed-role/{role}/')",
  'attribute.account': 'assertion.account',
};
const brokenIn = (broken: readonly { readonly member: string }[] = []) => broken.map(({ member }) => member);

describe('a pool that rolebridge did not create', () => {
  it('is refused, with its description and the next step', async () => {
    givenPool();
    const { text, applied } = await world.run();
    expect(text).toContain(
      'rolebridge did not create it (its description: "GitHub and AWS, ask team cloud")',
    );
    expect(text).toContain('--adopt');
    expect(text).toContain('google.pool');
    expect(applied.done).toEqual([]);
    expect(world.writes()).toEqual([]);
  });

  it('is also refused if it has no description or is deleted', async () => {
    givenPool().description = '';
    await world.call('DELETE', poolName);
    expect((await world.plan()).refusals).toEqual([expect.stringContaining('its description: none')]);
  });

  it('is adopted with --adopt: marked, its text kept, mode upsert-only written before anything else', async () => {
    givenPool(documented);
    const { plan, applied } = await world.run({ adopts: true });
    expect(plan.steps[0]).toMatchObject({
      kind: 'writeSettings',
      changes: expect.arrayContaining([{ path: ['mode'], value: 'upsert-only', before: 'sync' }]),
    });
    expect(applied.notDone).toEqual([]);
    expect(await world.get(poolName)).toMatchObject({
      description: 'GitHub and AWS, ask team cloud | managed by rolebridge; owner 111122223333/prod; adopted',
    });
    expect(world.file()).toContain('tagKey: google-access\nmode: upsert-only\n');
    // Others need their attribute and the absence of a condition, so both stay.
    const { attributeMapping, attributeCondition } = await world.get(providerName);
    expect(attributeMapping).toEqual({ ...documented, ...wantedMapping });
    expect(attributeCondition).toBeUndefined();
    expect(world.google.policy(email('deployer')).current()).toEqual({ bindings: [theirs] });
    const before = world.google.calls.length;
    expect((await world.run()).plan.steps).toEqual([]);
    expect(world.writes(before)).toEqual([]);
  });
});

describe('before anyone agrees, the plan shows whose access the correction ends', () => {
  it('Google’s documented mapping: bare names and complete ARNs as subjects end, all other members keep working', async () => {
    givenPool(documented);
    const { text, plan } = await world.run({ adopts: true });
    expect(brokenIn(plan.broken)).toEqual([
      `${set}/attribute.aws_role/deploy`,
      `${principal}/${sts}/deploy/i-0123456789abcdef0`,
    ]);
    expect(text).toContain('These 2 have access today, and lose it with the correction');
    expect(text).toContain(
      `roles/iam.workloadIdentityUser on ${email('deployer')}; it would be "${sts}/deploy"`,
    );
  });

  it('Google’s default mapping: only the subject changes', async () => {
    givenPool();
    const { plan } = await world.run({ adopts: true });
    expect(brokenIn(plan.broken)).toEqual([`${principal}/${sts}/deploy/i-0123456789abcdef0`]);
    expect((await world.get(providerName))['attributeMapping']).toMatchObject({
      'google.subject': wantedMapping['google.subject'],
      'attribute.aws_role': expect.stringContaining(".contains('assumed-role') ?"),
    });
  });

  it('a subject that is the unique id with its session', async () => {
    givenPool({ ...documented, 'google.subject': 'assertion.userid' });
    const { plan } = await world.run({ adopts: true });
    expect(brokenIn(plan.broken)).toEqual([`${set}/attribute.aws_role/deploy`]);
  });

  it('counts members on a project, and those of other roles', async () => {
    givenPool(documented);
    const member = `${set}/attribute.aws_role/deploy`;
    world.identity.replace({
      ...foreign,
      bindings: [...(foreign.bindings ?? []), { role: 'roles/storage.admin', members: [member] }],
    });
    const { broken } = await world.plan({ adopts: true });
    expect(broken).toContainEqual(
      expect.objectContaining({ resource: 'projects/acme-identity', role: 'roles/storage.admin', member }),
    );
  });

  it('reports that there are none', async () => {
    givenPool(documented);
    world.google.removeServiceAccount(email('deployer'));
    const { text, plan } = await world.run({ adopts: true });
    expect(plan.broken).toEqual([]);
    expect(text).toContain('No allow policy');
  });

  it('lists policies that cannot be read', async () => {
    givenPool(documented);
    world.google.intercept(({ method, resource }) =>
      method === 'iam.serviceAccounts.getIamPolicy' && resource.endsWith(reader)
        ? { kind: 'error', code: 403, status: 'PERMISSION_DENIED', message: 'No.' }
        : undefined,
    );
    const { text } = await world.run({ adopts: true });
    expect(text).toContain(
      `! Could not be read, so it may lose access too: Service account ${reader} does not exist or cannot be read`,
    );
  });

  it('lists projects whose accounts cannot be listed', async () => {
    givenPool(documented);
    world.google.intercept(({ method, resource }) =>
      method === 'iam.serviceAccounts.list' && resource === 'projects/acme-data'
        ? { kind: 'error', code: 403, status: 'PERMISSION_DENIED', message: 'No.' }
        : undefined,
    );
    const { warnings } = await world.plan({ adopts: true });
    expect(warnings.slice(1)).toEqual([
      expect.stringContaining('listing the service accounts of project acme-data'),
    ]);
  });
});

describe('setup does not change', () => {
  it('a mapping and a condition that work', async () => {
    const mapping = {
      'google.subject': 'assertion.userid',
      'attribute.aws_role': `'${sts}/' + assertion.arn.extract('assumed-role/{role}/')`,
    };
    const condition = "assertion.account == '111122223333'";
    givenPool(mapping, condition);
    const { plan } = await world.run({ adopts: true });
    expect(plan.steps.map(({ kind }) => kind)).not.toContain('correctProvider');
    expect(plan.broken).toBeUndefined();
    expect(await world.get(providerName)).toMatchObject({
      attributeMapping: mapping,
      attributeCondition: condition,
    });
  });

  it('a condition that excludes the functions: refused, because widening it would admit others', async () => {
    givenPool({}, "assertion.arn.startsWith('arn:aws:sts::111122223333:assumed-role/deploy/')");
    expect((await world.plan({ adopts: true })).refusals).toEqual([
      expect.stringContaining('(rolebridge-prod-reconcile, rolebridge-prod-sweep)'),
    ]);
  });

  it('a provider of another AWS account', async () => {
    givenPool({}, '', '999999999999');
    expect((await world.plan({ adopts: true })).refusals).toEqual([
      expect.stringContaining('is for AWS account 999999999999, and rolebridge.yml names 111122223333'),
    ]);
  });

  it('a description that leaves no room for the marker', async () => {
    givenPool().description = 'x'.repeat(230);
    expect((await world.plan({ adopts: true })).refusals).toEqual([expect.stringContaining('Shorten it')]);
  });

  it('mode dry-run and upsert-only of rolebridge.yml', async () => {
    for (const mode of ['dry-run', 'upsert-only']) {
      await world.close();
      world = await startSetupWorld(`${shortFile}mode: ${mode} # for now\n`);
      givenPool();
      await world.run({ adopts: true });
      expect(world.file()).toContain(`\nmode: ${mode} # for now\n`);
    }
  });
});

describe('an adopted pool', () => {
  beforeEach(async () => {
    givenPool(documented);
    await world.run({ adopts: true });
  });

  it('is refused after someone reverts the mapping, until the next --adopt', async () => {
    await world.call('PATCH', `${providerName}?updateMask=attributeMapping`, {
      attributeMapping: documented,
    });
    expect((await world.plan()).refusals).toEqual([
      expect.stringContaining("does not work for rolebridge's members, and others may use it"),
    ]);
    const { plan } = await world.run({ adopts: true });
    expect(plan.steps.map(({ kind }) => kind)).toEqual(['correctProvider']);
    expect(brokenIn(plan.broken)).toHaveLength(2);
  });

  it('causes a warning in mode sync: the sweep would remove other people’s members', async () => {
    await world.close();
    world = await startSetupWorld(`${shortFile}mode: sync\n`);
    givenPool(wantedMapping).description = 'managed by rolebridge; owner 111122223333/prod; adopted';
    expect((await world.plan()).warnings).toEqual([
      expect.stringContaining('was adopted, and mode in rolebridge.yml is sync'),
    ]);
  });

  it('keeps its own provider of a second account: ours is created beside it', async () => {
    await world.close();
    world = await startSetupWorld();
    givenPool();
    world.google.addPool(pool).providers.delete(provider);
    const { plan } = await world.run({ adopts: true });
    expect(plan.steps.map(({ kind }) => kind)).toContain('createProvider');
  });
});

it('--adopt never adopts rolebridge’s own pool', async () => {
  await world.run();
  expect((await world.plan({ adopts: true })).steps).toEqual([]);
  expect(await world.get(poolName)).toMatchObject({
    description: 'managed by rolebridge; owner 111122223333/prod',
  });
});
