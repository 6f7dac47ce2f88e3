import { askForToken, credentialVariables } from '../../local/run-workload.ts';
import { credentialConfig } from '../../shared/core/credential-config.ts';
import { type AccountsWorld, far, home, near, startAccountsWorld } from '../support/accounts-world.ts';
import { documentOf } from '../support/command-line.ts';
import { withFile } from '../support/scratch.ts';
import { reader, settings, writer } from '../support/settings.ts';

jest.setTimeout(240_000);

const key = 'google-access';
const all = [home, near, far];

let world: AccountsWorld;
beforeAll(async () => {
  world = await startAccountsWorld({ settings: { sweep: { parameterReadsPerSecond: 1000 } } });
});
afterAll(() => world.close());

/** Every test ends in the state in which it began: without a role, a binding or a config. */
afterEach(async () => {
  for (const id of all)
    for (const { roleName } of world.aws.account(id).iam.roles())
      if (!roleName.startsWith('rolebridge-')) await world.in(id).deleteRole(roleName);
  await world.settled();
  expect({ reader: world.bound(reader), writer: world.bound(writer), configs: world.configs() }).toEqual({
    reader: [],
    writer: [],
    configs: [],
  });
});

const regions: Readonly<Record<string, readonly string[]>> = {
  [home]: ['eu-west-1', 'us-east-1'],
  [near]: ['eu-central-1'],
  [far]: ['ap-southeast-2', 'us-west-2'],
};
const configsOf = (id: string, role: string, grant = 'default'): readonly string[] =>
  (regions[id] ?? []).map((region) => `${id} ${region} /google-access/${role}/${grant}`);
/** `ACCOUNT TYPE GRANT` of each outcome after the given number of them. */
const outcomesSince = (count: number): readonly string[] =>
  world
    .outcomes()
    .slice(count)
    .map(({ type, detail }) => `${detail.role.accountId} ${type} ${detail.grant ?? ''}`)
    .toSorted();
const createEverywhere = async (role: string, tags: Readonly<Record<string, string>>): Promise<void> => {
  for (const id of all) await world.in(id).createRole(role, tags);
  await world.settled();
};

it('tag and untag: roles with the same name in three accounts are three roles', async () => {
  await createEverywhere('reports', {});
  for (const id of all) await world.in(id).tag('reports', { [key]: reader });
  await world.settled();
  expect(world.bound(reader)).toEqual(all.map((id) => `${id}/reports`));
  expect(world.configs()).toEqual(all.flatMap((id) => configsOf(id, 'reports')));

  const before = world.outcomes().length;
  await world.in(near).untag('reports', key);
  await world.settled();
  expect(world.bound(reader)).toEqual([`${home}/reports`, `${far}/reports`]);
  expect(world.configs()).toEqual([home, far].flatMap((id) => configsOf(id, 'reports')));
  expect(outcomesSince(before)).toEqual([`${near} Revoked default`]);
});

it('a workload in another account gets a token with what was published there, and none after the untag', async () => {
  await world.in(near).createRole('reports', { [key]: reader });
  await world.settled();
  const config =
    world.member(near).ssm.parameters('eu-central-1').get('/google-access/reports/default')?.value ?? '';
  const ask = (accountId: string) =>
    withFile(config, (path) =>
      askForToken(path, {
        AWS_REGION: 'eu-central-1',
        ...credentialVariables(world.aws.account(accountId).issueRoleCredentials('reports', 'i-0123')),
      }),
    );
  expect(await ask(near)).toMatchObject({ ok: true });
  // The config names the provider of its own account.
  expect(await ask(far)).toMatchObject({ ok: false });
  await world.in(near).untag('reports', key);
  await world.settled();
  expect(await ask(near)).toMatchObject({ ok: false });
});

it('a changed tag, several grants and an expiry, all in another account', async () => {
  const there = world.in(far);
  await there.createRole('reports', { [key]: reader, [`${key}/w`]: `${writer} until 2090-01-31` });
  await world.settled();
  expect([world.bound(reader), world.bound(writer)]).toEqual([[`${far}/reports`], [`${far}/reports`]]);
  expect(world.bindingsOf(writer)[0]?.condition?.expression).toBe(
    'request.time < timestamp("2090-02-01T00:00:00Z")',
  );
  expect(world.configs()).toEqual(
    [...configsOf(far, 'reports'), ...configsOf(far, 'reports', 'w')].toSorted(),
  );

  const before = world.outcomes().length;
  await there.untag('reports', `${key}/w`);
  await there.tag('reports', { [key]: writer });
  await world.settled();
  expect([world.bound(reader), world.bound(writer)]).toEqual([[], [`${far}/reports`]]);
  expect(world.bindingsOf(writer)[0]?.condition).toBeUndefined();
  expect(world.configs()).toEqual(configsOf(far, 'reports'));
  for (const outcome of outcomesSince(before)) expect(outcome).toContain(far);
});

it('the sweep repairs every account’s drift, and leaves the others alone', async () => {
  await createEverywhere('reports', { [key]: reader });
  // In `near`, someone removes the binding. In `far`, someone plants a config, and removes a tag while no event
  // arrives.
  const policy = world.google.policy(reader);
  policy.replace({
    bindings: (policy.current().bindings ?? []).map(({ members, ...binding }) => ({
      ...binding,
      members: members.filter((member) => !member.includes(near)),
    })),
  });
  const planted = JSON.stringify(credentialConfig(settings, `aws-${far}`, writer));
  world.member(far).ssm.perform('PutParameter', 'us-west-2', {
    Name: '/google-access/reports/planted',
    Value: planted,
    Type: 'String',
  });
  world.member(far).bus.deliveryOf = () => 'lose';
  await world.in(far).untag('reports', key);
  world.member(far).bus.deliveryOf = () => 'deliver';

  const before = world.outcomes().length;
  await world.sweep();
  expect(world.bound(reader)).toEqual([`${home}/reports`, `${near}/reports`]);
  expect(world.configs()).toEqual([home, near].flatMap((id) => configsOf(id, 'reports')));
  expect(outcomesSince(before).filter((outcome) => outcome.startsWith(home))).toEqual([]);

  const calls = world.google.calls.length;
  expect(await world.invokeSweep()).toMatchObject({ drifted: [], blindSpots: [] });
  expect(world.google.calls.slice(calls).filter(({ method }) => method.endsWith('setIamPolicy'))).toEqual([]);
});

it('plan, roles, wait and revoke --role name the account of a role', async () => {
  await createEverywhere('reports', { [key]: reader });
  await world.sweep();
  expect(await world.run('plan')).toMatchObject({ status: 0, stdout: expect.stringContaining('3 accounts') });
  const listed = documentOf(await world.run('roles', '--json')) as {
    readonly roles: readonly { readonly ref: { readonly accountId: string }; readonly state: string }[];
  };
  expect(listed.roles.map(({ ref, state }) => `${ref.accountId} ${state}`)).toEqual(
    all.map((id) => `${id} bound`),
  );
  expect(await world.run('wait', '--role', `${far}/reports`, '--timeout', '30s')).toMatchObject({
    status: 0,
  });

  const revoked = world.run('revoke', '--role', `${near}/reports`, '--yes', '--timeout', '120s');
  // Does what the text asks the person in that account to do.
  await world.in(near).untag('reports', key);
  await world.settled();
  expect((await revoked).status).toBe(0);
  expect(world.bound(reader)).toEqual([`${home}/reports`, `${far}/reports`]);

  const waiting = await world.run('revoke', '--role', `${far}/reports`, '--yes', '--timeout', '1s');
  expect(waiting.status).toBe(1);
  expect(waiting.stderr).toContain(`aws iam untag-role --role-name reports --tag-keys ${key}`);
  expect(world.bound(reader)).toContain(`${far}/reports`);
});

describe('doctor', () => {
  const resultsOf = async (...args: readonly string[]) => {
    const { results } = documentOf(await world.run('doctor', '--json', ...args)) as {
      readonly results: readonly {
        readonly id: string;
        readonly status: string;
        readonly found: string;
      }[];
    };
    return results;
  };
  const links = [
    'bus',
    'bus-rule',
    'member-viewer',
    'member-rule',
    'member-forward',
    'member-roles',
    'member-trail',
  ];
  const brokenLinks = async (): Promise<readonly string[]> =>
    (await resultsOf()).flatMap(({ id, status, found }) =>
      links.includes(id) && status !== 'ok' ? [`${id} ${status}: ${found}`] : [],
    );
  const replaceTrust = (RoleName: string): (() => void) => {
    const { iam } = world.member(near);
    const trust = iam.role(RoleName)?.assumeRolePolicyDocument ?? '';
    const set = (PolicyDocument: string) =>
      iam.perform('UpdateAssumeRolePolicy', { RoleName, PolicyDocument });
    set(trust.replaceAll(home, far));
    return () => void set(trust);
  };

  it('finds no problem in any account', async () => {
    await world.in(near).createRole('reports', { [key]: reader });
    await world.settled();
    await world.sweep();
    const results = await resultsOf();
    expect(results.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(results.map(({ id }) => id)).toEqual(expect.arrayContaining(links));
  });

  it('finds each broken link of an account', async () => {
    const { bus, iam } = world.member(near);
    const rule = bus.rules().find(({ name }) => name === 'rolebridge-prod-forward');
    if (rule === undefined) throw new Error('near has no rule that forwards');
    rule.state = 'DISABLED';
    expect(await brokenLinks()).toEqual([
      expect.stringMatching(`^member-rule failed: [^]*${near}: The rule rolebridge-prod-forward is disabled`),
    ]);
    rule.state = 'ENABLED';

    const restore = replaceTrust('rolebridge-prod-member-read');
    expect(await brokenLinks()).toEqual([
      expect.stringMatching(new RegExp(`^member-roles failed: [^]*${near}[^]*rolebridge-prod-member-read`)),
    ]);
    restore();

    await world.member(near).undeploy();
    expect(iam.roles()).toEqual([]);
    const broken = await brokenLinks();
    await world.deployMember(near);
    expect(broken[0]).toMatch(new RegExp(`^member-viewer unknown: [^]*${near}`));
    expect(await brokenLinks()).toEqual([]);
  });
});
