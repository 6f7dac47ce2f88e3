import { type Binding } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { RoleRef } from '../../shared/core/model.ts';
import type { Outcome } from '../../shared/core/outcome.ts';
import type { ResourceName } from '../../shared/core/service-account.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { type MemoryWorld, setPolicy, setRole } from './memory.ts';
import { now, reports, roleRef, settings } from './settings.ts';
import { readerPolicy, writerPolicy } from './snapshot.ts';

export interface WorldOptions {
  /** @default now, of tests/support/settings.ts */
  readonly at?: Date;
  /** Accounts with an empty allow policy. @default reader and writer */
  readonly serviceAccounts?: readonly ResourceName[];
  /** Bindings in the reader's allow policy. @default [] */
  readonly readerBindings?: readonly Binding[];
}

/** Both clouds in memory. By default: two service accounts without bindings, and no role. */
export const createWorld = ({
  at = now,
  serviceAccounts = [readerPolicy, writerPolicy],
  readerBindings = [],
}: WorldOptions = {}): MemoryWorld => {
  const world: MemoryWorld = {
    roles: new Map(),
    parameters: new Map(),
    policies: new Map(),
    denied: new Set(),
    googleRoles: new Map(),
    owners: new Map(),
    noBinds: new Map(),
    rejected: new Set(),
    outcomes: [],
    secondLooks: [],
    drifts: [],
    held: [],
    table: new Map(),
    revisions: 0,
    ownership: { kind: 'ours' },
    ownerships: new Map(),
    pageSize: 100,
    calls: [],
    log: [],
    before: () => undefined,
    after: () => undefined,
    now: at,
  };
  for (const resource of serviceAccounts) setPolicy(world, resource, {});
  if (readerBindings.length > 0) setPolicy(world, readerPolicy, { bindings: readerBindings });
  return world;
};

/** Someone else's binding, of another Google role than ours. */
export const foreignBinding = {
  role: 'roles/iam.serviceAccountUser',
  members: ['user:eve@example.com', 'deleted:user:x@example.com?uid=1'],
};

/** Someone else's member, in the same binding that our members join. */
export const sharedBinding = { role: workloadIdentityUser, members: ['user:eve@example.com'] };

/** Our member for the role `reports`. */
export const member = memberOf(settings, reports);

/** Creates a role with exactly these tags, or replaces all the tags of an existing one. */
export const tagRole = (
  world: MemoryWorld,
  tags: Readonly<Record<string, string>>,
  roleName = 'reports',
): void =>
  setRole(
    world,
    roleRef(roleName),
    Object.entries(tags).map(([key, value]) => ({ key, value })),
  );

export const bindingsOf = (world: MemoryWorld, resource: ResourceName = readerPolicy): readonly Binding[] =>
  world.policies.get(resource)?.policy.bindings ?? [];

export const isBound = (
  world: MemoryWorld,
  resource: ResourceName = readerPolicy,
  ref: RoleRef = reports,
): boolean => bindingsOf(world, resource).some(({ members }) => members.includes(memberOf(settings, ref)));

/** Region and name of each parameter, sorted. */
export const parameterPlaces = (world: MemoryWorld): readonly string[] =>
  [...world.parameters.keys()].toSorted();

/** The role's default config, in both regions of the settings. */
export const bothPlaces = [
  'eu-west-1 /google-access/reports/default',
  'us-east-1 /google-access/reports/default',
];

export const outcomeTypes = (world: MemoryWorld): readonly Outcome['type'][] =>
  world.outcomes.map(({ type }) => type);

/** Empties the list of outcomes, and returns the main fields of each. */
export const takeReports = (world: MemoryWorld) =>
  world.outcomes.splice(0).map(({ type, detail }) => [type, detail.grant, detail.reason] as const);

/** Clears the log of port calls, and returns the calls that match. */
export const takeCalls = (world: MemoryWorld, pattern: RegExp): readonly string[] =>
  world.calls.splice(0).filter((call) => pattern.test(call));

/** Clears the log of port calls, and returns every write: to Parameter Store, to Google and to the ledger. */
export const takeWrites = (world: MemoryWorld): readonly string[] =>
  takeCalls(world, /^(PutParameter|DeleteParameter|setIamPolicy|PutItem|DeleteItem) /);

/** Every matching call throws, until `world.before` is set again. */
export const failCalls = (world: MemoryWorld, pattern: RegExp, error: Error): void => {
  world.before = (call) => {
    if (pattern.test(call)) throw error;
  };
};

/** The role can be read at first, and not again after its changes. */
export const failReread = (world: MemoryWorld, error: Error): void => {
  let reads = 0;
  world.before = (call) => {
    if (!call.startsWith('GetRole')) return;
    reads += 1;
    if (reads === 2) throw error;
  };
};

/** The time in milliseconds, as `advance` takes it. */
export const hour = 60 * 60 * 1000;
export const day = 24 * hour;

export const advance = (world: MemoryWorld, milliseconds: number): void => {
  world.now = new Date(world.now.getTime() + milliseconds);
};
