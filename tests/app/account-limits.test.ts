import fc from 'fast-check';
import { reconcile } from '../../shared/app/reconcile.ts';
import { roleKey } from '../../shared/core/role-key.ts';
import type { Settings } from '../../shared/core/settings.ts';
import type { Clock, Ports } from '../../shared/ports.ts';
import { type MemoryWorld, memoryPorts, setRole } from '../support/memory.ts';
import { requestFor } from '../support/reconciling.ts';
import { accountId as home, reader, roleRef, settings, tagKey, writer } from '../support/settings.ts';
import { readerPolicy } from '../support/snapshot.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { createWorld, isBound, parameterPlaces } from '../support/world.ts';

const members = ['222222222222', '333333333333', '444444444444', '555555555555'] as const;
const everyone = [home, ...members];

const organization: Settings = {
  ...settings,
  home,
  accounts: everyone.map((id) => ({ id, provider: `aws-${id}` })),
};

const rolesPerAccount = 6;
const names = Array.from({ length: rolesPerAccount }, (_, index) => `app-${index}`);
const refOf = (accountId: string, roleName: string) => ({ ...roleRef(roleName), accountId });

const tagged = (accounts: readonly string[]): MemoryWorld => {
  const world = createWorld();
  for (const id of accounts)
    for (const name of names) setRole(world, refOf(id, name), [{ key: tagKey, value: reader }]);
  return world;
};

const calls = ['GetRole', 'GetParametersByPath', 'PutParameter'] as const;

/** In these accounts, a call never gets an answer, or only after some time. */
const hanging = (
  ports: Ports,
  clock: Clock,
  accounts: readonly string[],
  hung: (typeof calls)[number],
  milliseconds = Number.POSITIVE_INFINITY,
): Ports => {
  const answer = async (accountId: string, call: string): Promise<void> => {
    if (call !== hung || !accounts.includes(accountId)) return;
    await (milliseconds === Number.POSITIVE_INFINITY
      ? new Promise(() => undefined)
      : clock.pause(milliseconds));
  };
  return {
    ...ports,
    clock,
    roles: {
      read: async (ref) => {
        await answer(ref.accountId, 'GetRole');
        return ports.roles.read(ref);
      },
    },
    parameters: {
      ...ports.parameters,
      list: async (place, path) => {
        await answer(place.accountId, 'GetParametersByPath');
        return ports.parameters.list(place, path);
      },
      put: async (place, parameter) => {
        await answer(place.accountId, 'PutParameter');
        return ports.parameters.put(place, parameter);
      },
    },
  };
};

const run = async (
  world: MemoryWorld,
  accounts: readonly string[],
  hung: {
    readonly accounts: readonly string[];
    readonly call: (typeof calls)[number];
    readonly for?: number;
  },
) => {
  const { clock, passUntil } = virtualClock(world.now);
  const ports = hanging(memoryPorts(world), clock, hung.accounts, hung.call, hung.for);
  const requests = accounts.flatMap((id) => names.map((name) => requestFor(name, { ref: refOf(id, name) })));
  return passUntil(reconcile(organization, ports, requests));
};

const boundIn = (world: MemoryWorld, accountId: string): number =>
  names.filter((name) => isBound(world, readerPolicy, refOf(accountId, name))).length;

const publishedIn = (world: MemoryWorld, accountId: string): number =>
  parameterPlaces(world).filter((place) =>
    accountId === home ? !/^\d{12} /.test(place) : place.startsWith(`${accountId} `),
  ).length;

describe('a batch with roles from several AWS accounts', () => {
  it.each(calls)(
    'is delayed by at most 20 s if %s gets no answer in any of several accounts',
    async (call) => {
      await fc.assert(
        fc.asyncProperty(fc.subarray([...everyone], { minLength: 1 }), async (hung) => {
          const world = tagged(everyone);
          const { result, milliseconds } = await run(world, everyone, { accounts: hung, call });
          expect(milliseconds).toBeLessThanOrEqual(20_000);
          for (const id of everyone) {
            const isHung = hung.includes(id);
            const retried = result.filter(({ request, retry }) => request.ref.accountId === id && retry);
            expect(retried).toHaveLength(isHung ? rolesPerAccount : 0);
            expect(boundIn(world, id)).toBe(isHung && call === 'GetRole' ? 0 : rolesPerAccount);
            expect(publishedIn(world, id)).toBe(isHung ? 0 : rolesPerAccount * settings.regions.length);
          }
        }),
        { numRuns: 12 },
      );
    },
  );

  it('names the account that does not answer', async () => {
    const [near] = members;
    const { result } = await run(tagged(everyone), everyone, { accounts: [near], call: 'GetRole' });
    const reasons = result.flatMap(({ retry }) => retry?.message ?? []);
    expect(new Set(reasons)).toEqual(
      new Set([
        `AWS account ${near} did not answer within 20 s. Its roles are tried again; those of other accounts are not affected.`,
      ]),
    );
  });

  it('makes four calls at a time per account, and does not count the time between them', async () => {
    const [near] = members;
    const world = tagged([home, near]);
    const { result, milliseconds } = await run(world, [home, near], {
      accounts: [near],
      call: 'GetRole',
      for: 6_000,
    });
    // Six roles, four at a time: two rounds to read them, and two to read them again. The first four of those finish
    // in time.
    expect(milliseconds).toBe(20_000);
    expect(result.filter(({ retry }) => retry !== undefined)).toHaveLength(2);
    expect([boundIn(world, home), boundIn(world, near)]).toEqual([rolesPerAccount, rolesPerAccount]);
  });
});

/**
 * Administrators of these accounts tag and untag their roles in a loop: each read, after some time, sees changed
 * tags.
 */
const looping = (
  world: MemoryWorld,
  ports: Ports,
  clock: Clock,
  accounts: readonly string[],
  milliseconds: number,
): Ports => {
  const reads = new Map<string, number>();
  return {
    ...ports,
    clock,
    roles: {
      read: async (ref) => {
        if (!accounts.includes(ref.accountId)) return ports.roles.read(ref);
        const before = reads.get(roleKey(ref)) ?? 0;
        reads.set(roleKey(ref), before + 1);
        const value = [reader, writer, ''][before % 3] ?? '';
        setRole(world, ref, value === '' ? [] : [{ key: tagKey, value }]);
        const role = await ports.roles.read(ref);
        await clock.pause(milliseconds);
        return role;
      },
    },
  };
};

describe('a batch with accounts whose administrators tag and untag in a loop', () => {
  it('is delayed by at most 20 s, and the other accounts get their access', async () => {
    let longest = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.subarray([...everyone], { minLength: 1, maxLength: everyone.length - 1 }),
        fc.constantFrom(0, 10, 900, 4_000, 15_000, 60_000),
        async (loops, delay) => {
          const world = tagged(everyone);
          const { clock, passUntil } = virtualClock(world.now);
          const requests = everyone.flatMap((id) =>
            names.map((name) => requestFor(name, { ref: refOf(id, name) })),
          );
          const { result, milliseconds } = await passUntil(
            reconcile(organization, looping(world, memoryPorts(world), clock, loops, delay), requests),
          );
          longest = Math.max(longest, milliseconds);
          expect(milliseconds).toBeLessThanOrEqual(20_000);
          for (const id of everyone.filter((one) => !loops.includes(one))) {
            expect(result.filter(({ request, retry }) => request.ref.accountId === id && retry)).toEqual([]);
            expect(boundIn(world, id)).toBe(rolesPerAccount);
            expect(publishedIn(world, id)).toBe(rolesPerAccount * settings.regions.length);
          }
          // Their messages are retried instead of being processed forever.
          const open = result.filter(({ request }) => loops.includes(request.ref.accountId));
          expect(open.every(({ retry }) => retry !== undefined)).toBe(true);
        },
      ),
      { numRuns: 25, examples: [[[members[0]], 60_000]] },
    );
    // The deadline ended the slowest one.
    expect(longest).toBe(20_000);
  });
});

describe('a batch with roles from one AWS account', () => {
  it('waits for that account as long as the function may run', async () => {
    const [near] = members;
    const world = tagged([near]);
    const { result, milliseconds } = await run(world, [near], {
      accounts: [near],
      call: 'GetRole',
      for: 90_000,
    });
    expect(result.filter(({ retry }) => retry !== undefined)).toEqual([]);
    expect(milliseconds).toBe(180_000);
    expect(boundIn(world, near)).toBe(rolesPerAccount);
  });
});
