import type { DriftDetail } from '../../shared/core/drift.ts';
import { PermanentError, RetryableError } from '../../shared/core/errors.ts';
import type { GoogleRoleState } from '../../shared/core/google-role.ts';
import { configType } from '../../shared/core/grant-parameters.ts';
import type { HeldDetail } from '../../shared/core/held.ts';
import type { AllowPolicy } from '../../shared/core/iam-policy.ts';
import type { SecondLook } from '../../shared/core/message.ts';
import type { PresentRole, RoleRef, Tag } from '../../shared/core/model.ts';
import { type ObservedParameter } from '../../shared/core/observed.ts';
import type { Outcome } from '../../shared/core/outcome.ts';
import type { PoolOwnership } from '../../shared/core/ownership.ts';
import type { AccountRegion } from '../../shared/core/region.ts';
import { readScope, type Scope } from '../../shared/core/scope.ts';
import type { ResourceName } from '../../shared/core/service-account.ts';
import type { ItemKey, StoredItem } from '../../shared/core/table-item.ts';
import type { GoogleRoles, Pages, Ports, SweepPorts, Table } from '../../shared/ports.ts';
import { accountId as homeAccount } from './settings.ts';

interface MemoryParameter {
  readonly value: string;
  readonly description: string;
  /** @default 'String' */
  readonly type?: string;
}

interface StoredPolicy {
  readonly policy: AllowPolicy;
  readonly revision: number;
}

/** Hooks around each port call. */
export interface MemoryHooks {
  /** Called before each port call; may throw, or change the world under the caller's feet. */
  before: (call: string) => void | Promise<void>;
  /** Called after each port call was performed. If it throws, the response is lost. */
  after: (call: string) => void | Promise<void>;
}

/** Both clouds as plain maps: every port works without a network. Tests read and change it. */
export interface MemoryWorld extends MemoryHooks {
  readonly roles: Map<string, PresentRole>;
  readonly parameters: Map<string, MemoryParameter>;
  readonly policies: Map<ResourceName, StoredPolicy>;
  /** Google answers 403 for their policies, whether they exist or not. */
  readonly denied: Set<ResourceName>;
  /** Google's definitions of Google roles. Any other is unreadable. */
  readonly googleRoles: Map<string, GoogleRoleState>;
  /** The projects that have buckets, by the bucket's resource name. */
  readonly owners: Map<ResourceName, string>;
  /** Reasons why bindings on these resources would give no access. */
  readonly noBinds: Map<ResourceName, string>;
  /** Members that Google permanently rejects. */
  readonly rejected: Set<string>;
  readonly outcomes: Outcome[];
  readonly secondLooks: SecondLook[];
  readonly drifts: DriftDetail[];
  readonly held: HeldDetail[];
  /** The ledger's items by `pk sk`. */
  readonly table: Map<string, StoredItem>;
  /** Revisions given out so far. */
  revisions: number;
  /** The owner of the pool. */
  ownership: PoolOwnership;
  /** The ownership of former pools, by name. Any other pool is as `ownership` describes. */
  readonly ownerships: Map<string, PoolOwnership>;
  /** Items in a page of a listing. */
  pageSize: number;
  readonly calls: string[];
  readonly log: string[];
  now: Date;
}

const key = ({ accountId, roleName }: RoleRef) => `${accountId}/${roleName.toLowerCase()}`;

export const setRole = (
  world: MemoryWorld,
  ref: RoleRef,
  tags: readonly Tag[],
  roleId = `AROA${ref.roleName.toUpperCase()}`,
): void => {
  const arn = `arn:${ref.partition}:iam::${ref.accountId}:role/${ref.roleName}`;
  world.roles.set(key(ref), { kind: 'present', ref, roleId, arn, tags });
};

export const deleteRole = (world: MemoryWorld, ref: RoleRef): boolean => world.roles.delete(key(ref));

export const setPolicy = (world: MemoryWorld, resource: ResourceName, policy: AllowPolicy): void => {
  const revision = (world.policies.get(resource)?.revision ?? 0) + 1;
  world.policies.set(resource, { policy, revision });
};

const etagOf = (revision: number): string => btoa(`etag-${revision}`);

type Call = <T>(name: string, perform: () => T) => Promise<T>;

/** Runs one port call between the hooks. */
const callBetween =
  (world: MemoryWorld, hooks: MemoryHooks): Call =>
  async (name, perform) => {
    world.calls.push(name);
    await hooks.before(name);
    const result = perform();
    await hooks.after(name);
    return result;
  };

const policies = (world: MemoryWorld, call: Call): Ports['policies'] => {
  const find = (resource: ResourceName): StoredPolicy => {
    const stored = world.policies.get(resource);
    // Google does the same: a denied resource may not exist.
    if (world.denied.has(resource))
      throw new PermanentError(`Google does not permit rolebridge to edit ${resource}.`, {
        because: 'notPermitted',
      });
    if (stored === undefined)
      throw new PermanentError(`${resource} does not exist or cannot be read.`, { because: 'notFound' });
    return stored;
  };
  return {
    read: (resource) =>
      call(`getIamPolicy ${resource}`, () => {
        const stored = find(resource);
        const owner = world.owners.get(resource);
        const noBinds = world.noBinds.get(resource);
        return {
          kind: 'read',
          policy: copyOf({ ...stored.policy, etag: etagOf(stored.revision) }),
          ...(owner === undefined ? {} : { owner }),
          ...(noBinds === undefined ? {} : { noBinds }),
        };
      }),
    write: (resource, policy) =>
      call(`setIamPolicy ${resource}`, () => {
        const stored = find(resource);
        if (policy.etag === undefined) throw new PermanentError(`The policy of ${resource} has no etag.`);
        if (policy.etag !== etagOf(stored.revision)) return { kind: 'conflict' };
        const bad = policy.bindings
          ?.flatMap(({ members }) => members)
          .find((member) => world.rejected.has(member));
        if (bad !== undefined)
          return { kind: 'rejected', reason: `${bad} does not belong to a permitted customer.` };
        const { etag: _, ...rest } = copyOf(policy);
        setPolicy(world, resource, rest);
        return { kind: 'written', policy: { ...rest, etag: etagOf(stored.revision + 1) } };
      }),
  };
};

/** Never throws, as the port requires. */
const googleRoles =
  (world: MemoryWorld, call: Call): GoogleRoles =>
  (name) =>
    call(
      `getRole ${name}`,
      () => world.googleRoles.get(name) ?? { kind: 'unreadable' as const, reason: 'Not found (404).' },
    ).catch((thrown: unknown) => ({ kind: 'unreadable' as const, reason: String(thrown) }));

/**
 * Copies through JSON, as over HTTP. In Jest, structuredClone creates objects of another realm, which never compare
 * as equal.
 */
export const copyOf = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const observed = (
  region: string,
  [place, { value, type = configType }]: readonly [string, MemoryParameter],
): ObservedParameter => ({
  name: place.slice(region.length + 1),
  value: type === 'SecureString' ? 'ciphertext' : value,
  type,
});

/** Keys and calls name the account only if it is another one than the home account. */
const placeText = (place: AccountRegion): string => `${accountText(place.accountId)}${place.region}`;

const accountText = (id: string): string => (id === homeAccount ? '' : `${id} `);

const parameters = (world: MemoryWorld, call: Call): Ports['parameters'] => ({
  list: (at, path) => {
    const region = placeText(at);
    return call(`GetParametersByPath ${region} ${path}`, () => {
      const start = `${region} ${path}/`;
      return [...world.parameters]
        .filter(([place]) => place.startsWith(start) && !place.slice(start.length).includes('/'))
        .map((stored) => observed(region, stored));
    });
  },
  put: async (at, { name, value, description, isOtherType = false }) => {
    const region = placeText(at);
    const place = `${region} ${name}`;
    const put = () =>
      call(`PutParameter ${place}`, () => {
        // AWS documents this: no overwrite changes a type.
        if ((world.parameters.get(place)?.type ?? configType) !== configType) return 'otherType';
        world.parameters.set(place, { value, description });
        return 'done';
      });
    if ((await put()) === 'done') return;
    if (!isOtherType) throw new RetryableError(`Someone changed the type of ${name} in ${region}.`);
    await call(`DeleteParameter ${place}`, () => world.parameters.delete(place));
    const created = await put().catch((cause: unknown) => {
      throw new RetryableError(`${name} in ${region} was deleted, and not created again.`, { cause });
    });
    if (created !== 'done') throw new RetryableError(`Someone changed the type of ${name} in ${region}.`);
  },
  remove: (at, name) =>
    call(`DeleteParameter ${placeText(at)} ${name}`, () => {
      world.parameters.delete(`${placeText(at)} ${name}`);
    }),
});

const itemKeyText = ({ pk, sk }: ItemKey): string => `${pk} ${sk}`;

/** The ledger's table; its calls are named as DynamoDB's. */
export const memoryTable = (world: MemoryWorld, hooks: MemoryHooks = world): Table => {
  const call = callBetween(world, hooks);
  const isAsExpected = (item: ItemKey, expected: string | undefined): boolean =>
    world.table.get(itemKeyText(item))?.revision === expected;
  return {
    read: (keys) =>
      call(`BatchGetItem ${keys.map(itemKeyText).join(', ')}`, () =>
        keys.flatMap((one) => world.table.get(itemKeyText(one)) ?? []),
      ),
    list: (pk) => call(`Query ${pk}`, () => [...world.table.values()].filter((one) => one.pk === pk)),
    scan: () => paged(world, call, 'Scan', () => [...world.table.values()]),
    write: ({ pk, sk, body }, expected) =>
      call(`PutItem ${itemKeyText({ pk, sk })}`, () => {
        if (!isAsExpected({ pk, sk }, expected)) return { kind: 'lost' };
        world.revisions += 1;
        const revision = `revision-${world.revisions}`;
        world.table.set(itemKeyText({ pk, sk }), { pk, sk, revision, body });
        return { kind: 'written', revision };
      }),
    remove: (item, expected) =>
      call(`DeleteItem ${itemKeyText(item)}`, () => {
        if (!world.table.has(itemKeyText(item))) return { kind: 'removed' };
        if (!isAsExpected(item, expected)) return { kind: 'lost' };
        world.table.delete(itemKeyText(item));
        return { kind: 'removed' };
      }),
  };
};

/** `hooks` belong to one caller, if several work in the world at the same time. */
export const memoryPorts = (world: MemoryWorld, hooks: MemoryHooks = world): Ports => {
  const call = callBetween(world, hooks);
  let scope: Scope | undefined;
  return {
    roles: {
      read: (ref) =>
        call(
          `GetRole ${accountText(ref.accountId)}${ref.roleName}`,
          () => world.roles.get(key(ref)) ?? { kind: 'absent', ref },
        ),
    },
    parameters: parameters(world, call),
    policies: policies(world, call),
    googleRoles: googleRoles(world, call),
    table: memoryTable(world, hooks),
    entered: { generation: undefined, keys: new Set() },
    scope: async () => (scope ??= await readScope(memoryTable(world, hooks).list)),
    listings: { serviceAccounts: serviceAccounts(world, call) },
    ownerships: { read: (pool) => Promise.resolve(world.ownerships.get(pool) ?? world.ownership) },
    outcomes: {
      send: (outcomes) => call('PutEvents', () => void world.outcomes.push(...outcomes)),
    },
    secondLooks: {
      schedule: (looks) => call('SendMessageBatch', () => void world.secondLooks.push(...looks)),
    },
    clock: { now: () => world.now, pause: pauseOf },
    logger: {
      info: (message) => void world.log.push(message),
      warn: (message) => void world.log.push(message),
    },
  };
};

/** A listing in pages, each a call of its own: the second may fail although the first did not. */
const paged = async function* <T>(
  { pageSize }: MemoryWorld,
  call: Call,
  name: string,
  all: () => readonly T[],
): Pages<T> {
  let from = 0;
  let size = 0;
  do {
    const start = from;
    yield await call(name, () => {
      size = all().length;
      return all().slice(start, start + pageSize);
    });
    from += pageSize;
  } while (from < size);
};

const serviceAccounts =
  (world: MemoryWorld, call: Call) =>
  (project: string): Pages<ResourceName> =>
    paged(world, call, `listServiceAccounts ${project}`, () =>
      [...world.policies.keys()].filter((resource) =>
        resource.startsWith(`projects/${project}/serviceAccounts/`),
      ),
    );

export const memorySweepPorts = (world: MemoryWorld, hooks: MemoryHooks = world): SweepPorts => {
  const call = callBetween(world, hooks);
  const { policies: policyStore, ownerships, clock, logger } = memoryPorts(world, hooks);
  return {
    listings: {
      roles: (id) =>
        paged(world, call, `GetAccountAuthorizationDetails ${accountText(id)}`.trimEnd(), () =>
          [...world.roles.values()].filter(({ ref }) => ref.accountId === id),
        ),
      parameters: (at, prefix) => {
        const region = placeText(at);
        return paged(world, call, `GetParametersByPath ${region} ${prefix}`, () =>
          [...world.parameters]
            .filter(([place]) => place.startsWith(`${region} ${prefix}/`))
            .map((stored) => observed(region, stored)),
        );
      },
      serviceAccounts: serviceAccounts(world, call),
    },
    policies: policyStore,
    googleRoles: googleRoles(world, call),
    table: memoryTable(world, hooks),
    optIns: {
      isOptedOut: (resource) => call(`testIamPermissions ${resource}`, () => world.denied.has(resource)),
    },
    ownerships,
    sink: {
      drifts: (drifts) => call('PutEvents', () => void world.drifts.push(...drifts)),
      held: async (details) => {
        if (details.length > 0) await call('PutEvents', () => void world.held.push(...details));
      },
    },
    clock,
    logger,
  };
};

/** For tests that let a call fail. */
export const unavailable = (what: string): RetryableError =>
  new RetryableError(`${what} is not available (503).`);

/** Every call of this kind in this account (not the home account) throws, until `world.before` is set again. */
export const failCallsOf = (world: MemoryWorld, id: string, kind: string): void => {
  world.before = (call) => {
    if (`${call} `.startsWith(`${kind} ${id} `)) throw unavailable(call);
  };
};

/** A pause takes no time. A pause that a signal may end is a limit, which is never reached here. */
export const pauseOf = (_: number, signal?: AbortSignal): Promise<void> =>
  signal === undefined ? Promise.resolve() : new Promise(() => undefined);
