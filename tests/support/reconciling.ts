import { faultsOf } from '../../scripts/outcome-schema.ts';
import { reconcile } from '../../shared/app/reconcile.ts';
import type { RoleReport } from '../../shared/app/report.ts';
import { emptyRequest, type RoleRequest } from '../../shared/app/role-run.ts';
import type { SweepFindings } from '../../shared/core/message.ts';
import type { TagEvent } from '../../shared/core/role-event.ts';
import { roleKey } from '../../shared/core/role-key.ts';
import type { Settings } from '../../shared/core/settings.ts';
import type { Ports } from '../../shared/ports.ts';
import { type MemoryWorld, memoryPorts } from './memory.ts';
import { roleRef, settings } from './settings.ts';
import { entriesOf } from './table.ts';

/**
 * Reconciles with ports of which some may be replaced.
 * @throws Error if an outcome is not as docs/outcomes.schema.json says
 */
export const runReconcile = async (
  world: MemoryWorld,
  requests: readonly RoleRequest[] = [requestFor()],
  using: Settings = settings,
  ports: Partial<Ports> = {},
): Promise<readonly RoleReport[]> => {
  const reports = await reconcile(
    using,
    { ...memoryPorts(world), ...ports },
    requests.map((request) =>
      isCaused(request) ? request : { ...request, events: [causeOf(world, request)] },
    ),
  );
  const faults = reports.flatMap(({ outcomes }) =>
    outcomes.flatMap(({ type, detail }) => faultsOf(type, detail)),
  );
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return reports;
};

/** The parts of a request that a test names; those that a sweep found may stand among the others. */
export type RequestParts = Partial<RoleRequest> & Partial<SweepFindings>;

/** The request of an event of the role. */
export const requestFor = (roleName = 'reports', parts: RequestParts = {}): RoleRequest => ({
  ...emptyRequest(roleRef(roleName), { eventId: 'e-1', eventName: 'TagRole', requestedBy: 'alice' }, 'first'),
  namedKeys: 'all',
  needsRecheck: true,
  ...partsOfRequest(parts),
});

const partsOfRequest = ({
  resources = [],
  strays = [],
  absent = [],
  answers = [],
  released = [],
  mayLeave = [],
  releasedAt,
  approved = [],
  ...parts
}: RequestParts): Partial<RoleRequest> => ({
  swept: {
    resources,
    strays,
    absent,
    answers,
    released,
    mayLeave,
    ...(releasedAt === undefined ? {} : { releasedAt }),
    approved,
  },
  ...parts,
});

const isCaused = ({ events, drift, cause }: RoleRequest): boolean =>
  events.length > 0 || drift !== undefined || cause.eventName?.startsWith('Google') === true;

/**
 * The event of a test that names none: its cause set every existing tag, and changed every other one that the ledger
 * knows.
 */
const causeOf = (world: MemoryWorld, { ref, cause }: RoleRequest): TagEvent => {
  const role = [...world.roles.values()].find((one) => roleKey(one.ref) === roleKey(ref));
  const tags = role?.tags ?? [];
  const keys = entriesOf(world, ref)
    .flatMap(({ grants }) => grants)
    .map((grant) => (grant === 'default' ? settings.tagKey : `${settings.tagKey}/${grant}`))
    .filter((key) => !tags.some((one) => one.key === key));
  const { eventId = 'e-1', eventName, requestedBy } = cause;
  const isUntag = eventName === 'UntagRole';
  return {
    eventName: isUntag ? 'UntagRole' : 'TagRole',
    eventId,
    ...(requestedBy === undefined ? {} : { requestedBy }),
    keys: [
      ...(isUntag ? [] : tags.map(({ key, value }) => ({ key: key.toLowerCase(), value }))),
      ...keys.map((key) => (isUntag ? { key } : { key, value: '' })),
    ],
  };
};
