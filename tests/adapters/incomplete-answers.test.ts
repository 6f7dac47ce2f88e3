import { awsClients } from '../../shared/adapters/aws/clients.ts';
import { awsListings } from '../../shared/adapters/aws/listings.ts';
import { awsOutcomes, awsSecondLooks } from '../../shared/adapters/aws/messages.ts';
import { awsParameters } from '../../shared/adapters/aws/parameters.ts';
import { awsRoles } from '../../shared/adapters/aws/roles.ts';
import { awsTable } from '../../shared/adapters/aws/table.ts';
import { viewClients } from '../../shared/adapters/aws/view/clients.ts';
import { memberView } from '../../shared/adapters/aws/view/member.ts';
import { awsView } from '../../shared/adapters/aws/view/view.ts';
import { gather } from '../../shared/app/snapshot.ts';
import { RetryableError } from '../../shared/core/errors.ts';
import { failedOutcome } from '../../shared/core/outcome.ts';
import { memberRole } from '../../shared/core/stack.ts';
import type { AwsView } from '../../shared/doctor/ports.ts';
import { accountId, now, roleRef, settings } from '../support/settings.ts';
import { type LocalSubject, localSubject } from '../support/subjects.ts';

/**
 * Invariant 4 for doctor: a list that AWS cut short, or that leads back to itself, does not prove that there is
 * nothing. Neither does an answer without fields.
 */

let subject: LocalSubject;
let view: AwsView;
beforeAll(async () => {
  subject = await localSubject();
  view = awsView(awsClients('us-east-1'), viewClients(1), AbortSignal.timeout(60_000));
  subject.addRole('reports', {});
});
afterAll(() => subject.close());

const answering = async (
  action: string,
  output: Readonly<Record<string, unknown>>,
  ask: () => Promise<unknown>,
): Promise<unknown> => {
  const end = subject.aws.intercept((call) =>
    call.action === action ? { kind: 'error', status: 200, code: '', message: '', output } : undefined,
  );
  try {
    return await ask();
  } finally {
    end();
  }
};

const profile = 'arn:aws:iam::111122223333:instance-profile/reports';
const listings = [
  {
    of: 'the instance profiles of a role',
    action: 'iam:ListInstanceProfilesForRole',
    ask: () => view.instanceProfiles('reports'),
    endless: { InstanceProfiles: [], IsTruncated: true, Marker: 'again' },
    cut: { InstanceProfiles: [], IsTruncated: true },
  },
  {
    of: 'the policies of a role',
    action: 'iam:ListAttachedRolePolicies',
    ask: () => view.attachedPolicies('reports'),
    endless: { AttachedPolicies: [], IsTruncated: true, Marker: 'again' },
    cut: { AttachedPolicies: [], IsTruncated: true },
  },
  {
    of: 'the event source mappings of a function',
    action: 'lambda:ListEventSourceMappings',
    ask: () => view.eventSources('rolebridge-prod-reconcile'),
    endless: { EventSourceMappings: [], NextMarker: 'again' },
    cut: undefined,
  },
  {
    of: 'the running instances',
    action: 'ec2:DescribeInstances',
    ask: () => view.instances('us-east-1', [profile]),
    endless: { Reservations: [], NextToken: 'again' },
    cut: undefined,
  },
] as const;

it.each(listings)('$of: a list that never ends is an error', async ({ action, endless, ask }) => {
  await expect(answering(action, endless, ask)).rejects.toThrow(/leads back to an earlier one/);
});

it.each(listings.filter(({ cut }) => cut !== undefined))(
  '$of: a truncated page without a marker is an error',
  async ({ action, cut = {}, ask }) => {
    const asked = answering(action, cut, ask);
    await expect(asked).rejects.toThrow(RetryableError);
    await expect(asked).rejects.toThrow(/cut its list of .* of role reports short/);
  },
);

describe('an answer without its list is not an empty account or folder', () => {
  const clients = awsClients('us-east-1');
  const signal = AbortSignal.timeout(60_000);
  const { roles, parameters } = awsListings(() => clients, 1000, signal);
  const place = { accountId, region: 'us-east-1' };

  it.each([
    ['the roles', 'iam:GetAccountAuthorizationDetails', () => gather(roles(accountId))],
    ['the parameters', 'ssm:GetParametersByPath', () => gather(parameters(place, '/google-access'))],
  ] as const)('%s', async (_, action, ask) => {
    expect(await answering(action, {}, ask)).toEqual({ items: [], error: expect.any(RetryableError) });
    expect(await ask()).not.toHaveProperty('error');
  });

  it('the parameters of one role', async () => {
    const { list } = awsParameters(() => clients, signal);
    const ask = () => list(place, '/google-access/reports');
    for (const answer of [{}, { Parameters: {} }, { Parameters: 'x' }])
      await expect(answering('ssm:GetParametersByPath', answer, ask)).rejects.toThrow(
        /^The answer with the parameters (lacks the list|is not a list)\./,
      );
    expect(await ask()).toEqual([]);
  });
});

describe('an answer that a proxy made up is not an answer of the table', () => {
  const { dynamodb } = awsClients('us-east-1');
  const table = awsTable(dynamodb, 'ledger', AbortSignal.timeout(60_000));
  const key = { pk: 'answer', sk: 'revoke#all' };

  it.each([
    {},
    { Responses: {} },
    { Responses: { other: [] } },
    { UnprocessedKeys: { other: { Keys: [{ pk: { S: 'a' }, sk: { S: 'b' } }] } } },
  ])('%j: nobody knows whether an item is there', async (answer) => {
    await expect(answering('dynamodb:BatchGetItem', answer, () => table.read([key]))).rejects.toThrow(
      'The answer with the items of table ledger lacks the list.',
    );
  });

  it('only unprocessed keys: they are asked for again', async () => {
    let calls = 0;
    const open = { UnprocessedKeys: { ledger: { Keys: [{ pk: { S: key.pk }, sk: { S: key.sk } }] } } };
    const end = subject.aws.intercept((call) => {
      if (call.action !== 'dynamodb:BatchGetItem') return undefined;
      calls += 1;
      const output = calls === 1 ? open : { Responses: { ledger: [] } };
      return { kind: 'error', status: 200, code: '', message: '', output };
    });
    expect(await table.read([key]).finally(end)).toEqual([]);
    expect(calls).toBe(2);
  });

  const endless = { Items: [], LastEvaluatedKey: { pk: { S: 'a' }, sk: { S: 'b' } } };
  it.each([
    ['Query', () => table.list('scope')],
    ['Scan', () => gather(table.scan()).then(({ error }) => Promise.reject(error))],
  ] as const)('a %s that never ends', async (action, ask) => {
    await expect(answering(`dynamodb:${action}`, endless, ask)).rejects.toThrow(
      /leads back to an earlier one/,
    );
  });
});

describe('an empty answer does not show that something was written or sent', () => {
  const clients = awsClients('us-east-1', { maxAttempts: 1 });
  const signal = AbortSignal.timeout(60_000);
  const parameter = { name: '/google-access/reports/default', value: 'x', description: 'd' };

  it('a parameter', async () => {
    const { put } = awsParameters(() => clients, signal);
    const ask = () => put({ accountId, region: 'us-east-1' }, parameter);
    await expect(answering('ssm:PutParameter', {}, ask)).rejects.toThrow(
      'The answer to writing /google-access/reports/default in us-east-1 lacks the version.',
    );
  });

  it('a recheck', async () => {
    const { schedule } = awsSecondLooks(clients, `${subject.aws.url}/${accountId}/queue`, signal);
    const look = { ref: roleRef('reports'), cause: {}, reported: '', deferrals: 0, events: [] };
    await expect(answering('sqs:SendMessageBatch', {}, () => schedule([look]))).rejects.toThrow(
      'SQS did not take 1 second looks (no reason given).',
    );
  });

  it.each([[{}], [{ FailedEntryCount: 0 }], [{ FailedEntryCount: 0, Entries: [] }], [{ Entries: [{}] }]])(
    'an event: %j',
    async (answer) => {
      const { send } = awsOutcomes(clients, signal);
      const detail = failedOutcome(
        { settings, cause: {}, approved: [], events: [], entries: [], now },
        { kind: 'absent', ref: roleRef('reports') },
        new RetryableError('x'),
      );
      await expect(answering('events:PutEvents', answer, () => send([detail]))).rejects.toThrow(
        'EventBridge did not take 1 events (no reason given).',
      );
    },
  );
});

describe('an answer without a request id does not show that AWS did anything', () => {
  const signal = AbortSignal.timeout(60_000);
  const clients = awsClients('us-east-1', { maxAttempts: 1 });
  const table = awsTable(clients.dynamodb, 'ledger', signal);
  const parameters = awsParameters(() => clients, signal);
  const place = { accountId, region: 'us-east-1' };
  const name = '/google-access/reports/default';
  const key = { pk: 'role#x', sk: 'role' };

  it.each([
    ['dynamodb:PutItem', 'writing role#x role to table ledger', () => table.write({ ...key, body: '{}' })],
    ['dynamodb:DeleteItem', 'deleting role#x role from table ledger', () => table.remove(key, 'r-1')],
    ['ssm:DeleteParameter', `deleting ${name} in us-east-1`, () => parameters.remove(place, name)],
  ])('%s', async (action, what, write) => {
    for (const page of ['', '{}', '{"Attributes":{}}']) {
      const end = subject.aws.intercept((call) =>
        call.action === action ? { kind: 'error', status: 200, code: '', message: '', page } : undefined,
      );
      await expect(write().finally(end)).rejects.toThrow(
        new RetryableError(
          `${what}: the answer (HTTP 200) is not from AWS (it has no error code or no request id): a proxy, a gateway or a wrong endpoint answered. Check AWS_ENDPOINT_URL, HTTPS_PROXY and the network in between.`,
        ),
      );
    }
  });
});

it('a role: an answer about another role or account says nothing', async () => {
  const { read } = awsRoles(() => awsClients('us-east-1'), AbortSignal.timeout(60_000));
  const role = { RoleName: 'reports', RoleId: 'AROA1', Tags: [] };
  for (const Role of [
    { ...role, RoleName: 'admin', Arn: `arn:aws:iam::${accountId}:role/admin` },
    { ...role, Arn: 'arn:aws:iam::999988887777:role/reports' },
    { ...role, Arn: 'junk' },
  ])
    await expect(answering('iam:GetRole', { Role }, () => read(roleRef('reports')))).rejects.toThrow(
      /IAM's answer about role reports is (incomplete|about )/,
    );
  expect(await read(roleRef('REPORTS'))).toMatchObject({ kind: 'present', ref: roleRef('reports') });
});

it('the history of a parameter that never ends', async () => {
  const { put } = awsParameters(() => awsClients('us-east-1'), AbortSignal.timeout(60_000));
  const end = subject.aws.intercept((call) =>
    call.action === 'ssm:PutParameter'
      ? { kind: 'error', status: 400, code: 'ParameterMaxVersionLimitExceeded', message: 'labels' }
      : undefined,
  );
  const write = () =>
    put(
      { accountId, region: 'us-east-1' },
      { name: '/google-access/reports/default', value: 'x', description: 'd' },
    );
  const asked = answering('ssm:GetParameterHistory', { Parameters: [], NextToken: 'again' }, write);
  await expect(asked.finally(end)).rejects.toThrow(/leads back to an earlier one/);
});

it('the log of a function: if a part of it is empty, the log may not be', async () => {
  const ask = () => view.failures('rolebridge-prod-reconcile', new Date(0));
  await expect(answering('logs:FilterLogEvents', { events: [], nextToken: 'more' }, ask)).rejects.toThrow(
    /did not search the whole log/,
  );
  expect(await answering('logs:FilterLogEvents', { events: [] }, ask)).toEqual([]);
});

it('a queue: an answer without a number of messages is not an empty queue', async () => {
  subject.aws.sqs.create({ name: 'dead', visibilitySeconds: 30 });
  await expect(answering('sqs:GetQueueAttributes', {}, () => view.queue('dead'))).rejects.toThrow(
    "SQS's answer about the queue dead is incomplete.",
  );
  expect(await view.queue('dead')).toMatchObject({ kind: 'there', waiting: 0 });
});

it('a rule: an answer without a state is not an enabled rule', async () => {
  const ask = () => answering('events:ListTargetsByRule', {}, () => view.rule('any'));
  expect(await answering('events:DescribeRule', {}, ask)).toMatchObject({ kind: 'there', isEnabled: false });
});

describe('a policy of a role in another account', () => {
  const member = memberView(
    {
      ...awsClients('us-east-1', { maxAttempts: 1 }),
      role: memberRole('prod', {}, '444455556666', 'viewer'),
      credentials: () => Promise.reject(new Error('not needed')),
    },
    1,
    AbortSignal.timeout(60_000),
  );
  beforeAll(() => {
    subject.aws.iam.perform('PutRolePolicy', {
      RoleName: 'reports',
      PolicyName: 'rolebridge',
      PolicyDocument: '{"Version":"2012-10-17","Statement":[]}',
    });
  });

  it('is returned as JSON', async () => {
    expect(await member.rolePolicies('reports')).toEqual(['{"Version":"2012-10-17","Statement":[]}']);
  });

  it.each(['<html>Sign in</html>', '%E0%A4%A', 'null', '', undefined])(
    'is an error if a proxy answers with %j',
    async (PolicyDocument) => {
      const output = { RoleName: 'reports', PolicyName: 'rolebridge', PolicyDocument };
      await expect(
        answering('iam:GetRolePolicy', output, () => member.rolePolicies('reports')),
      ).rejects.toThrow('The answer of IAM about role reports is not a policy document.');
    },
  );
});

describe('the trust policy of a role', () => {
  const answer = (AssumeRolePolicyDocument?: string) => ({
    Role: {
      RoleName: 'reports',
      RoleId: 'AROA1',
      Arn: 'arn:aws:iam::111122223333:role/reports',
      AssumeRolePolicyDocument,
    },
  });

  it.each(['%', '%7B', '<html>'])('is not %j', async (document) => {
    await expect(answering('iam:GetRole', answer(document), () => view.role('reports'))).rejects.toThrow(
      new RetryableError(
        'The answer of IAM about role reports is not a policy document. If a proxy stands between here and AWS, let its owner look; then try again.',
      ),
    );
  });

  it.each(['', undefined])('may be missing (%j): then no one can assume the role', async (document) => {
    await expect(
      answering('iam:GetRole', answer(document), () => view.role('reports')),
    ).resolves.toMatchObject({ kind: 'there', trust: '' });
  });
});
