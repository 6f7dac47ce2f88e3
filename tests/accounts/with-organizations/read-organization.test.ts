import { awsOrganization } from '../../../shared/adapters/aws/organization.ts';
import {
  account,
  answer,
  error,
  management,
  type Organizations,
  organization,
  startOrganizations,
} from './organizations.ts';

let aws: Organizations;
let pauses: number[];
beforeEach(async () => {
  aws = await startOrganizations();
  pauses = [];
});
afterEach(() => aws.close());

const [a, b, c] = ['444455556666', '555566667777', '666677778888'] as const;
const read = (...units: readonly string[]) =>
  awsOrganization(
    {
      region: 'us-east-1',
      endpoint: aws.url,
      credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'not-a-secret' },
    },
    {
      now: () => new Date(),
      pause: async (milliseconds) => void pauses.push(milliseconds),
    },
    new AbortController().signal,
  )(units);

/** Refuses the first calls of an operation. */
const refuseFirst = (times: number, operation: string, code: string): void => {
  let left = times;
  aws.before = (called) => {
    if (called !== operation || left === 0) return undefined;
    left -= 1;
    return error(code, 'Rate exceeded');
  };
};

it('lists every page, including those after an empty one', async () => {
  aws.pages = [[account(management), account(a)], [], [account(b)]];
  const { accounts, ...rest } = await read();
  expect(rest).toEqual({ organization });
  expect(accounts.map(({ id }) => id)).toEqual([management, a, b]);
});

it.each([
  ['ACTIVE', 'active'],
  ['SUSPENDED', 'suspended'],
  ['PENDING_CLOSURE', 'closed'],
  ['CLOSED', 'closed'],
  ['PENDING_ACTIVATION', 'other'],
  ['A_NEW_STATE', 'other'],
  ['constructor', 'other'],
])('reads the state %s', async (State, state) => {
  aws.pages = [[account(management), account(a, State)]];
  expect((await read()).accounts[1]).toEqual({ id: a, name: `name-${a}`, state });
});

it('prefers State to Status, which AWS is retiring, and uses Status if State is missing', async () => {
  aws.pages = [
    [account(management), { Id: a, Status: 'ACTIVE', State: 'CLOSED' }, { Id: b, Status: 'SUSPENDED' }],
  ];
  expect((await read()).accounts.map(({ state }) => state)).toEqual(['active', 'closed', 'suspended']);
});

it('lists the accounts below units, at any depth, each unit once', async () => {
  aws.pages = [[account(management), account(a), account(b), account(c)]];
  aws.units
    .set('ou-a1b2-aaaaaaaa', { accounts: [account(a)], units: ['ou-a1b2-bbbbbbbb'] })
    .set('ou-a1b2-bbbbbbbb', { accounts: [account(b)], units: ['ou-a1b2-aaaaaaaa'] });
  expect((await read('ou-a1b2-aaaaaaaa', 'ou-a1b2-bbbbbbbb')).inUnits).toEqual(new Set([a, b]));
  expect(aws.calls.filter((call) => call.startsWith('ListAccountsForParent'))).toHaveLength(2);
});

it('continues after throttling, in any operation', async () => {
  aws.pages = [[account(management)], [account(a)]];
  refuseFirst(9, 'ListAccounts', 'TooManyRequestsException');
  expect((await read()).accounts).toHaveLength(2);
  expect(pauses).toHaveLength(9);
});

it('fails if throttling does not end: a partial list of accounts is not a list', async () => {
  refuseFirst(10, 'ListAccounts', 'TooManyRequestsException');
  await expect(read()).rejects.toThrow(
    'listing the accounts of the organization (organizations:ListAccounts): TooManyRequestsException: Rate exceeded',
  );
});

it.each([
  ['ListAccounts', 'organizations:ListAccounts'],
  ['ListAccountsForParent', 'organizations:ListAccountsForParent'],
  ['ListOrganizationalUnitsForParent', 'organizations:ListOrganizationalUnitsForParent'],
])('explains a refusal of %s', async (operation, permission) => {
  aws.units.set('r-a1b2', {});
  refuseFirst(1, operation, 'AccessDeniedException');
  const reading = read('r-a1b2');
  await expect(reading).rejects.toThrow(permission);
  await expect(reading).rejects.toThrow(
    `Only the management account (${management}) and delegated administrators may list accounts.`,
  );
  expect(pauses).toEqual([]);
});

it.each([
  ['an account that is in no organization', 'AWSOrganizationsNotInUseException'],
  ['a refusal', 'AccessDeniedException'],
])('reports %s', async (_, code) => {
  refuseFirst(1, 'DescribeOrganization', code);
  await expect(read()).rejects.toThrow(`(organizations:DescribeOrganization): ${code}: Rate exceeded`);
});

it('reports a unit that does not exist', async () => {
  await expect(read('ou-a1b2-aaaaaaaa')).rejects.toThrow(
    /accounts of ou-a1b2-aaaaaaaa .*ParentNotFoundException/,
  );
});

it('rejects a list that lacks the management account', async () => {
  aws.pages = [[account(a)]];
  await expect(read()).rejects.toThrow(
    `The list of accounts of organization ${organization} lacks its management account ${management}, so it is not complete.`,
  );
});

it('rejects a list that never ends', async () => {
  aws.before = (operation) =>
    operation === 'ListAccounts' ? answer({ Accounts: [account(a)], NextToken: '0' }) : undefined;
  await expect(read()).rejects.toThrow('a page leads back to an earlier one');
});

it.each([
  ['DescribeOrganization', {}],
  ['DescribeOrganization', { Organization: { Id: organization } }],
  ['ListAccounts', {}],
  ['ListAccounts', { Accounts: [{ Id: a }] }],
  ['ListAccounts', { Accounts: [{ State: 'ACTIVE' }] }],
  ['ListAccounts', { Accounts: [{ Id: 'x', State: 'ACTIVE' }] }],
  ['ListAccounts', { Accounts: [null] }],
  ['ListAccounts', { Accounts: {} }],
  ['ListAccountsForParent', {}],
  ['ListOrganizationalUnitsForParent', {}],
  ['ListOrganizationalUnitsForParent', { OrganizationalUnits: [{}] }],
])('does not mistake another answer for that of %s: %j', async (operation, body) => {
  aws.units.set('r-a1b2', {});
  aws.before = (called) => (called === operation ? answer(body) : undefined);
  await expect(read('r-a1b2')).rejects.toThrow(
    /the answer is not that of AWS Organizations|^The answer with the (accounts|organizational units) of \S+ .*(list|contains)/,
  );
});

it('lists a thousand accounts in 50 calls', async () => {
  const ids = Array.from({ length: 999 }, (_, index) => String(200_000_000_000 + index));
  const all = [management, ...ids].map((id) => account(id));
  aws.pages = Array.from({ length: 50 }, (_, page) => all.slice(20 * page, 20 * (page + 1)));
  expect((await read()).accounts).toHaveLength(1_000);
  expect(aws.calls).toHaveLength(51);
});
