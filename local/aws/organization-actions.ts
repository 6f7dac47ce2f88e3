import { AwsError, type Input, integer, text } from './call.ts';
import { type LocalOrganization, type OrganizationAccount, pathOf } from './organization.ts';
import { pageOf } from './pages.ts';

type OrganizationAction = (organization: LocalOrganization, input: Input) => unknown;

/** AWS Organizations for a caller of an account, which may be in none. */
export const performOnOrganization = (
  organization: LocalOrganization | undefined,
  accountId: string,
  action: string,
  input: Input,
): unknown => {
  const run = actions[action];
  if (run === undefined)
    throw new AwsError('UnknownOperationException', `The stand-in does not know organizations:${action}.`);
  if (organization === undefined)
    throw new AwsError(
      'AWSOrganizationsNotInUseException',
      'Your account is not a member of an organization.',
    );
  if (!mayCall(organization, accountId, action))
    throw new AwsError('AccessDeniedException', "You don't have permissions to access this resource.");
  return run(organization, input);
};

/** Every account may describe its organization. Only two kinds of accounts may list. */
const mayCall = (
  { managementAccountId, delegatedAdministrators }: LocalOrganization,
  accountId: string,
  action: string,
): boolean =>
  action === 'DescribeOrganization' ||
  accountId === managementAccountId ||
  delegatedAdministrators.has(accountId);

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_Operations.html */
const actions: Readonly<Record<string, OrganizationAction>> = {
  DescribeOrganization: (organization) => {
    const { id, managementAccountId } = organization;
    return {
      Organization: {
        Id: id,
        Arn: arnOf(organization, 'organization', id),
        FeatureSet: 'ALL',
        MasterAccountId: managementAccountId,
        MasterAccountArn: arnOf(organization, 'account', `${id}/${managementAccountId}`),
        MasterAccountEmail: emailOf(managementAccountId),
        AvailablePolicyTypes: [],
      },
    };
  },
  ListRoots: (organization, input) => {
    const { id, rootId } = organization;
    const root = {
      Id: rootId,
      Arn: arnOf(organization, 'root', `${id}/${rootId}`),
      Name: 'Root',
      PolicyTypes: [],
    };
    return page(organization, 'Roots', [root], ({ Id }) => Id, input);
  },
  ListAccounts: (organization, input) => listAccounts(organization, organization.accounts, input),
  ListAccountsForParent: (organization, input) => {
    const parent = parentIn(organization, input);
    const children = organization.accounts.filter(({ parentId }) => parentId === parent);
    return listAccounts(organization, children, input);
  },
  ListOrganizationalUnitsForParent: (organization, input) => {
    const parent = parentIn(organization, input);
    const units = organization.units
      .filter(({ parentId }) => parentId === parent)
      .map(({ id, name }) => ({
        Id: id,
        Arn: arnOf(organization, 'ou', `${organization.id}/${id}`),
        Name: name,
        Path: pathOf(organization, id),
      }));
    return page(organization, 'OrganizationalUnits', units, ({ Id }) => Id, input);
  },
  ListParents: (organization, input) => {
    const { accounts, units, rootId } = organization;
    const child = text(input, 'ChildId');
    const found = [...accounts, ...units].find(({ id }) => id === child);
    if (found === undefined)
      throw new AwsError(
        'ChildNotFoundException',
        "You specified an organizational unit or account that doesn't exist.",
      );
    const { parentId } = found;
    const parent = { Id: parentId, Type: parentId === rootId ? 'ROOT' : 'ORGANIZATIONAL_UNIT' };
    return page(organization, 'Parents', [parent], ({ Id }) => Id, input);
  },
};

const arnOf = ({ managementAccountId }: LocalOrganization, kind: string, rest: string): string =>
  `arn:aws:organizations::${managementAccountId}:${kind}/${rest}`;

const emailOf = (accountId: string): string => `aws-${accountId}@example.com`;

const parentIn = ({ rootId, units }: LocalOrganization, input: Input): string => {
  const parent = text(input, 'ParentId');
  if (parent !== rootId && !units.some(({ id }) => id === parent))
    throw new AwsError('ParentNotFoundException', "You specified a root or OU that doesn't exist.");
  return parent;
};

const listAccounts = (
  organization: LocalOrganization,
  accounts: readonly OrganizationAccount[],
  input: Input,
) => {
  const shapes = accounts.map((account) => accountShape(organization, account));
  return page(organization, 'Accounts', shapes, ({ Id }) => Id, input);
};

/** Without `Status`, which AWS retired on 2026-09-09. */
const accountShape = (
  organization: LocalOrganization,
  { id, name, state, parentId, joinedAt }: OrganizationAccount,
) => ({
  Id: id,
  Arn: arnOf(organization, 'account', `${organization.id}/${id}`),
  Email: emailOf(id),
  Name: name,
  State: state,
  Paths: [`${pathOf(organization, parentId)}${id}/`],
  JoinedMethod: id === organization.managementAccountId ? 'INVITED' : 'CREATED',
  JoinedTimestamp: joinedAt.getTime() / 1000,
});

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html */
const maxResults = 20;

/** A page of a listing, after its empty pages: a token counts those that are left. */
const page = <T>(
  { emptyPages }: LocalOrganization,
  field: string,
  shapes: readonly T[],
  keyOf: (shape: T) => string,
  input: Input,
) => {
  const size = integer(
    input,
    'MaxResults',
    { least: 1, most: maxResults, otherwise: maxResults },
    'InvalidInputException',
  );
  const token = text(input, 'NextToken');
  const [, left = String(emptyPages), marker = ''] = /^(\d+):(.*)$/.exec(token) ?? [];
  if (token !== '' && !/^\d+:/.test(token))
    throw new AwsError('InvalidInputException', 'You specified an invalid value for NextToken.');
  if (Number(left) > 0) return { [field]: [], NextToken: `${Number(left) - 1}:${marker}` };
  const sorted = shapes.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const { items, next } = pageOf(sorted, keyOf, { marker, size });
  return { [field]: items, ...(next === undefined ? {} : { NextToken: `${emptyPages}:${next}` }) };
};
