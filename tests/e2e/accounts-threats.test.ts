import {
  DisableRuleCommand,
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import { IAMClient, TagRoleCommand, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { AwsAccount } from '../../local/aws/world.ts';
import { failureOf } from '../../local/testing/aws-harness.ts';
import { driftDetail, driftDetailType, emptyDrift } from '../../shared/core/drift.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { type AccountsWorld, far, home, near, startAccountsWorld } from '../support/accounts-world.ts';
import { documentOf } from '../support/command-line.ts';
import { iamVerbs } from '../support/iam-verbs.ts';
import { reader, roleRef } from '../support/settings.ts';

jest.setTimeout(240_000);

/** Actions that must fail for the administrator of another account, or of one that is not ours. */
const key = 'google-access';
const bus = `arn:aws:events:us-east-1:${home}:event-bus/rolebridge-prod`;
type Credentials = AwsAccount['admin'];

let world: AccountsWorld;
beforeAll(async () => {
  world = await startAccountsWorld({ settings: { sweep: { parameterReadsPerSecond: 1000 } } });
  await world.in(home).createRole('reports', { [key]: reader });
  await world.in(far).createRole('reports');
  await world.settled();
});
afterAll(() => world.close());
afterEach(async () => {
  await world.settled();
  expect(world.bound(reader)).toEqual([`${home}/reports`]);
});

const clientOptions = (credentials: Credentials) => ({
  region: 'us-east-1',
  endpoint: world.aws.url,
  credentials,
  maxAttempts: 1,
});
/** CloudTrail's event of a deleted role of the home account. */
const forged = (Source: string): PutEventsRequestEntry => ({
  EventBusName: bus,
  Source,
  DetailType: 'AWS API Call via CloudTrail',
  Detail: JSON.stringify({
    eventSource: 'iam.amazonaws.com',
    eventName: 'DeleteRole',
    recipientAccountId: home,
    requestParameters: { roleName: 'reports' },
  }),
});
/** The sweep's report that the role of the home account lost its access. */
const forgedDrift = JSON.stringify(
  driftDetail(
    { ...emptyDrift(roleRef('reports')), released: [serviceAccountResource(reader)] },
    new Date('2026-11-24T12:00:00Z'),
  ),
);
const put = (credentials: Credentials, entry: PutEventsRequestEntry) =>
  new EventBridgeClient(clientOptions(credentials)).send(new PutEventsCommand({ Entries: [entry] }));
/** Runs an action, and returns how many messages the functions received during it. */
const invocationsDuring = async (run: () => Promise<unknown>): Promise<number> => {
  const before = world.stack.invocations('reconcile');
  await run();
  await world.settled();
  return world.stack.invocations('reconcile') - before;
};
/** JSON of the given number of bytes. */
const detailOf = (bytes: number): string => JSON.stringify({ padding: 'x'.repeat(bytes - 14) });
const sessionOf = async (credentials: Credentials, RoleArn: string): Promise<Credentials> => {
  const sts = new STSClient(clientOptions(credentials));
  const { Credentials: found } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'alice' }));
  return {
    accessKeyId: found?.AccessKeyId ?? '',
    secretAccessKey: found?.SecretAccessKey ?? '',
    sessionToken: found?.SessionToken ?? '',
  };
};
const deleteRoles = async (accountId: string, ...names: readonly string[]): Promise<void> => {
  for (const name of names) await world.in(accountId).deleteRole(name);
  await world.settled();
};

describe('an administrator of another account', () => {
  it('cannot send an event as IAM', async () => {
    expect(await put(world.member(near).admin, forged('aws.iam'))).toMatchObject({
      FailedEntryCount: 1,
      Entries: [{ ErrorCode: 'NotAuthorizedForSourceException' }],
    });
  });

  it('starts nothing with an event of another source, regardless of the account in its detail', async () => {
    const seen: string[] = [];
    const stop = world.aws.bus.onEvent(({ source, account }) => void seen.push(`${source} ${account}`));
    const invocations = await invocationsDuring(() => put(world.member(near).admin, forged('iam')));
    stop();
    // The event is on the bus, with the account that EventBridge saw.
    expect(seen).toEqual([`iam ${near}`]);
    expect(invocations).toBe(0);
  });

  it('starts nothing with a rule of their own that forwards their own events to the bus', async () => {
    const { bus: events, accountId, admin } = world.member(near);
    const roleArn = `arn:aws:iam::${accountId}:role/rolebridge-prod-forward`;
    const target = await world.aws.busTarget({ id: 'home', arn: bus, roleArn });
    const remove = events.addRule({ name: 'own', pattern: { source: ['iam'] }, targets: [target] });
    const { EventBusName: _, ...entry } = forged('iam');
    const seen: string[] = [];
    const stop = world.aws.bus.onEvent(({ source, account }) => void seen.push(`${source} ${account}`));
    expect(await invocationsDuring(() => put(admin, entry))).toBe(0);
    stop();
    remove();
    expect(seen).toEqual([`iam ${near}`]);
  });

  it('starts nothing as the forward role, regardless of what its sessions put on the bus', async () => {
    const RoleName = 'rolebridge-prod-forward';
    const { iam, admin } = world.member(near);
    const before = iam.role(RoleName)?.assumeRolePolicyDocument ?? '';
    iam.perform('UpdateAssumeRolePolicy', {
      RoleName,
      PolicyDocument: trust({ AWS: `arn:aws:iam::${near}:root` }),
    });
    const session = await sessionOf(admin, `arn:aws:iam::${near}:role/${RoleName}`);
    iam.perform('UpdateAssumeRolePolicy', { RoleName, PolicyDocument: before });
    const seen: string[] = [];
    const stop = world.aws.bus.onEvent(({ source, account }) => void seen.push(`${source} ${account}`));
    const drift = { ...forged('rolebridge'), DetailType: driftDetailType, Detail: forgedDrift };
    const invocations = await invocationsDuring(async () => {
      for (const entry of [forged('aws.iam'), { ...drift, Source: 'aws.events' }])
        expect(await put(session, entry)).toMatchObject({
          Entries: [{ ErrorCode: 'NotAuthorizedForSourceException' }],
        });
      expect(await put(session, { ...forged('iam'), Detail: '{' })).toMatchObject({
        Entries: [{ ErrorCode: 'MalformedDetail' }],
      });
      expect(await failureOf(put(session, { ...forged('iam'), Detail: detailOf(256 * 1024) }))).toContain(
        'ValidationException',
      );
      // No rule of the home account's default bus can match either, because the role may not put events there.
      const defaultBus = `arn:aws:events:us-east-1:${home}:event-bus/default`;
      expect(await failureOf(put(session, { ...drift, EventBusName: defaultBus }))).toContain('AccessDenied');
      await put(session, drift);
      await put(session, { ...forged('iam'), Detail: detailOf(250_000) });
      await put(session, { ...forged('iam'), Detail: '{"requestParameters":7}' });
    });
    stop();
    expect(seen).toEqual([`rolebridge ${near}`, `iam ${near}`, `iam ${near}`]);
    expect(invocations).toBe(0);
  });

  it('is refused where the guardrail only admits a role of that name in another account', async () => {
    world.reconfigure({ allow: [{ to: reader, roles: ['reports'], accounts: [home] }] });
    await world.in(near).createRole('reports', { [key]: reader });
    await world.settled();
    expect(world.outcomes().at(-1)).toMatchObject({
      type: 'Refused',
      detail: { role: { accountId: near, roleName: 'reports' } },
    });
    await deleteRoles(near, 'reports');
    world.reconfigure({
      allow: [{ to: '*@acme-data.iam.gserviceaccount.com', roles: ['app-*', 'reports'] }],
    });
  });
});

describe('an account that rolebridge.yml does not list', () => {
  it('of another organization cannot reach the bus', async () => {
    const outsider = world.aws.addAccount('999988887777', { organizationId: 'o-zzzzzzzzzz' });
    expect(await failureOf(put(outsider.admin, forged('iam')))).toContain('AccessDenied');
    outsider.iam.perform('CreateRole', forwardRole);
    outsider.iam.perform('PutRolePolicy', forwardPolicy);
    const roleArn = `arn:aws:iam::${outsider.accountId}:role/forward`;
    await expect(world.aws.busTarget({ id: 'home', arn: bus, roleArn })).rejects.toMatchObject({
      code: 'AccessDeniedException',
    });
  });

  it('of the organization is ignored, and doctor names it', async () => {
    const newcomer = world.aws.addAccount('555566667777', { organizationId: 'o-a1b2c3d4e5' });
    newcomer.iam.perform('CreateRole', forwardRole);
    newcomer.iam.perform('PutRolePolicy', forwardPolicy);
    const roleArn = `arn:aws:iam::${newcomer.accountId}:role/forward`;
    const target = await world.aws.busTarget({ id: 'home', arn: bus, roleArn });
    newcomer.bus.addRule({ name: 'own', pattern: { source: ['aws.iam'] }, targets: [target] });
    const calls = world.google.calls.length;
    await iamVerbs({ ...world.aws, ...newcomer }).createRole('reports', { [key]: reader });
    await world.settled();
    expect(world.stack.logs.join('\n')).toContain('account 555566667777 is not in rolebridge.yml');
    expect(world.google.calls).toHaveLength(calls);
    const { results } = documentOf(await world.run('doctor', '--role', `${home}/reports`, '--json')) as {
      readonly results: readonly { readonly id: string }[];
    };
    expect(results.find(({ id }) => id === 'unlisted-senders')).toMatchObject({
      status: 'warning',
      found: expect.stringMatching(
        /^1 account sent role events .*:\n555566667777: 1 event, at 20\d\d-[\d-]+T[\d:.]+Z$/,
      ),
      fix: expect.stringContaining('rolebridge accounts --write'),
    });
  });
});

const trust = (principal: object): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }],
  });
const forwardRole = {
  RoleName: 'forward',
  AssumeRolePolicyDocument: trust({ Service: 'events.amazonaws.com' }),
};
const forwardPolicy = {
  RoleName: 'forward',
  PolicyName: 'own',
  PolicyDocument: JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'events:PutEvents', Resource: bus }],
  }),
};

it('roles with our names that someone made before: the template fails, and the error names the account and the fix', async () => {
  const member = world.member(near);
  await member.undeploy();
  const RoleName = 'rolebridge-prod-member';
  member.iam.perform('CreateRole', {
    RoleName,
    AssumeRolePolicyDocument: trust({ AWS: `arn:aws:iam::${near}:root` }),
  });
  await expect(world.deployMember(near)).rejects.toThrow(
    'Role with name rolebridge-prod-member already exists.',
  );
  // A message about a role there, as if a rule still forwarded it.
  world.stack.killContainers();
  await world.in(near).createRole('app-new', { [key]: reader });
  await world.invokeSweep();
  const event = member.bus.history.findLast(({ source }) => source === 'aws.iam');
  world.stack.queue.send(JSON.stringify(event));
  await world.settled();
  expect(world.stack.logs.join('\n')).toContain(
    `AWS account ${near} cannot be read: AWS does not let rolebridge assume arn:aws:iam::${near}:role/${RoleName}`,
  );
  member.iam.perform('DeleteRole', { RoleName });
  await world.deployMember(near);
  await world.sweep();
  expect(world.bound(reader)).toContain(`${near}/app-new`);
  await deleteRoles(near, 'app-new');
});

it('a function’s role that is deleted and created again keeps its access to the other accounts', async () => {
  const RoleName = 'rolebridge-prod-reconcile';
  const { iam } = world.aws;
  const before = iam.role(RoleName);
  if (before === undefined) throw new Error('home has no role of the function');
  const { inlinePolicies, assumeRolePolicyDocument: AssumeRolePolicyDocument, roleId } = before;
  for (const PolicyName of Object.keys(inlinePolicies))
    iam.perform('DeleteRolePolicy', { RoleName, PolicyName });
  iam.perform('DeleteRole', { RoleName });
  iam.perform('CreateRole', { RoleName, AssumeRolePolicyDocument });
  for (const [PolicyName, PolicyDocument] of Object.entries(inlinePolicies))
    iam.perform('PutRolePolicy', { RoleName, PolicyName, PolicyDocument });
  expect(iam.role(RoleName)?.roleId).not.toBe(roleId);
  world.stack.killContainers();
  await world.in(near).createRole('app-new', { [key]: reader });
  await world.settled();
  expect(world.bound(reader)).toContain(`${near}/app-new`);
  await deleteRoles(near, 'app-new');
});

describe('a person of the home account', () => {
  const assume = (kind: string): Promise<Credentials> =>
    sessionOf(world.aws.admin, `arn:aws:iam::${near}:role/rolebridge-prod-${kind}`);

  it.each(['member', 'member-read', 'forward'])('cannot assume the role %s', async (kind) => {
    expect(await failureOf(assume(kind))).toContain('AccessDenied');
  });

  it('can read as the viewer role, but not write', async () => {
    const options = clientOptions(await assume('viewer'));
    const ssm = new SSMClient({ ...options, region: 'eu-central-1' });
    const iam = new IAMClient(options);
    const events = new EventBridgeClient(options);
    const Name = '/google-access/reports/default';
    const RoleName = 'rolebridge-prod-member';
    const writes: readonly (() => Promise<unknown>)[] = [
      () => ssm.send(new PutParameterCommand({ Name, Value: '{}', Type: 'String' })),
      () => ssm.send(new DeleteParameterCommand({ Name })),
      () => iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: key, Value: reader }] })),
      () => iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust({ AWS: '*' }) })),
      () => events.send(new DisableRuleCommand({ Name: 'rolebridge-prod-forward' })),
      () => events.send(new PutEventsCommand({ Entries: [forged('iam')] })),
    ];
    for (const write of writes) expect(await failureOf(write())).toMatch(/AccessDenied/);
  });
});
