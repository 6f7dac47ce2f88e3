import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { parse, stringify } from 'yaml';
import type { AwsAccount } from '../../local/aws/world.ts';
import { loadSettings } from '../../shared/config/config.ts';
import { stackNames } from '../../shared/core/stack.ts';
import { memberDefinition, type RoleDefinition } from '../../shared/member/definition.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { command, documentOf, type Said, variablesOf } from '../support/command-line.ts';
import { reader } from '../support/settings.ts';

jest.setTimeout(240_000);

/** A person of the home account runs commands about two other accounts. At first, `far` has none of our roles. */
const [near, far] = ['444455556666', '777788889999'] as const;
const names = stackNames('prod');
const operator = 'Administrator';

const folder = mkdtempSync(join(tmpdir(), 'rolebridge-accounts-'));
let cloud: Cloud;
let nearAccount: AwsAccount;
let files: { readonly two: string; readonly three: string };
beforeAll(async () => {
  cloud = await startCloud();
  cloud.addServiceAccount(reader);
  nearAccount = cloud.aws.addAccount(near);
  const farAccount = cloud.aws.addAccount(far);
  files = { two: fileWith('two', [near]), three: fileWith('three', [near, far]) };
  await makeBus();
  await makeMember(nearAccount);
  await createRole(nearAccount, 'reports', reader);
  await createRole(nearAccount, 'app-nightly', reader);
  await createRole(farAccount, 'reports', reader);
  await cloud.createRole('reports', { 'google-access': reader });
  await cloud.settled();
  await cloud.sweep();
});
afterAll(async () => {
  await cloud.close();
  rmSync(folder, { recursive: true });
});

const fileWith = (name: string, ids: readonly string[]): string => {
  const path = join(folder, `${name}.yml`);
  const file = parse(readFileSync(cloud.configPath, 'utf8')) as { readonly accounts: readonly object[] };
  const accounts = [...file.accounts, ...ids.map((id) => ({ id }))];
  writeFileSync(path, stringify({ ...file, home: cloud.aws.accountId, accounts }));
  return path;
};

const clientOptions = (credentials: AwsAccount['admin']) => ({
  region: 'us-east-1',
  endpoint: cloud.aws.url,
  credentials,
});

/** The part of the stack for other accounts. */
const makeBus = async (): Promise<void> => {
  const events = new EventBridgeClient(clientOptions(cloud.aws.admin));
  const EventBusName = names.memberBus;
  const { EventBusArn = '' } = await events.send(new CreateEventBusCommand({ Name: EventBusName }));
  const statement = {
    Sid: 'members',
    Effect: 'Allow',
    Principal: { AWS: [`arn:aws:iam::${near}:root`, `arn:aws:iam::${far}:root`] },
    Action: 'events:PutEvents',
    Resource: EventBusArn,
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await events.send(new PutPermissionCommand({ EventBusName, Policy }));
  const { rule } = memberDefinition(loadSettings([files.two]), 'prod');
  const arn = `arn:aws:sqs:us-east-1:${cloud.aws.accountId}:${names.queue}`;
  const targets = [{ id: 'queue', arn, deliver: () => Promise.resolve() }];
  cloud.aws.bus.addRule({
    name: names.memberEventsRule,
    busName: EventBusName,
    pattern: rule.pattern,
    targets,
  });
};

/** Creates by hand what `rolebridge member` prints. */
const makeMember = async (account: AwsAccount): Promise<void> => {
  const iam = new IAMClient(clientOptions(account.admin));
  const { roles, rule } = memberDefinition(loadSettings([files.two]), 'prod');
  for (const role of roles) {
    const statements = JSON.stringify({ Version: '2012-10-17', Statement: role.statements });
    const PolicyDocument = statements
      .replaceAll(/\{"Fn::Sub":("[^"]*")\}/g, '$1')
      .replaceAll('${AWS::Partition}', 'aws')
      .replaceAll('${AWS::AccountId}', account.accountId);
    const RoleName = role.name;
    await iam.send(
      new CreateRoleCommand({ RoleName, Path: role.path, AssumeRolePolicyDocument: trustOf(role) }),
    );
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'rolebridge', PolicyDocument }));
  }
  const events = new EventBridgeClient(clientOptions(account.admin));
  const { name: Name, pattern, bus } = rule;
  const RoleArn = `arn:aws:iam::${account.accountId}:role/rolebridge-prod-forward`;
  await events.send(new PutRuleCommand({ Name, EventPattern: JSON.stringify(pattern) }));
  await events.send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: 'home', Arn: bus, RoleArn }] }));
};

const trustOf = ({ trust }: RoleDefinition): string => {
  const home = cloud.aws.accountId;
  const arn = trust.kind === 'function' ? trust.arn : `arn:aws:iam::${home}:role/${operator}`;
  const admitted =
    trust.kind === 'eventbridge'
      ? { Principal: { Service: 'events.amazonaws.com' } }
      : {
          Principal: { AWS: `arn:aws:iam::${home}:root` },
          Condition: { ArnEquals: { 'aws:PrincipalArn': arn } },
        };
  const statement = { Effect: 'Allow', Action: 'sts:AssumeRole', ...admitted };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
};

const createRole = async (account: AwsAccount, RoleName: string, value: string): Promise<void> => {
  const iam = new IAMClient(clientOptions(account.admin));
  const Tags = [{ Key: 'google-access', Value: value }];
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: '{}', Tags }));
};

const run = (file: keyof typeof files, ...args: readonly string[]): Promise<Said> =>
  command({ ...variablesOf(cloud), ROLEBRIDGE_CONFIG: files[file] }, ...args);

/** Calls that change something in another account. */
const writesElsewhere = () =>
  cloud.aws.calls.filter(
    ({ principalArn, action }) =>
      principalArn.includes('rolebridge-prod-viewer') && /:(Put|Delete|Create|Tag|Untag|Update)/.test(action),
  );

/** Variables of a person or a workload with these credentials. */
const signedInAs = ({
  accessKeyId,
  secretAccessKey,
  sessionToken,
}: Pick<typeof nearAccount.admin, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>) => ({
  ...variablesOf(cloud),
  ROLEBRIDGE_CONFIG: files.two,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_SESSION_TOKEN: sessionToken,
});

describe('an account that can be read', () => {
  it('is planned like the home account, and its roles show it', async () => {
    const said = await run('two', 'plan');
    expect(said).toMatchObject({
      status: 2,
      stdout: expect.stringContaining(`2 accounts, deployed to ${cloud.aws.accountId}`),
    });
    expect(said.stdout).toContain(`  ${near}/app-nightly\n    + bind       ${reader}`);
    expect(said.stdout).toContain(`  ${near}/reports\n    + bind       ${reader}`);
    const only = documentOf(await run('two', 'plan', '--role', `${near}/app-nightly`, '--json'));
    expect(only).toMatchObject({
      accounts: [cloud.aws.accountId, near],
      roles: [{ role: { accountId: near } }],
    });
  });

  it('accepts supposed tags of its roles', async () => {
    const said = await run('two', 'plan', '--role', 'app-nightly', '--untag', 'google-access');
    expect(said).toMatchObject({ status: 0, stdout: expect.stringContaining(`${near}/app-nightly`) });
  });

  it('has its roles listed', async () => {
    const said = await run('two', 'roles', '--role', 'app-nightly');
    expect(said.stdout).toMatch(new RegExp(`${near}/app-nightly +default +${reader} +- +not bound yet`));
    expect(said.status).toBe(0);
  });

  it.each(['plan', 'roles', 'wait', 'revoke', 'doctor'])(
    '%s: a name that two accounts have is ambiguous',
    async (name) => {
      const said = await run('two', name, '--role', 'reports');
      expect(said).toMatchObject({ status: 1, stdout: '' });
      expect(said.stderr).toContain(
        `Several accounts have a role reports. Name the one that you mean: --role ${cloud.aws.accountId}/reports or --role ${near}/reports`,
      );
    },
  );

  it('has its tags removed by someone in that account', async () => {
    const said = await run('two', 'revoke', '--role', 'app-nightly', '--timeout', '1s', '--yes');
    expect(said).toMatchObject({ status: 1, stdout: expect.stringContaining('still tagged: google-access') });
    expect(said.stderr).toContain(
      `rolebridge writes nothing in account ${near} from here. Remove the tag with credentials of that account:\n  aws iam untag-role --role-name app-nightly --tag-keys google-access`,
    );
    expect(writesElsewhere()).toEqual([]);
  });
});

describe('an account that cannot be read', () => {
  const reason = `AWS account ${far} cannot be read: AWS does not let you assume arn:aws:iam::${far}:role/rolebridge-prod-viewer`;

  it.each([['plan'], ['roles'], ['plan', '--role', `${near}/app-nightly`]])(
    'is a blind spot of "%s", with the fix, and the others are shown',
    async (...args) => {
      const said = await run('three', ...args);
      expect(said).toMatchObject({
        status: 1,
        stdout: expect.stringContaining(`Not seen: the roles of account ${far} (${reason}`),
      });
      expect(said.stdout).toContain('the parameter OperatorArns of the stack');
      // It is reported once for all regions.
      expect(said.stdout.match(/^Not seen: the parameters under/gm)).toHaveLength(1);
      expect(said.stdout).toMatch(
        /^Not seen: the parameters under \S+ in us-east-1 and eu-west-1 of account/m,
      );
      expect(said.stdout).toContain(`${near}/app-nightly`);
    },
  );

  it('may contain the role that a person names', async () => {
    const said = await run('three', 'wait', '--role', 'app-nightly', '--timeout', '0');
    expect(said).toMatchObject({ status: 1, stdout: '' });
    expect(said.stderr).toContain(`Account ${far} may have a role app-nightly, too: ${reason}`);
    expect(said.stderr).toContain(`Name the account: --role ${near}/app-nightly`);
  });

  it('keeps a role from being proven gone', async () => {
    const said = await run('three', 'revoke', '--role', `${near}/gone`, '--timeout', '1s', '--yes');
    expect(said).toMatchObject({
      status: 1,
      stdout: expect.stringContaining(`not seen: the roles of account ${far}`),
    });
  });
});

describe('doctor', () => {
  const resultsOf = async (file: keyof typeof files, ...args: readonly string[]) => {
    const { results } = documentOf(await run(file, 'doctor', '--json', ...args)) as {
      readonly results: readonly {
        readonly id: string;
        readonly status: string;
        readonly found: string;
        readonly fix?: string;
      }[];
    };
    return new Map(results.map((result) => [result.id, result]));
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

  it('finds every link of an account in order', async () => {
    const results = await resultsOf('two', '--role', `${near}/app-nightly`);
    expect(links.map((id) => results.get(id))).toEqual(
      links.map((id) => expect.objectContaining({ id, status: 'ok' })),
    );
    expect(results.get(`role:${near}/app-nightly`)).toMatchObject({ status: 'ok' });
    expect(results.get(`tags:${near}/app-nightly`)).toMatchObject({ status: 'ok' });
    // The check covers its own provider, not the one of the home account.
    for (const id of ['mapping', 'condition', 'subject'])
      expect(results.get(id)).toMatchObject({ status: 'ok' });
  });

  it('reports accounts without a provider, until setup creates it', async () => {
    const calls: string[] = [];
    const release = cloud.google.intercept(({ method }) => {
      if (/providers\.list$/i.test(method)) calls.push(method);
      return undefined;
    });
    const before = await resultsOf('three', '--role', `${near}/app-nightly`);
    expect(before.get('member-providers')).toMatchObject({
      status: 'failed',
      found: `${near} and ${far}: The pool has no provider for the account, so its workloads get no token.`,
      fix: expect.stringContaining('rolebridge setup --only-providers'),
    });
    expect(calls).toHaveLength(1);
    expect(await run('two', 'setup', '--only-providers', '--yes')).toMatchObject({ status: 0 });
    const between = await resultsOf('three', '--role', `${near}/app-nightly`);
    expect(between.get('member-providers')).toMatchObject({
      status: 'failed',
      found: expect.stringMatching(new RegExp(`^1 of 2 accounts pass; these do not:\n${far}: `)),
    });
    const narrowed = await resultsOf('three', '--role', `${near}/app-nightly`, '--account', near);
    expect(narrowed.get('member-providers')).toMatchObject({
      status: 'ok',
      found: `${near}: each provider admits the roles of its account.`,
    });
    release();
  });

  it('asks for a token through the provider of the account where it runs', async () => {
    const variables = signedInAs(nearAccount.issueRoleCredentials('app-nightly', 'i-1'));
    const { results } = documentOf(await command(variables, 'doctor', '--exchange', '--json')) as {
      readonly results: readonly { readonly id: string }[];
    };
    // The pool issued a token, but no sweep has bound the role yet.
    expect(results.find(({ id }) => id === 'exchange')).toMatchObject({
      status: 'failed',
      found: expect.stringMatching(/^Google refused the impersonation for reader@.*getAccessToken/),
    });
  });

  it('reports an account that it may not read, and checks the others', async () => {
    const results = await resultsOf('three', '--role', `${near}/app-nightly`);
    expect(results.get('member-viewer')).toMatchObject({
      status: 'unknown',
      found: expect.stringContaining(
        `1 of 2 accounts pass; these do not:\n${far}: Not checked: AWS account ${far} cannot be read`,
      ),
      fix: expect.stringContaining('rolebridge member --print cloudformation'),
    });
    expect(results.get('member-viewer')?.['found']).toContain(
      `You can read account ${near}, so your own policy is not the cause.`,
    );
    expect(results.get('member-rule')).toMatchObject({ status: 'ok' });
  });

  it('reports a disabled rule, and only that of the named account', async () => {
    nearAccount.bus.perform('DisableRule', 'us-east-1', { Name: 'rolebridge-prod-forward' });
    const broken = await resultsOf('two', '--role', `${near}/app-nightly`);
    nearAccount.bus.perform('EnableRule', 'us-east-1', { Name: 'rolebridge-prod-forward' });
    expect(broken.get('member-rule')).toMatchObject({
      status: 'failed',
      found: `${near}: The rule rolebridge-prod-forward is disabled.`,
    });
    const other = await resultsOf('three', '--account', far, '--role', `${near}/app-nightly`);
    expect(other.get('member-rule')).toMatchObject({ status: 'unknown' });
  });
});

it('refuses the credentials of another account', async () => {
  const variables = signedInAs(nearAccount.admin);
  expect(await command(variables, 'plan')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining(
      `The AWS credentials look into account ${near}, not into account ${cloud.aws.accountId}, to which rolebridge is deployed.`,
    ),
  });
});
