import { reconcile } from '../../shared/app/reconcile.ts';
import type { RoleRequest } from '../../shared/app/role-request.ts';
import { roleKey } from '../../shared/core/role-key.ts';
import type { Settings } from '../../shared/core/settings.ts';
import type { TagEvent } from '../../shared/core/tag-event.ts';
import type { Ports } from '../../shared/ports.ts';
import { type MemoryWorld, memoryPorts, memoryWorld, setPolicy, setRole } from './memory.ts';
import { now, roleRef, settings } from './settings.ts';
import { readerPolicy, writerPolicy } from './snapshot.ts';
import { entriesOf } from './table.ts';

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
  pass: 'first',
  resources: [],
  orphans: [],
  reportedAbsent: [],
  released: [],
  events: [],
  namedKeys: 'all',
  delivery: 'first',
  deferrals: 0,
  needsRecheck: true,
  ...more,
});

/** Reconciles, by ports of which some may be replaced. */
export const run = (
  made: MemoryWorld,
  requests: readonly RoleRequest[] = [request()],
  using: Settings = settings,
  ports: Partial<Ports> = {},
) =>
  reconcile(
    using,
    { ...memoryPorts(made), ...ports },
    requests.map((one) => (isCaused(one) ? one : { ...one, events: [causeOf(made, one)] })),
  );

const isCaused = ({ events, drift, cause }: RoleRequest): boolean =>
  events.length > 0 || drift !== undefined || cause.eventName?.startsWith('Google') === true;

/** Where a test names no event: its cause set every tag that is there, and changed every other that the ledger knows. */
const causeOf = (made: MemoryWorld, { ref, cause }: RoleRequest): TagEvent => {
  const role = [...made.roles.values()].find((one) => roleKey(one.ref) === roleKey(ref));
  const tags = role?.tags ?? [];
  const keys = entriesOf(made, ref)
    .flatMap(({ grants }) => grants)
    .map((grant) => (grant === 'default' ? settings.tagKey : `${settings.tagKey}/${grant}`))
    .filter((key) => !tags.some((one) => one.key === key));
  const { eventId = 'e-1', requestedBy } = cause;
  return {
    eventName: 'TagRole',
    eventId,
    ...(requestedBy === undefined ? {} : { requestedBy }),
    keys: [
      ...tags.map(({ key, value }) => ({ key: key.toLowerCase(), value })),
      ...keys.map((key) => ({ key, value: '' })),
    ],
  };
};

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
