import { awsClients } from '../../shared/adapters/aws/clients.ts';
import { awsDeployedStages } from '../../shared/adapters/aws/deployed-stages.ts';
import { disabledRegions } from '../../shared/adapters/aws/disabled-regions.ts';
import { keptScope } from '../../shared/adapters/aws/kept-scope.ts';
import { awsListings } from '../../shared/adapters/aws/listings.ts';
import { awsParameters } from '../../shared/adapters/aws/parameters.ts';
import { awsRoles } from '../../shared/adapters/aws/roles.ts';
import { awsTable } from '../../shared/adapters/aws/table.ts';
import { viewClients } from '../../shared/adapters/aws/view/clients.ts';
import { historyLogs } from '../../shared/adapters/aws/view/history-logs.ts';
import { awsView } from '../../shared/adapters/aws/view/view.ts';
import { itemsOf, presentItemsOf, presentTextsOf } from '../../shared/adapters/items.ts';
import { RetryableError } from '../../shared/core/errors.ts';
import { stackNames } from '../../shared/core/stack.ts';
import { accountId, roleRef } from '../support/settings.ts';
import { type LocalSubject, localSubject } from '../support/subjects.ts';

/**
 * Invariant 4: an element of a list that is not of the expected kind is unreadable. If we skipped it, the thing it
 * stands for would look gone.
 */

let subject: LocalSubject;
beforeAll(async () => {
  subject = await localSubject();
  subject.addRole('reports', {});
});
afterAll(() => subject.close());

const signal = AbortSignal.timeout(60_000);
const clients = () => awsClients('us-east-1', { maxAttempts: 1 });
const view = () => awsView(clients(), viewClients(1), signal);
const place = { accountId, region: 'us-east-1' };

const all = async (pages: AsyncIterable<readonly unknown[]>): Promise<readonly unknown[]> => {
  const found: unknown[] = [];
  for await (const page of pages) found.push(...page);
  return found;
};

const stages = () => awsDeployedStages({ ...clients(), lambda: viewClients(1).lambda }, signal);
const logs = () => historyLogs(viewClients(1), signal);

/** The field of the response that contains the list, and the function that reads it. */
const lists: readonly (readonly [action: string, field: string, ask: () => Promise<unknown>])[] = [
  [
    'ssm:GetParametersByPath',
    'Parameters',
    () => awsParameters(clients, signal).list(place, '/google-access/x'),
  ],
  [
    'ssm:GetParametersByPath',
    'Parameters',
    () => all(awsListings(clients, 100, signal).parameters(place, '/p')),
  ],
  ['dynamodb:Scan', 'Items', () => all(awsTable(clients().dynamodb, 'ledger', signal).scan())],
  ['dynamodb:Query', 'Items', () => awsTable(clients().dynamodb, 'ledger', signal).list('scope')],
  ['dynamodb:ListTables', 'TableNames', () => keptScope(clients().dynamodb, stackNames('prod'), signal)],
  ['events:ListRules', 'Rules', () => stages().besides('prod', accountId)],
  ['events:ListTargetsByRule', 'Targets', () => view().rule('any')],
  ['lambda:ListEventSourceMappings', 'EventSourceMappings', () => view().eventSources('f')],
  ['cloudtrail:DescribeTrails', 'trailList', () => view().trails()],
  ['logs:FilterLogEvents', 'events', () => view().failures('f', new Date(0))],
  ['logs:FilterLogEvents', 'events', () => logs().search('f', { pattern: '', since: new Date(0) })],
  ['logs:DescribeLogGroups', 'logGroups', () => logs().extent('f')],
];

const answering = async (
  action: string,
  output: Readonly<Record<string, unknown>>,
  ask: () => Promise<unknown>,
): Promise<unknown> => {
  const end = subject.aws.intercept((call) =>
    call.action === action || call.action === 'events:DescribeRule'
      ? {
          kind: 'error',
          status: 200,
          code: '',
          message: '',
          output: call.action === action ? output : { Name: 'any' },
        }
      : undefined,
  );
  try {
    return await ask();
  } finally {
    end();
  }
};

describe.each(lists)('%s: %s', (action, field, ask) => {
  it.each([[1], [null], ['x'], [[]]])('%j in the list makes the answer unreadable', async (element) => {
    const asked = answering(action, { [field]: [element] }, ask);
    if (field === 'TableNames' && element === 'x') return expect(await asked).toEqual([]);
    const failure: unknown = await asked.catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(RetryableError);
    expect(String(failure)).toMatch(/The answer with .* contains |An answer of DynamoDB lacks/);
  });
});

it.each([
  ['iam:GetRole', () => awsRoles(clients, signal).read(roleRef('reports'))],
  ['iam:GetRole', () => view().role('reports')],
] as const)('%s: a tag without a key makes the answer unreadable', async (action, ask) => {
  const Arn = `arn:aws:iam::${accountId}:role/reports`;
  const output = { Role: { RoleName: 'reports', RoleId: 'AROA1', Arn, Tags: [{ Value: 'x' }] } };
  await expect(answering(action, output, ask)).rejects.toThrow(
    'The answer with the tags of role reports contains an element without Key.',
  );
});

it('iam:GetAccountAuthorizationDetails: a tag without a value makes the answer unreadable', async () => {
  const Arn = `arn:aws:iam::${accountId}:role/reports`;
  const role = { RoleName: 'reports', RoleId: 'AROA1', Arn, Tags: [{ Key: 'google-access' }] };
  const output = { RoleDetailList: [role], IsTruncated: false };
  await expect(
    answering('iam:GetAccountAuthorizationDetails', output, () =>
      all(awsListings(clients, 100, signal).roles(accountId)),
    ),
  ).rejects.toThrow('The answer with the tags of role reports contains an element without Value.');
});

it.each([
  [
    'iam:ListInstanceProfilesForRole',
    { InstanceProfiles: [{}], IsTruncated: false },
    () => view().instanceProfiles('reports'),
  ],
  [
    'iam:ListAttachedRolePolicies',
    { AttachedPolicies: [{}], IsTruncated: false },
    () => view().attachedPolicies('reports'),
  ],
  [
    'ec2:DescribeRegions',
    { Regions: [{}] },
    () => disabledRegions({ region: 'us-east-1' }, ['eu-west-1'], signal),
  ],
] as const)('%s: an element without a name makes the answer unreadable', async (action, output, ask) => {
  await expect(answering(action, output, ask)).rejects.toThrow(/contains an element without/);
});

it('a scan without a list is not an empty table', async () => {
  await expect(
    answering('dynamodb:Scan', {}, () => all(awsTable(clients().dynamodb, 'ledger', signal).scan())),
  ).rejects.toThrow('The answer with the items of table ledger lacks the list.');
});

describe('presentItemsOf', () => {
  it('does not mistake an answer without a list for an empty one', () => {
    expect(presentItemsOf('things', [], [])).toEqual([]);
    for (const list of [undefined, null])
      expect(() => presentItemsOf('things', list, [])).toThrow('The answer with things lacks the list.');
    expect(() => presentItemsOf('things', {} as unknown as object[], [])).toThrow('is not a list');
  });
});

it('presentTextsOf accepts only a list of texts', () => {
  expect(presentTextsOf('things', ['a'])).toEqual(['a']);
  for (const list of [undefined, {}, [1], ['a', null]])
    expect(() => presentTextsOf('things', list as unknown as string[])).toThrow('The answer with things ');
});

describe('itemsOf', () => {
  it('treats a list that the answer lacks as empty, and nothing else', () => {
    expect(itemsOf('things', undefined, [])).toEqual([]);
    expect(itemsOf('things', null, [])).toEqual([]);
    for (const list of [{}, 'x', 1])
      expect(() => itemsOf('things', list as unknown as object[], [])).toThrow(
        'The answer with things is not a list.',
      );
  });
});
