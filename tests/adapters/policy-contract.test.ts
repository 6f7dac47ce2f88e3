import { type Harness, memberOf, startHarness } from '../../local/testing/google-harness.ts';
import { googleOptIns } from '../../shared/adapters/google/opt-ins.ts';
import { personalIdentity } from '../../shared/adapters/google/personal-identity.ts';
import { googlePolicies } from '../../shared/adapters/google/policies.ts';
import type { GoogleSession } from '../../shared/adapters/google/session.ts';
import { editResource } from '../../shared/app/edit-resource.ts';
import type { PolicyChange } from '../../shared/core/change.ts';
import { type AllowPolicy, editPolicy, holdsBinding, untilCondition } from '../../shared/core/iam-policy.ts';
import { accessOf } from '../../shared/core/target.ts';
import type { OptIns, PolicyStore } from '../../shared/ports.ts';
import { wallClock } from '../support/clock.ts';
import { type Place, places, type Stored } from '../support/policy-places.ts';
import { settings } from '../support/settings.ts';

const rolebridge = `serviceAccount:${settings.google.serviceAccount}`;

describe.each(Object.entries(places))('the allow policy of a %s', (kind, place) => {
  let world: Harness;
  let stored: Stored;
  let policies: PolicyStore;
  let optIns: OptIns;
  let optOut: () => void;
  beforeEach(async () => {
    // Full jitter at its minimum: the pauses between attempts take no time.
    jest.spyOn(Math, 'random').mockReturnValue(0);
    world = await startHarness();
    stored = place.add(world.google);
    optOut = world.google.grant({ resource: place.on, member: rolebridge, permissions: place.permissions });
    const session = sessionOf(world);
    policies = googlePolicies(session);
    optIns = googleOptIns(session);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await world.close();
  });

  const row = { role: place.googleRole, member: memberOf('app-web') };
  const binding = { googleRole: row.role, member: row.member };
  const read = async (): Promise<AllowPolicy> => (await policies.read(place.resource)).policy;
  const add = async () => policies.write(place.resource, editPolicy(await read(), [{ kind: 'add', ...row }]));
  const callsOf = (method: string) => world.google.calls.filter((call) => call.method === method).length;
  const onFirst = (method: string, answer: Parameters<Harness['google']['intercept']>[0]) => {
    let isPending = true;
    world.google.intercept((call) => {
      if (!isPending || call.method !== method) return undefined;
      isPending = false;
      return answer(call);
    });
  };

  it('is read with an etag, and a bucket with the project that contains it', async () => {
    const { policy, owner } = await policies.read(place.resource);
    expect(policy.etag).toEqual(expect.stringMatching(/./));
    expect(owner).toBe(kind === 'bucket' ? world.google.project('acme-data').number : undefined);
  });

  it('adds a member and removes it again, and the foreign rows stay as they were', async () => {
    const before = stored.rows();
    const written = await add();
    expect(written).toMatchObject({ kind: 'written' });
    expect(written.kind === 'written' && holdsBinding(written.policy, binding)).toBe(true);
    expect(holdsBinding(await read(), binding)).toBe(true);
    const twice = await read();
    expect(editPolicy(twice, [{ kind: 'add', ...row }])).toBe(twice);
    await policies.write(place.resource, editPolicy(twice, [{ kind: 'remove', ...row }]));
    expect(stored.rows()).toEqual(before);
  });

  (place.takesConditions ? it : it.skip)(
    'keeps a member with an end apart from the one without',
    async () => {
      const condition = untilCondition('2031-01-01T00:00:00Z');
      await add();
      await policies.write(place.resource, editPolicy(await read(), [{ kind: 'add', ...row, condition }]));
      expect(holdsBinding(await read(), { ...binding, condition })).toBe(true);
      await policies.write(place.resource, editPolicy(await read(), [{ kind: 'remove', ...row }]));
      expect(holdsBinding(await read(), binding)).toBe(false);
      expect(holdsBinding(await read(), { ...binding, condition })).toBe(true);
    },
  );

  it('does not overwrite what someone else wrote in between', async () => {
    const edited = editPolicy(await read(), [{ kind: 'add', ...row }]);
    stored.rival();
    const theirs = stored.rows();
    expect(await policies.write(place.resource, edited)).toEqual({ kind: 'conflict' });
    expect(stored.rows()).toEqual(theirs);
  });

  it('is never written without an etag', async () => {
    const { etag: _, ...policy } = await read();
    for (const unsafe of [policy, { ...policy, etag: '' }])
      await expect(policies.write(place.resource, unsafe)).rejects.toMatchObject({ name: 'PermanentError' });
    expect(callsOf(place.methods.write)).toBe(0);
  });

  it('is not written twice if a response is lost', async () => {
    onFirst(place.methods.write, () => ({ kind: 'performThenDrop' }));
    expect(await add()).toEqual({ kind: 'conflict' });
    expect(holdsBinding(await read(), binding)).toBe(true);
  });

  it('is edited again if someone else writes first, and nothing is lost', async () => {
    onFirst(place.methods.write, () => {
      stored.rival();
      return undefined;
    });
    expect(await edit(policies, place)).toEqual([{ kind: 'done' }]);
    expect(JSON.stringify(stored.rows())).toContain('rival@acme.com');
    expect(holdsBinding(await read(), binding)).toBe(true);
    expect(callsOf(place.methods.write)).toBe(2);
  });

  it.each([
    [429, 'RESOURCE_EXHAUSTED'],
    [503, 'UNAVAILABLE'],
  ])('is read and written after a %d', async (code, status) => {
    for (const method of Object.values(place.methods))
      onFirst(method, () => ({ kind: 'error', code, status, message: 'injected' }));
    expect(await add()).toMatchObject({ kind: 'written' });
  });

  it('is neither read nor written without the permissions, and the error names them and the next step', async () => {
    const policy = await read();
    optOut();
    const nextStep =
      kind === 'service account'
        ? /opts it in by granting rolebridge's editor role/
        : kind === 'project'
          ? /resourcemanager\.projects\.setIamPolicy .*rolebridge setup --opt-in-project-grants/
          : /\.getIamPolicy .*\.setIamPolicy .*rolebridge setup --opt-in-resource /;
    const refused = {
      name: 'PermanentError',
      because: 'notPermitted',
      message: expect.stringMatching(nextStep),
    };
    await expect(policies.read(place.resource)).rejects.toMatchObject(refused);
    await expect(policies.write(place.resource, policy)).rejects.toMatchObject(refused);
  });

  (place.notFound === undefined ? it.skip : it)(
    'is not found only if Google names the resource',
    async () => {
      stored.remove();
      world.google.grant({
        resource: 'projects/acme-data',
        member: rolebridge,
        permissions: place.permissions,
      });
      await expect(policies.read(place.resource)).rejects.toMatchObject({
        because: 'notFound',
        message: expect.stringContaining(place.notFound ?? '-'),
      });
    },
  );

  (kind === 'service account' ? it.skip : it)(
    'is unreadable after a NOT_FOUND about something else',
    async () => {
      world.google.intercept(({ method }) =>
        method === place.methods.read
          ? { kind: 'error', code: 404, status: 'NOT_FOUND', message: 'Requested entity was not found.' }
          : undefined,
      );
      await expect(policies.read(place.resource)).rejects.toMatchObject({
        name: 'PermanentError',
        because: undefined,
        message: expect.stringContaining(`does not name ${place.resource}`),
      });
    },
  );

  it.each([
    ['a page', 'Welcome to nginx!', 'text/html'],
    ['an empty object', '{}', 'application/json'],
    ['a policy without an etag', '{"version":1,"bindings":[]}', 'application/json'],
    ['an empty etag', '{"etag":"","bindings":[],"access":[]}', 'application/json'],
    ['a list', '[]', 'application/json'],
  ])('is unreadable if the answer is %s', async (_, text, contentType) => {
    world.google.intercept(({ method }) =>
      method === place.methods.read
        ? { kind: 'error', code: 200, status: '', message: '', body: { contentType, text } }
        : undefined,
    );
    await expect(policies.read(place.resource)).rejects.toMatchObject({
      name: 'PermanentError',
      because: undefined,
      message: expect.stringContaining('is not an allow policy that rolebridge knows'),
    });
  });

  it('a policy that Google never accepts is rejected with its reason', async () => {
    onFirst(place.methods.write, () => ({
      kind: 'error',
      code: 400,
      status: 'INVALID_ARGUMENT',
      message: 'injected',
    }));
    expect(await add()).toEqual({ kind: 'rejected', reason: 'injected' });
  });

  (kind === 'dataset' ? it.skip : it)('shows by its test method whether its owner has opted in', async () => {
    expect(await optIns.isOptedOut(place.resource)).toBe(false);
    optOut();
    expect(await optIns.isOptedOut(place.resource)).toBe(true);
  });
});

const sessionOf = ({ google }: Harness): GoogleSession => ({
  identity: personalIdentity({ region: 'us-east-1', googleAccessToken: google.issueToken(rolebridge) }),
  endpoints: {},
  googleEndpoint: google.url,
  signal: new AbortController().signal,
});

const edit = async (policies: PolicyStore, { resource, googleRole }: Place) => {
  const bind: PolicyChange = {
    kind: 'bind',
    id: 'bind',
    grants: ['default'],
    access: accessOf({ googleRole, resource }),
    resource,
    edit: { kind: 'add', role: googleRole, member: memberOf('app-web') },
  };
  const results = await editResource({ policies, clock: wallClock }, resource, [bind], () =>
    Promise.resolve(new Map()),
  );
  return [...results.values()];
};
