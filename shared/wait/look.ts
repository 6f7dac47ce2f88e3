import { withAskedRoles } from '../app/google-roles.ts';
import { readLedgersAndNotes } from '../app/ledger.ts';
import { type ObservedRole, observeFolders, observePolicies, observeRole } from '../app/observe.ts';
import { settleObserved } from '../core/bindings.ts';
import { desiredOf } from '../core/guardrail.ts';
import type { RoleRef } from '../core/model.ts';
import { isSameRole, roleKey } from '../core/role-key.ts';
import type { Settings } from '../core/settings.ts';
import type { StackNames } from '../core/stack.ts';
import { siteOf } from '../core/target.ts';
import type { OutcomeEntry } from '../history/entry.ts';
import type { FunctionLogs } from '../history/ports.ts';
import { readLine } from '../history/read-line.ts';
import type { Ports } from '../ports.ts';
import { type Judgment, judge, type Look } from './judge.ts';

export type LookPorts = Pick<
  Ports,
  'roles' | 'parameters' | 'policies' | 'googleRoles' | 'listings' | 'table' | 'clock'
> & {
  readonly logs: FunctionLogs;
};

export interface LookQuery {
  readonly ref: RoleRef;
  /** @default all grants of the role */
  readonly grant?: string;
  readonly names: Pick<StackNames, 'reconcileFunction'>;
  /** Failures that the functions logged since then count. */
  readonly since: Date;
}

/** Looks at one role with the operator's credentials. @throws Failure if AWS does not show the role or the ledger */
export const lookAtRole = async (settings: Settings, ports: LookPorts, query: LookQuery): Promise<Judgment> =>
  judge(settings, await look(settings, ports, query), query.grant);

const look = async (
  settings: Settings,
  ports: LookPorts,
  { ref, names, since }: LookQuery,
): Promise<Look> => {
  const {
    ledgers,
    notes: {
      answers: { revokeAll },
    },
  } = await readLedgersAndNotes(ports.table, [ref], [], []);
  const ledger = ledgers.get(roleKey(ref)) ?? { role: ref, entries: [] };
  if (ledger instanceof Error) throw ledger;
  const { role } = await observeRole(settings, ports, ref, ledger);
  const now = ports.clock.now();
  const asked = desiredOf(role, await withAskedRoles(settings, ports.googleRoles, [role]), now);
  const resources = [...new Set(asked.grants.map(({ target }) => siteOf(target).resource))];
  const [{ folders, folderErrors }, { reads, errors }, outcomes] = await Promise.all([
    observeFolders(settings, ports, role.ref),
    observePolicies(ports, resources),
    recentOutcomes(ports.logs, { ref, names, since }),
  ]);
  const { entries } = ledger;
  const policies: Look['policies'] = new Map(
    resources.map((resource) => [
      resource,
      reads.get(resource) ?? { kind: 'unreadable', reason: errors.get(resource)?.message ?? 'no answer' },
    ]),
  );
  const { desired } = settleObserved(settings, { role, policies, entries }, asked, now);
  return {
    role,
    desired,
    entries,
    policies,
    folders: withReasons(folders, folderErrors),
    ...(revokeAll === undefined ? {} : { revokeAll }),
    outcomes,
  };
};

/** Folders with the reason why one could not be read. */
export const withReasons = (
  folders: ObservedRole['folders'],
  errors: ObservedRole['folderErrors'],
): Look['folders'] =>
  folders.map((folder) => {
    const found = [...errors.values()].find(
      ({ region, path }) => region === folder.region && path === folder.path,
    );
    return found === undefined ? folder : { ...folder, reason: found.error.message };
  });

/** A log that cannot be read shows no failure. The wait then ends at its timeout. */
const recentOutcomes = async (
  logs: FunctionLogs,
  { ref, names, since }: Pick<LookQuery, 'ref' | 'names' | 'since'>,
): Promise<readonly OutcomeEntry[]> => {
  try {
    const pattern = '{ $.message = "Google Access Failed" || $.message = "Google Access Granted" }';
    const { lines } = await logs.search(names.reconcileFunction, { pattern, since });
    return lines
      .flatMap((line) => readLine(line) ?? [])
      .filter((entry) => entry.kind === 'outcome')
      .filter(({ role }) => isSameRole(role, ref));
  } catch {
    return [];
  }
};
