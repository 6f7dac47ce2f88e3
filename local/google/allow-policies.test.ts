import { errorOf, type Harness, memberOf, resource, startHarness } from '../testing/google-harness.ts';
import { email } from '../testing/settings.ts';

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
  it('an unset policy has only an etag', async () => {
    expect(await read()).toEqual({ etag: 'ACAB' });
  });

  it('change with every write; a stale one gets 409 ABORTED with Google’s message', async () => {
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

  it('become stale by someone else’s edit; a write without an etag wins', async () => {
    const { data } = await write({ version: 3, bindings: bindings('user:a@acme.com') });
    world.google.policy(email).replace({ bindings: bindings('user:b@acme.com') });
    expect((await write({ version: 3, etag: data.etag ?? '', bindings: [] })).status).toBe(409);
    expect((await write({ version: 3, bindings: bindings('user:c@acme.com') })).status).toBe(200);
    expect(world.google.policy(email).current().bindings).toEqual(bindings('user:c@acme.com'));
  });

  it('are bytes: the URL-safe alphabet, which gcloud returns, is accepted', async () => {
    const { data } = await write({ bindings: bindings('user:a@acme.com') });
    const etag = data.etag ?? '';
    expect(etag).toMatch(/[+/]/);
    const urlSafe = etag.replaceAll('+', '-').replaceAll('/', '_');
    expect((await write({ etag: urlSafe, bindings: [] })).status).toBe(200);
  });

  it('belong to one policy and are refused for another', async () => {
    world.google.policy(email).replace({ bindings: [] });
    world.google.addServiceAccount('other@acme-data.iam.gserviceaccount.com', 'acme-data', { bindings: [] });
    world.google.policy('other@acme-data.iam.gserviceaccount.com').replace({ bindings: [] });
    const others = world.google.policy('other@acme-data.iam.gserviceaccount.com').get(3).etag ?? '';
    expect((await write({ etag: others, bindings: [] })).status).toBe(409);
  });
});

describe('versions', () => {
  const conditional = { version: 3, bindings: [{ role, members: ['user:a@acme.com'], condition }] };

  it('hides conditions behind role names, as version 1, in a read below version 3', async () => {
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

  it('returns version 1 without conditions, even if 3 was requested and written', async () => {
    expect((await write({ version: 3, bindings: bindings('user:a@acme.com') })).data.version).toBe(1);
    expect((await read(3)).version).toBe(1);
  });

  it('refuses version 2, to read and to write', async () => {
    const answer = await world.as().projects.serviceAccounts.getIamPolicy({
      resource,
      'options.requestedPolicyVersion': 2,
    });
    expect(errorOf(answer)).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' });
    expect((await write({ version: 2, bindings: [] })).status).toBe(400);
  });

  it('requires version 3 for conditions and for a write over stored conditions, unless it has no etag', async () => {
    expect((await write({ ...conditional, version: 1 })).status).toBe(400);
    const { data } = await write(conditional);
    const refused = await write({ version: 1, etag: data.etag ?? '', bindings: [] });
    expect(errorOf(refused).message).toContain(
      'Specified policy version (1) cannot be less than the existing policy version (3)',
    );
    expect((await write({ version: 1, bindings: [] })).status).toBe(200);
  });
});

it('corrupts a policy that is read below version 3 and written without its etag: conditions become role names', async () => {
  await write({ version: 3, bindings: [{ role, members: ['user:a@acme.com'], condition }] });
  const { bindings: hidden } = await read(1);
  await write({ version: 1, bindings: hidden });
  expect(world.google.policy(email).current().bindings).toEqual([
    { role: expect.stringContaining('_withcond_'), members: ['user:a@acme.com'] },
  ]);
});

describe('a write changes', () => {
  const auditConfigs = [{ service: 'iam.googleapis.com', auditLogConfigs: [{ logType: 'DATA_READ' }] }];

  it('only bindings and etag by default, not auditConfigs and unknown fields', async () => {
    world.google.policy(email).replace({ auditConfigs, future: 1, bindings: [] });
    await write({ version: 3, bindings: bindings('user:a@acme.com'), auditConfigs: [] });
    expect(world.google.policy(email).current()).toEqual({
      auditConfigs,
      future: 1,
      bindings: bindings('user:a@acme.com'),
    });
  });

  it('the fields of the update mask', async () => {
    world.google.policy(email).replace({ bindings: bindings('user:a@acme.com') });
    await write({ version: 3, auditConfigs }, 'auditConfigs');
    expect(world.google.policy(email).current()).toEqual({
      auditConfigs,
      bindings: bindings('user:a@acme.com'),
    });
  });

  it('no foreign rows in a round trip, including unknown fields, order and deleted members', async () => {
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

  it('bindings of one role and condition into one, without duplicate members', async () => {
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

it('compares members case-sensitively', async () => {
  await write({ bindings: bindings(memberOf('Reports'), memberOf('reports')) });
  expect(world.google.policy(email).current().bindings?.[0]?.members).toHaveLength(2);
});
