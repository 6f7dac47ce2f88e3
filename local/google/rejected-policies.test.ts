import { errorOf, type Harness, memberOf, pool, resource, startHarness } from '../testing/google-harness.ts';
import { email } from '../testing/settings.ts';
import type { LocalPolicy } from './policies.ts';

const role = 'roles/iam.workloadIdentityUser';
const condition = { title: 'until', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' };

let world: Harness;
beforeEach(async () => {
  world = await startHarness();
});
afterEach(() => world.close());

const write = (policy: object, updateMask?: string) =>
  world.as().projects.serviceAccounts.setIamPolicy({
    resource,
    requestBody: { policy, ...(updateMask === undefined ? {} : { updateMask }) },
  });
const bindings = (...members: readonly string[]) => [{ role, members }];

const valid = 'user:a@acme.com';
const refused = async (policy: LocalPolicy) => {
  const before = world.google.policy(email).current();
  const answer = await write(policy);
  expect(world.google.policy(email).current()).toEqual(before);
  return errorOf(answer);
};

it('fields of the wrong type; a null field counts as absent', async () => {
  for (const policy of [
    'none',
    { bindings: {} },
    { bindings: [null] },
    { bindings: [{ role, members: valid }] },
    { bindings: [{ role, members: [1] }] },
    { version: '3' },
  ])
    expect(errorOf(await write(policy as object))).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' });
  for (const body of [{ updateMask: 'bindings' }, { policy: {}, bindings: [] }])
    expect((await world.post(`/v1/${resource}:setIamPolicy`, body)).status).toBe(400);
  const bindingsWithNull = [{ role, members: [valid], condition: null }];
  expect((await write({ bindings: bindingsWithNull, etag: null })).status).toBe(200);
  expect(world.google.policy(email).current().bindings).toEqual(bindings(valid));
});

it('a binding without members, and an invalid role', async () => {
  expect(await refused({ bindings: [{ role, members: [] }] })).toMatchObject({ code: 400 });
  expect(await refused({ bindings: [{ role: 'editor', members: [valid] }] })).toMatchObject({ code: 400 });
});

it.each([
  ['no type', 'a@acme.com'],
  ['a pool id without its project', 'principalSet://iam.googleapis.com/aws-pool/attribute.aws_role/x'],
  ['a project id', memberOf('x').replace('projects/123456789012', 'projects/acme')],
  ['a type of another case', 'PrincipalSet://iam.googleapis.com/x'],
  ['a set without what it is of', `principalSet://iam.googleapis.com/${pool}`],
])('a member of an unknown type: %s', async (_, member) => {
  expect(await refused({ bindings: bindings(valid, member) })).toMatchObject({
    code: 400,
    status: 'INVALID_ARGUMENT',
    message: `The member ${member} is of an unknown type. Please set a valid type prefix for the member.`,
  });
});

it('a member of a missing or deleted pool, but not of a disabled one', async () => {
  const message = expect.stringContaining('Identity Pool does not exist');
  expect(await refused({ bindings: bindings(memberOf('x').replace('aws-pool', 'other')) })).toMatchObject({
    code: 400,
    message,
  });
  const pools = world.as().projects.locations.workloadIdentityPools;
  await pools.delete({ name: pool });
  expect(await refused({ bindings: bindings(memberOf('x')) })).toMatchObject({ message });
  await pools.undelete({ name: pool });
  await pools.patch({ name: pool, updateMask: 'disabled', requestBody: { disabled: true } });
  expect((await write({ bindings: bindings(memberOf('x')) })).status).toBe(200);
});

it('a member that an organization policy forbids', async () => {
  world.google.rules.rejectedMembers.add(memberOf('bad'));
  expect(await refused({ bindings: bindings(memberOf('good'), memberOf('bad')) })).toMatchObject({
    code: 400,
    status: 'FAILED_PRECONDITION',
    message: expect.stringContaining('do not belong to a permitted customer'),
  });
});

it.each([
  ['no title', { expression: condition.expression }],
  ['no expression', { title: 'x' }],
  ['no syntax', { title: 'x', expression: 'request.time <' }],
  ['an unknown variable', { title: 'x', expression: 'now < timestamp("2030-01-01T00:00:00Z")' }],
  ['a date that is none', { title: 'x', expression: 'request.time < timestamp("2030-13-01T00:00:00Z")' }],
  ['wrong types', { title: 'x', expression: 'request.time < "2030-01-01T00:00:00Z"' }],
  ['thirteen operators', { title: 'x', expression: Array.from({ length: 14 }, () => 'true').join(' && ') }],
])('a condition with %s', async (_, bad) => {
  expect(await refused({ version: 3, bindings: [{ role, members: [valid], condition: bad }] })).toMatchObject(
    { code: 400, status: 'INVALID_ARGUMENT' },
  );
});

it('stores a condition on resource.name, which never holds', async () => {
  const named = { title: 'x', expression: 'resource.name.endsWith("x")' };
  expect((await write({ version: 3, bindings: [{ role, members: [valid], condition: named }] })).status).toBe(
    200,
  );
});

it('twenty-one bindings of one role and principal', async () => {
  const many = Array.from({ length: 21 }, (_, index) => ({
    role,
    members: [valid],
    condition: { ...condition, title: `c${index}` },
  }));
  expect(await refused({ version: 3, bindings: many })).toMatchObject({ code: 400 });
  expect((await write({ version: 3, bindings: many.slice(1) })).status).toBe(200);
});

it('1,501 principals, counting every appearance, but not 1,500', async () => {
  const many = Array.from({ length: 750 }, (_, index) => memberOf(`role-${index}`));
  const twice = [
    { role, members: many },
    { role: 'roles/iam.serviceAccountTokenCreator', members: many },
  ];
  expect(await refused({ bindings: [...twice, { role: 'roles/viewer', members: [valid] }] })).toMatchObject({
    message: 'The number of members in the policy (1,501) is larger than the maximum allowed size 1,500.',
  });
  expect((await write({ bindings: twice })).status).toBe(200);
  expect((await write({ bindings: [...twice, ...twice] })).status).toBe(200);
});

it('251 domains and groups, counting groups once and domains each time', async () => {
  const named = (kind: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${kind}:${kind}${index}.acme.com`);
  const many = [...named('group', 200), ...named('domain', 25)];
  const twice = [
    { role, members: many },
    { role: 'roles/viewer', members: many },
  ];
  expect((await write({ bindings: twice })).status).toBe(200);
  expect(
    await refused({ bindings: [...twice, { role: 'roles/browser', members: ['group:x@acme.com'] }] }),
  ).toMatchObject({
    code: 400,
    message: expect.stringContaining('domains and groups in the policy (251)'),
  });
});

it('more bytes than the world allows', async () => {
  world.google.rules.maxPolicyBytes = 100;
  expect(await refused({ bindings: bindings(memberOf('x')) })).toMatchObject({ code: 400 });
  expect((await write({ bindings: bindings(valid) })).status).toBe(200);
});
