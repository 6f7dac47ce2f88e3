import {
  CreateRoleCommand,
  DeleteRoleCommand,
  GetAccountAuthorizationDetailsCommand,
  GetRoleCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  paginateGetAccountAuthorizationDetails,
  TagRoleCommand,
  UntagRoleCommand,
} from '@aws-sdk/client-iam';
import { began, failureOf, type Harness, startHarness, tagList } from '../testing/aws-harness.ts';
import { accountId } from '../testing/settings.ts';

let at: Harness;
beforeEach(async () => {
  at = await startHarness();
});
afterEach(() => at.close());

const trust = JSON.stringify({ Version: '2012-10-17', Statement: [] });
const create = (RoleName: string, more: object = {}) =>
  at.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust, ...more }));
const tag = (RoleName: string, tags: Readonly<Record<string, string>>) =>
  at.iam.send(new TagRoleCommand({ RoleName, Tags: tagList(tags) }));
const get = async (RoleName: string) => (await at.iam.send(new GetRoleCommand({ RoleName }))).Role;
const details = async (pageSize: number) => {
  const pages: string[][] = [];
  const paged = paginateGetAccountAuthorizationDetails({ client: at.iam, pageSize }, { Filter: ['Role'] });
  for await (const { RoleDetailList = [] } of paged)
    pages.push(
      RoleDetailList.map(
        ({ RoleName = '', Tags = [] }) => `${RoleName}:${Tags.map(({ Value }) => Value).join(' ')}`,
      ),
    );
  return pages;
};

describe('a role', () => {
  it('has path, ARN, unique id, trust policy and tags; is found in any case and returned in its original case', async () => {
    await create('Reports', { Path: '/team/a/', Description: 'for <b> & "c"', Tags: tagList({ Team: 'x' }) });
    expect(await get('REPORTS')).toMatchObject({
      RoleName: 'Reports',
      Path: '/team/a/',
      Arn: `arn:aws:iam::${accountId}:role/team/a/Reports`,
      RoleId: expect.stringMatching(/^AROA[0-9A-Z]{17}$/),
      CreateDate: began,
      AssumeRolePolicyDocument: encodeURIComponent(trust),
      Description: 'for <b> & "c"',
      Tags: [{ Key: 'Team', Value: 'x' }],
    });
  });

  it('has no Tags without tags, and another id after it is created again', async () => {
    await create('reports');
    const first = await get('reports');
    expect(first).not.toHaveProperty('Tags');
    await at.iam.send(new DeleteRoleCommand({ RoleName: 'reports' }));
    await create('reports');
    expect((await get('reports'))?.RoleId).not.toBe(first?.RoleId);
  });

  it('keeps one tag per key regardless of case, in the last writer’s spelling', async () => {
    await create('reports', { Tags: tagList({ Team: 'x', other: 'y' }) });
    await tag('reports', { TEAM: 'z' });
    expect((await get('reports'))?.Tags).toEqual([
      { Key: 'TEAM', Value: 'z' },
      { Key: 'other', Value: 'y' },
    ]);
    await at.iam.send(new UntagRoleCommand({ RoleName: 'reports', TagKeys: ['team', 'missing'] }));
    expect((await at.iam.send(new ListRoleTagsCommand({ RoleName: 'reports' }))).Tags).toEqual([
      { Key: 'other', Value: 'y' },
    ]);
  });

  it('has at most 50 tags, over several calls too', async () => {
    const many = (from: number, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${from + index}`, '']));
    await create('reports', { Tags: tagList(many(0, 50)) });
    await tag('reports', many(0, 50));
    expect(await failureOf(tag('reports', { one: 'more' }))).toBe('LimitExceededException 409');
    expect(await failureOf(create('other', { Tags: tagList(many(0, 51)) }))).toBe('ValidationError 400');
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['a comma in a value', { a: 'x,y' }, 'ValidationError 400'],
    ['a value of 257 characters', { a: 'x'.repeat(257) }, 'ValidationError 400'],
    ['an empty key', { '': 'x' }, 'ValidationError 400'],
    ['a key of 129 characters', { ['k'.repeat(129)]: 'x' }, 'ValidationError 400'],
    ['a reserved key', { 'aws:x': 'y' }, 'InvalidInputException 400'],
    ['the same key twice', { a: 'x', A: 'y' }, 'InvalidInputException 400'],
  ])('cannot be tagged with %s', async (_, tags, failure) => {
    await create('reports');
    expect(await failureOf(tag('reports', tags))).toBe(failure);
    expect(await get('reports')).not.toHaveProperty('Tags');
  });

  it('cannot be created twice in another case, or be read, tagged or deleted if it is missing', async () => {
    await create('reports');
    expect(await failureOf(create('Reports'))).toBe('EntityAlreadyExistsException 409');
    expect(await failureOf(create('a b'))).toBe('ValidationError 400');
    expect(await failureOf(create('x', { AssumeRolePolicyDocument: 'no' }))).toBe(
      'MalformedPolicyDocumentException 400',
    );
    const RoleName = 'missing';
    for (const missing of [
      get(RoleName),
      tag(RoleName, { a: 'b' }),
      at.iam.send(new UntagRoleCommand({ RoleName, TagKeys: ['a'] })),
      at.iam.send(new DeleteRoleCommand({ RoleName })),
      at.iam.send(new ListRoleTagsCommand({ RoleName })),
    ])
      expect(await failureOf(missing)).toBe('NoSuchEntityException 404');
  });
});

describe('a listing', () => {
  beforeEach(async () => {
    for (const name of ['b', 'A', 'c', 'E', 'd']) await create(name, { Tags: tagList({ k: `${name}1` }) });
  });

  it('contains tags for account details, but not for roles, which can be filtered by path', async () => {
    await create('p', { Path: '/team/', Tags: tagList({ k: 'p1' }) });
    expect(await details(100)).toEqual([['A:A1', 'b:b1', 'c:c1', 'd:d1', 'E:E1', 'p:p1']]);
    const { Roles, IsTruncated } = await at.iam.send(new ListRolesCommand({ PathPrefix: '/team/' }));
    expect(Roles?.map(({ RoleName }) => RoleName)).toEqual(['p']);
    expect(Roles?.[0]).not.toHaveProperty('Tags');
    expect(IsTruncated).toBe(false);
    const users = await at.iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ['User'] }));
    expect(users.RoleDetailList).toEqual([]);
  });

  it('comes in pages of 100 by default, and of at most 1,000', async () => {
    expect(await details(2)).toEqual([['A:A1', 'b:b1'], ['c:c1', 'd:d1'], ['E:E1']]);
    for (let index = 0; index < 100; index += 1)
      at.aws.iam.perform('CreateRole', { RoleName: `x${index}`, AssumeRolePolicyDocument: trust });
    const first = await at.iam.send(new GetAccountAuthorizationDetailsCommand({}));
    expect(first).toMatchObject({ IsTruncated: true, Marker: expect.any(String) });
    expect(first.RoleDetailList).toHaveLength(100);
    expect(await failureOf(at.iam.send(new GetAccountAuthorizationDetailsCommand({ MaxItems: 1001 })))).toBe(
      'ValidationError 400',
    );
  });

  it('is not affected by roles that are added or removed between its pages', async () => {
    const { Marker } = await at.iam.send(new GetAccountAuthorizationDetailsCommand({ MaxItems: 2 }));
    await at.iam.send(new DeleteRoleCommand({ RoleName: 'b' }));
    await create('aa');
    const rest = await at.iam.send(new GetAccountAuthorizationDetailsCommand({ Marker }));
    expect(rest.RoleDetailList?.map(({ RoleName }) => RoleName)).toEqual(['c', 'd', 'E']);
  });

  it('stays stale over all its pages: each role is as it was before its last write', async () => {
    await tag('A', { k: 'A2' });
    await tag('A', { k: 'A3' });
    await at.iam.send(new DeleteRoleCommand({ RoleName: 'b' }));
    at.aws.iam.serveStaleListings(1);
    expect(await details(1)).toEqual([['A:A2'], ['b:b1']]);
    expect((await details(100)).flat()).toEqual(['A:A3', 'c:c1', 'd:d1', 'E:E1']);
  });
});

it('returns stale reads of one role, as often as requested', async () => {
  await create('reports');
  await create('other', { Tags: tagList({ a: '1' }) });
  await tag('reports', { a: '1' });
  at.aws.iam.serveStale('Reports', 2);
  expect(await get('reports')).not.toHaveProperty('Tags');
  expect((await get('other'))?.Tags).toHaveLength(1);
  expect((await at.iam.send(new ListRoleTagsCommand({ RoleName: 'reports' }))).Tags).toEqual([]);
  expect((await get('reports'))?.Tags).toHaveLength(1);
  await at.iam.send(new DeleteRoleCommand({ RoleName: 'reports' }));
  at.aws.iam.serveStale('reports', 1);
  expect((await get('reports'))?.Tags).toHaveLength(1);
  expect(await failureOf(get('reports'))).toBe('NoSuchEntityException 404');
});
