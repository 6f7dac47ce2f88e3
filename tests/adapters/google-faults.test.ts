import type { GoogleCall, GoogleFault } from '../../local/google/world.ts';
import type { Verdict } from '../../local/interception.ts';
import { type Harness, memberOf, resource, startHarness } from '../../local/testing/google-harness.ts';
import { email } from '../../local/testing/settings.ts';
import { signedIn } from '../../shared/adapters/google/identity.ts';
import { googlePolicies } from '../../shared/adapters/google/policies.ts';
import { editResource } from '../../shared/app/edit-resource.ts';
import type { PolicyChange } from '../../shared/core/change.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import type { PolicyStore } from '../../shared/ports.ts';
import { wallClock } from '../support/clock.ts';
import { settings } from '../support/settings.ts';

const editor = settings.google.serviceAccount;
const signIn = ['sts.token', 'iamcredentials.generateAccessToken'];
const reading = 'iam.serviceAccounts.getIamPolicy';
const writing = 'iam.serviceAccounts.setIamPolicy';

let world: Harness;
let stop: AbortController;
let policies: PolicyStore;
beforeEach(async () => {
  // Full jitter at its minimum: the adapter's pauses between attempts take no time.
  jest.spyOn(Math, 'random').mockReturnValue(0);
  world = await startHarness();
  world.google.addServiceAccount(editor, 'acme-identity', {
    bindings: [{ role: workloadIdentityUser, members: [memberOf('reports')] }],
  });
  world.google.optIn(email, editor);
  stop = new AbortController();
  const client = world.awsClient(editor);
  policies = googlePolicies({
    identity: {
      request: (options) => client.request(options),
      signIn: () => signedIn(client, 'signing in', ''),
    },
    endpoints: {},
    googleEndpoint: world.google.url,
    signal: stop.signal,
  });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await world.close();
});

type Outcome = Verdict<GoogleFault> | undefined;
/** Determines what happens to the first `times` calls of one method. */
const meddle = (method: string, verdict: (call: GoogleCall) => Outcome | Promise<Outcome>, times = 1) => {
  let left = times;
  world.google.intercept((call) => {
    if (call.method !== method || left === 0) return undefined;
    left -= 1;
    return verdict(call);
  });
};
const callsOf = (method: string) => world.google.calls.filter((call) => call.method === method).length;

const fault = (code: number, status: string): Verdict<GoogleFault> => ({
  kind: 'error',
  code,
  status,
  message: `injected ${code}`,
});
const passing: readonly (readonly [string, Verdict<GoogleFault>])[] = [
  ['429', fault(429, 'RESOURCE_EXHAUSTED')],
  ['500', fault(500, 'INTERNAL')],
  ['503', fault(503, 'UNAVAILABLE')],
  ['a dropped connection', { kind: 'drop' }],
];

const row = { role: workloadIdentityUser, members: [memberOf('app-web')] };
const readAndWrite = async () => {
  const read = await policies.read(resource);
  if (read.kind !== 'read') throw new Error('the account is missing');
  return policies.write(resource, { ...read.policy, bindings: [row] });
};
const bind: PolicyChange = {
  kind: 'bind',
  id: 'bind',
  grants: ['default'],
  access: resource,
  resource,
  edit: { kind: 'add', role: workloadIdentityUser, member: memberOf('app-web') },
};
const edit = async () => [
  ...(
    await editResource({ policies, clock: wallClock }, resource, [bind], () => Promise.resolve(new Map()))
  ).values(),
];
const stored = () => world.google.policy(email).current().bindings;

describe.each([...signIn, reading, writing])('%s', (method) => {
  it.each([...passing, ['a lost response', { kind: 'performThenDrop' }]] as const)(
    '%s, once: the edit succeeds in the end',
    async (_, verdict) => {
      meddle(method, () => verdict);
      expect(await edit()).toEqual([{ kind: 'done' }]);
      expect(stored()).toEqual([row]);
      expect(callsOf(method)).toBeGreaterThanOrEqual(2);
    },
  );
});

describe.each([reading, writing])('%s', (method) => {
  it.each(passing)(
    '%s, always: fails as retryable after a bounded number of attempts',
    async (_, verdict) => {
      meddle(method, () => verdict, Number.POSITIVE_INFINITY);
      await expect(readAndWrite()).rejects.toMatchObject({ name: 'RetryableError' });
      expect(callsOf(method)).toBe(5);
      expect(stored()).toBeUndefined();
    },
  );

  it('403 is final on the first attempt, and the error names what the owner can do', async () => {
    meddle(method, () => fault(403, 'PERMISSION_DENIED'));
    await expect(readAndWrite()).rejects.toMatchObject({
      name: 'PermanentError',
      message: expect.stringMatching(/injected 403 .*opts it in/),
    });
    expect(callsOf(method)).toBe(1);
  });

  it('a token that expired in between is replaced', async () => {
    meddle(method, () => fault(401, 'UNAUTHENTICATED'));
    expect(await readAndWrite()).toMatchObject({ kind: 'written' });
  });
});

it('a response lost after the write shows as a conflict: the edit is not written twice', async () => {
  meddle(writing, () => ({ kind: 'performThenDrop' }));
  expect(await readAndWrite()).toEqual({ kind: 'conflict' });
  expect(stored()).toEqual([row]);
});

it("a policy that Google will never accept is rejected, in Google's words", async () => {
  meddle(writing, () => fault(400, 'FAILED_PRECONDITION'));
  expect(await readAndWrite()).toEqual({ kind: 'rejected', reason: 'injected 400' });
});

it('invariant 4: a write to an account that was deleted after the read fails, and confirms nothing', async () => {
  meddle(writing, () => {
    world.google.removeServiceAccount(email);
    return undefined;
  });
  await expect(readAndWrite()).rejects.toMatchObject({ name: 'PermanentError', because: 'notPermitted' });
});

it('a competing write between read and write restarts the edit; both stay', async () => {
  const rival = { role: 'roles/viewer', members: ['user:rival@acme.com'] };
  meddle(writing, () => {
    world.google.policy(email).replace({ bindings: [rival] });
    return undefined;
  });
  expect(await edit()).toEqual([{ kind: 'done' }]);
  expect(stored()).toEqual([rival, row]);
  expect([callsOf(reading), callsOf(writing)]).toEqual([2, 2]);
});

describe('a slow answer', () => {
  it('is waited for', async () => {
    const order: string[] = [];
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    meddle(writing, async () => {
      reached.resolve();
      await released.promise;
      order.push('performed');
      return undefined;
    });
    const written = readAndWrite().then((result) => {
      order.push('answered');
      return result;
    });
    await reached.promise;
    order.push('released');
    released.resolve();
    expect(await written).toMatchObject({ kind: 'written' });
    expect(order).toEqual(['released', 'performed', 'answered']);
  });

  it('is waited for no longer than the invocation lasts', async () => {
    meddle(reading, () => {
      stop.abort();
      return new Promise(() => undefined);
    });
    await expect(policies.read(resource)).rejects.toMatchObject({ name: 'RetryableError' });
    expect(callsOf(reading)).toBe(1);
  });
});
