import type { LocalPolicy } from '../../../local/google/policies.ts';
import { email, errorOf, type Harness, memberOf, pool, resource, startHarness } from './harness.ts';

const role = 'roles/iam.workloadIdentityUser';
const condition = { title: 'until', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' };

let world: Harness;
beforeEach(async () => {
  world = await startHarness();
});
afterEach(() => world.close());

const read = async (version = 3) =>
  (
    await world
      .as()
      .projects.serviceAccounts.getIamPolicy({ resource, 'options.requestedPolicyVersion': version })
  ).data;
const write = (policy: object, updateMask?: string) =>
  world.as().projects.serviceAccounts.setIamPolicy({
    resource,
    requestBody: { policy, ...(updateMask === undefined ? {} : { updateMask }) },
  });
const bindings = (...members: readonly string[]) => [{ role, members }];

describe('etags', () => {
  it('a policy that was never set has one, and nothing else', async () => {
    expect(await read()).toEqual({ etag: 'ACAB' });
  });

  it('they change with every write; a stale one is 409 ABORTED in Google’s words', async () => {
    const { etag } = await read();
    const first = await write({ version: 3, etag: etag ?? '', bindings: bindings('user:a@acme.com') });
    expect(first.data.etag).not.toEqual(etag);
    expect(Buffer.from(first.data.etag ?? '', 'base64').toString('base64')).toEqual(first.data.etag);
    const late = await write({ version: 3, etag: etag ?? '', bindings: [] });
    expect(errorOf(late)).toEqual({
      http: 409,
      code: 409,
      status: 'ABORTED',
      message:
        'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.',
    });
    expect(await read()).toEqual(first.data);
  });

  it('somebody else’s edit makes an etag stale; without an etag the write wins', async () => {
    const { data } = await write({ version: 3, bindings: bindings('user:a@acme.com') });
    world.google.policy(email).replace({ bindings: bindings('user:b@acme.com') });
    expect((await write({ version: 3, etag: data.etag ?? '', bindings: [] })).status).toBe(409);
    expect((await write({ version: 3, bindings: bindings('user:c@acme.com') })).status).toBe(200);
    expect(world.google.policy(email).current().bindings).toEqual(bindings('user:c@acme.com'));
  });

  it('are bytes: sent back in the URL-safe alphabet, as gcloud does, they are the same', async () => {
    const { data } = await write({ bindings: bindings('user:a@acme.com') });
    const etag = data.etag ?? '';
    expect(etag).toMatch(/[+/]/);
    const urlSafe = etag.replaceAll('+', '-').replaceAll('/', '_');
    expect((await write({ etag: urlSafe, bindings: [] })).status).toBe(200);
  });

  it('belong to one policy: one account’s does not fit another', async () => {
    world.google.policy(email).replace({ bindings: [] });
    world.google.addServiceAccount('other@acme-data.iam.gserviceaccount.com', 'acme-data', { bindings: [] });
    world.google.policy('other@acme-data.iam.gserviceaccount.com').replace({ bindings: [] });
    const others = world.google.policy('other@acme-data.iam.gserviceaccount.com').get(3).etag ?? '';
    expect((await write({ etag: others, bindings: [] })).status).toBe(409);
  });
});

describe('versions', () => {
  const conditional = { version: 3, bindings: [{ role, members: ['user:a@acme.com'], condition }] };

  it('a conditional policy read below 3 hides its conditions behind role names, as version 1', async () => {
    await write(conditional);
    for (const version of [0, 1]) {
      expect(await read(version)).toMatchObject({
        version: 1,
        bindings: [{ role: expect.stringMatching(`^${role}_withcond_[0-9a-f]{20}$`) }],
      });
      expect((await read(version)).bindings?.[0]).not.toHaveProperty('condition');
    }
    expect(await read(3)).toMatchObject(conditional);
  });

  it('says version 1 where there are no conditions, even if 3 was asked for and written', async () => {
    expect((await write({ version: 3, bindings: bindings('user:a@acme.com') })).data.version).toBe(1);
    expect((await read(3)).version).toBe(1);
  });

  it('2 is none, to read or to write', async () => {
    const answer = await world.as().projects.serviceAccounts.getIamPolicy({
      resource,
      'options.requestedPolicyVersion': 2,
    });
    expect(errorOf(answer)).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' });
    expect((await write({ version: 2, bindings: [] })).status).toBe(400);
  });

  it('conditions need version 3; so does any write over stored conditions, unless it has no etag', async () => {
    expect((await write({ ...conditional, version: 1 })).status).toBe(400);
    const { data } = await write(conditional);
    const refused = await write({ version: 1, etag: data.etag ?? '', bindings: [] });
    expect(errorOf(refused).message).toContain(
      'Specified policy version (1) cannot be less than the existing policy version (3)',
    );
    expect((await write({ version: 1, bindings: [] })).status).toBe(200);
  });
});

it('a policy read below 3 and written back without its etag is corrupted: conditions become role names', async () => {
  await write({ version: 3, bindings: [{ role, members: ['user:a@acme.com'], condition }] });
  const { bindings: hidden } = await read(1);
  await write({ version: 1, bindings: hidden });
  expect(world.google.policy(email).current().bindings).toEqual([
    { role: expect.stringContaining('_withcond_'), members: ['user:a@acme.com'] },
  ]);
});

describe('what a write touches', () => {
  const auditConfigs = [{ service: 'iam.googleapis.com', auditLogConfigs: [{ logType: 'DATA_READ' }] }];

  it('bindings and etag alone by default: auditConfigs and unknown fields stay', async () => {
    world.google.policy(email).replace({ auditConfigs, future: 1, bindings: [] });
    await write({ version: 3, bindings: bindings('user:a@acme.com'), auditConfigs: [] });
    expect(world.google.policy(email).current()).toEqual({
      auditConfigs,
      future: 1,
      bindings: bindings('user:a@acme.com'),
    });
  });

  it('what the update mask names', async () => {
    world.google.policy(email).replace({ bindings: bindings('user:a@acme.com') });
    await write({ version: 3, auditConfigs }, 'auditConfigs');
    expect(world.google.policy(email).current()).toEqual({
      auditConfigs,
      bindings: bindings('user:a@acme.com'),
    });
  });

  it('a round trip leaves foreign rows as they were, unknown fields, order and deleted members included', async () => {
    const foreign = {
      bindings: [
        {
          role: 'roles/viewer',
          members: ['user:z@acme.com', 'deleted:user:x@acme.com?uid=1', 'user:a@acme.com'],
        },
        {
          role,
          members: ['user:a@acme.com'],
          condition: { ...condition, description: 'why' },
          future: { a: [1] },
        },
        { role, members: ['user:a@acme.com'] },
      ],
    };
    world.google.policy(email).replace(foreign);
    const policy = await read();
    expect((await write({ ...policy, version: 3 })).status).toBe(200);
    expect(world.google.policy(email).current()).toEqual(foreign);
  });

  it('bindings of one role and condition become one, and no member is named twice in it', async () => {
    await write({
      version: 3,
      bindings: [
        { role, members: ['user:a@acme.com', 'user:a@acme.com'] },
        { role, members: ['user:a@acme.com'], condition },
        { role, members: ['user:b@acme.com', 'user:a@acme.com'] },
      ],
    });
    expect(world.google.policy(email).current().bindings).toEqual([
      { role, members: ['user:a@acme.com', 'user:b@acme.com'] },
      { role, members: ['user:a@acme.com'], condition },
    ]);
  });
});

describe('what is refused, whole', () => {
  const valid = 'user:a@acme.com';
  const refused = async (policy: LocalPolicy) => {
    const before = world.google.policy(email).current();
    const answer = await write(policy);
    expect(world.google.policy(email).current()).toEqual(before);
    return errorOf(answer);
  };

  it('fields of wrong types; one that is null counts as not sent', async () => {
    for (const policy of [
      'none',
      { bindings: {} },
      { bindings: [null] },
      { bindings: [{ role, members: valid }] },
      { bindings: [{ role, members: [1] }] },
      { version: '3' },
    ])
      expect(errorOf(await write(policy as object))).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' });
    const { status } = await world.post(`/v1/${resource}:setIamPolicy`, { updateMask: 'bindings' });
    expect(status).toBe(400);
    const bindingsWithNull = [{ role, members: [valid], condition: null }];
    expect((await write({ bindings: bindingsWithNull, etag: null })).status).toBe(200);
    expect(world.google.policy(email).current().bindings).toEqual(bindings(valid));
  });

  it('a binding without members, a role that is none', async () => {
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

  it('a member of a pool that is missing or deleted, not one that is disabled', async () => {
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

  it('a member that an organisation’s policy forbids', async () => {
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
    expect(
      await refused({ version: 3, bindings: [{ role, members: [valid], condition: bad }] }),
    ).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' });
  });

  it('a condition on resource.name is stored; it never holds', async () => {
    const named = { title: 'x', expression: 'resource.name.endsWith("x")' };
    expect(
      (await write({ version: 3, bindings: [{ role, members: [valid], condition: named }] })).status,
    ).toBe(200);
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

  it('1,501 principals, every appearance counted; 1,500 are written', async () => {
    const many = Array.from({ length: 750 }, (_, index) => memberOf(`role-${index}`));
    const twice = [
      { role, members: many },
      { role: 'roles/iam.serviceAccountTokenCreator', members: many },
    ];
    expect(await refused({ bindings: [...twice, { role: 'roles/viewer', members: [valid] }] })).toMatchObject(
      {
        message: 'The number of members in the policy (1,501) is larger than the maximum allowed size 1,500.',
      },
    );
    expect((await write({ bindings: twice })).status).toBe(200);
    expect((await write({ bindings: [...twice, ...twice] })).status).toBe(200);
  });

  it('251 domains and groups; a group counts once, a domain each time', async () => {
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
});

it('members are compared with their case: two that differ in it are two', async () => {
  await write({ bindings: bindings(memberOf('Reports'), memberOf('reports')) });
  expect(world.google.policy(email).current().bindings?.[0]?.members).toHaveLength(2);
});
