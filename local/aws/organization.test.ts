import {
  DescribeOrganizationCommand,
  ListAccountsCommand,
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  ListParentsCommand,
  ListRootsCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { failureOf, type Harness, startHarness } from '../testing/aws-harness.ts';
import { accountId } from '../testing/settings.ts';
import type { LocalOrganization } from './organization.ts';
import type { AwsAccount } from './world.ts';

const memberId = '444455556666';
const organizationId = 'o-a1b2c3d4e5';
const unit = { id: 'ou-a1b2-teams001', name: 'Teams' };
const denied = 'AccessDeniedException 400';

let at: Harness;
let clients: OrganizationsClient[];
let organization: LocalOrganization;
let member: AwsAccount;
beforeEach(async () => {
  clients = [];
  at = await startHarness({ organizationId });
  member = at.aws.addAccount(memberId);
  organization = at.aws.organizationOf(accountId);
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  await at.close();
});

const as = ({ admin }: Pick<AwsAccount, 'admin'>) => {
  const common = { region: 'us-east-1', endpoint: at.aws.url, credentials: admin, maxAttempts: 1 };
  const client = new OrganizationsClient(common);
  clients.push(client);
  return client;
};
const listAccounts = async (input: object = {}) => {
  const { Accounts = [], NextToken } = await as(at.aws).send(new ListAccountsCommand(input));
  return { ids: Accounts.map(({ Id }) => Id), NextToken };
};

it('every member describes its organization', async () => {
  const { Organization } = await as(member).send(new DescribeOrganizationCommand({}));
  expect(Organization).toMatchObject({
    Id: organizationId,
    Arn: `arn:aws:organizations::${accountId}:organization/${organizationId}`,
    FeatureSet: 'ALL',
    MasterAccountId: accountId,
  });
});

it('does not know the organization of an account that is in none', async () => {
  const outside = await startHarness();
  const client = new OrganizationsClient({
    region: 'us-east-1',
    endpoint: outside.aws.url,
    credentials: outside.aws.admin,
  });
  expect(await failureOf(client.send(new DescribeOrganizationCommand({})))).toBe(
    'AWSOrganizationsNotInUseException 400',
  );
  expect(() => outside.aws.organizationOf(accountId)).toThrow('is in no organization');
  client.destroy();
  await outside.close();
});

it('lists accounts with their state and path, for the management account and delegated administrators', async () => {
  organization.units.push({ ...unit, parentId: organization.rootId });
  Object.assign(organization.accounts[1] ?? {}, { state: 'SUSPENDED', parentId: unit.id, name: 'data' });
  const list = (account: AwsAccount) => as(account).send(new ListAccountsCommand({}));
  expect(await failureOf(list(member))).toBe(denied);
  organization.delegatedAdministrators.add(memberId);
  const { Accounts } = await list(member);
  expect(Accounts?.map(({ Id, State }) => [Id, State])).toEqual([
    [accountId, 'ACTIVE'],
    [memberId, 'SUSPENDED'],
  ]);
  expect(Accounts?.[1]).toMatchObject({
    Name: 'data',
    Arn: `arn:aws:organizations::${accountId}:account/${organizationId}/${memberId}`,
    Paths: [`${organizationId}/${organization.rootId}/${unit.id}/${memberId}/`],
    JoinedTimestamp: expect.any(Date),
  });
  expect(Accounts?.[1]).not.toHaveProperty('Status');
});

it('lists units, and the accounts and the parent of each', async () => {
  const client = as(at.aws);
  const { Roots } = await client.send(new ListRootsCommand({}));
  const ParentId = Roots?.[0]?.Id ?? '';
  organization.units.push({ ...unit, parentId: ParentId });
  Object.assign(organization.accounts[1] ?? {}, { parentId: unit.id });
  const { OrganizationalUnits } = await client.send(
    new ListOrganizationalUnitsForParentCommand({ ParentId }),
  );
  expect(OrganizationalUnits).toMatchObject([{ Id: unit.id, Name: unit.name }]);
  const below = async (parent: string) =>
    (await client.send(new ListAccountsForParentCommand({ ParentId: parent }))).Accounts?.map(({ Id }) => Id);
  expect([await below(ParentId), await below(unit.id)]).toEqual([[accountId], [memberId]]);
  const parents = async (ChildId: string) => (await client.send(new ListParentsCommand({ ChildId }))).Parents;
  expect(await parents(memberId)).toEqual([{ Id: unit.id, Type: 'ORGANIZATIONAL_UNIT' }]);
  expect(await parents(unit.id)).toEqual([{ Id: ParentId, Type: 'ROOT' }]);
  expect(await failureOf(below('ou-a1b2-missing1'))).toBe('ParentNotFoundException 400');
  expect(await failureOf(parents('999999999999'))).toBe('ChildNotFoundException 400');
});

it('pages contain up to 20 accounts, and empty pages may come before them', async () => {
  for (let index = 0; index < 21; index += 1) at.aws.addAccount(String(500_000_000_000 + index));
  const first = await listAccounts();
  expect(first.ids).toHaveLength(20);
  expect((await listAccounts({ NextToken: first.NextToken })).ids).toHaveLength(3);
  organization.emptyPages = 1;
  const sizes: number[] = [];
  const seen = new Set<string | undefined>();
  let NextToken: string | undefined;
  do {
    const page = await listAccounts({ NextToken });
    sizes.push(page.ids.length);
    for (const id of page.ids) seen.add(id);
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  expect(sizes).toEqual([0, 20, 0, 3]);
  expect(seen.size).toBe(23);
  expect(await failureOf(listAccounts({ MaxResults: 21 }))).toBe('InvalidInputException 400');
  expect(await failureOf(listAccounts({ NextToken: 'x' }))).toBe('InvalidInputException 400');
});

it('throttles on demand', async () => {
  at.aws.intercept(({ action }) =>
    action === 'organizations:ListAccounts'
      ? { kind: 'error', status: 400, code: 'TooManyRequestsException', message: 'Rate exceeded' }
      : undefined,
  );
  expect(await failureOf(listAccounts())).toBe('TooManyRequestsException 400');
});
