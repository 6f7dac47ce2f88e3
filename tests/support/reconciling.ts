import {
  type MemoryWorld,
  memoryPorts,
  memoryWorld,
  setPolicy,
  setRole,
} from '../../shared/adapters/memory.ts';
import { reconcile } from '../../shared/app/reconcile.ts';
import type { RoleRequest } from '../../shared/app/role-request.ts';
import type { Settings } from '../../shared/core/settings.ts';
import type { Ports } from '../../shared/ports.ts';
import { now, roleRef, settings } from './settings.ts';
import { readerPolicy, writerPolicy } from './snapshot.ts';

/** Both clouds in memory, with two service accounts that nobody is bound on. */
export const world = (): MemoryWorld => {
  const made = memoryWorld(now);
  setPolicy(made, readerPolicy, {});
  setPolicy(made, writerPolicy, {});
  return made;
};

export const tag = (made: MemoryWorld, tags: Readonly<Record<string, string>>, roleName = 'reports'): void =>
  setRole(
    made,
    roleRef(roleName),
    Object.entries(tags).map(([key, value]) => ({ key, value })),
  );

export const request = (roleName = 'reports', more: Partial<RoleRequest> = {}): RoleRequest => ({
  ref: roleRef(roleName),
  cause: { eventId: 'e-1', eventName: 'TagRole', requestedBy: 'alice' },
  look: 'first',
  resources: [],
  strays: [],
  reportedAbsent: [],
  mayRevoke: 'everything',
  events: [],
  namedKeys: 'all',
  delivery: 'first',
  deferrals: 0,
  wantsSecondLook: true,
  ...more,
});

/** Reconciles, by ports of which some may be replaced. */
export const run = (
  made: MemoryWorld,
  requests: readonly RoleRequest[] = [request()],
  using: Settings = settings,
  ports: Partial<Ports> = {},
) => reconcile(using, { ...memoryPorts(made), ...ports }, requests);

/** What was called, of some kinds, since the last time. */
export const callsOf = (made: MemoryWorld, pattern: RegExp): readonly string[] =>
  made.calls.splice(0).filter((call) => pattern.test(call));

export const writes = (made: MemoryWorld): readonly string[] =>
  callsOf(made, /^(PutParameter|DeleteParameter|setIamPolicy) /);

/** Lets every call that matches fail. */
export const failing = (made: MemoryWorld, pattern: RegExp, error: Error): void => {
  made.before = (call) => {
    if (pattern.test(call)) throw error;
  };
};

export const told = (made: MemoryWorld) =>
  made.outcomes.splice(0).map(({ type, detail }) => [type, detail.grant, detail.reason] as const);

export const places = (made: MemoryWorld): readonly string[] => [...made.parameters.keys()].toSorted();
