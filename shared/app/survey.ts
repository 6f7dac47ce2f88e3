import { isGood, type StoredAnswer } from '../core/answer-item.ts';
import { compare, type DriftedRole } from '../core/compare.ts';
import type { Drift } from '../core/drift.ts';
import { PermanentError } from '../core/errors.ts';
import { roleNameOfParameter } from '../core/grant-parameters.ts';
import { leftAccounts, tableAccounts } from '../core/left-accounts.ts';
import { type RoleRef, roleText } from '../core/model.ts';
import { looksOurs, type ParameterId, parameterKey } from '../core/observed.ts';
import { type AccountLimit, accessKey, limitRevocations } from '../core/revocation-limit.ts';
import { withScope } from '../core/scope.ts';
import { homeOf, type Settings } from '../core/settings.ts';
import { nothingAllowed } from '../core/standing.ts';
import { type MayRevoke, suppress } from '../core/suppress.ts';
import type { SweepPorts } from '../ports.ts';
import { type BlindSpot } from './blind-spot.ts';
import { askedGoogleRoles, withNamedRoles } from './google-roles.ts';
import { asRetryable } from './role-run.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';
import { type LoadedScope, loadScope, reloadScope } from './sweep-scope.ts';
import { emptiedTable, isTableEmptied } from './table-verdict.ts';

/** A person's approval of a held list. */
export type GivenApproval = { readonly hash: string; readonly answeredBy: string };

export interface SurveyOptions {
  readonly approve?: GivenApproval;
  /** The grants of a role that a supposed event names. @default none */
  readonly namedGrants?: (ref: RoleRef) => MayRevoke['grants'];
}

/** The result of comparing all access with all tags. The sweep acts on it, and `plan` shows it. */
export interface Survey {
  /** With the pools that earlier files named. */
  readonly settings: Settings;
  readonly table: LoadedScope;
  /** Someone emptied the table, and no person has answered for that yet. */
  readonly isTableEmptied: boolean;
  /** A person asked for everything to be removed, and no one has resumed yet. */
  readonly revokeAll?: StoredAnswer;
  readonly seen: Snapshot;
  readonly now: Date;
  /** Each role whose access differs from its tags, with the changes that would repair it. */
  readonly drifted: readonly DriftedRole[];
  /** Revocations that the limit releases and holds, by AWS account. */
  readonly limits: readonly AccountLimit[];
  /** The changes that reconcile may make. */
  readonly drifts: readonly Drift[];
  /** Parameters under our prefixes that are not ours. */
  readonly unmanaged: readonly UnmanagedParameter[];
}

export interface UnmanagedParameter extends ParameterId {
  /** Missing for the account deployed to. */
  readonly accountId?: string;
}

/** Anything that cannot be read is a blind spot. @throws PermanentError if no account is configured */
export const survey = async (
  file: Settings,
  ports: SweepPorts,
  { approve, namedGrants }: SurveyOptions = {},
): Promise<Survey> => {
  if (file.accounts.length === 0) throw new PermanentError('rolebridge.yml configures no account.');
  const first = await loadScope(file, ports);
  const approved = approvedAccess(first, ports.clock.now(), approve);
  const revokeAll = first.view?.revokeAll;
  const inPools = withScope(file, first.scope, first.view?.inherited ?? new Map());
  const inFile = await withNamedRoles(inPools, ports.googleRoles);
  // Reconcile does the same while a person's `revoke --all` stands.
  const settings = revokeAll === undefined ? inFile : nothingAllowed(inFile);
  // Even then we read everything that tags ask for: otherwise `roles` and `report` would show it as unreadable.
  const taken = await takeSnapshot(inFile, ports, first.scope, first.view);
  const table = await reloadScope(settings, ports, first, taken);
  const snapshot = { ...taken, table: table.view };
  const now = ports.clock.now();
  const { drifted, unclear } = compare(settings, snapshot, now, namedGrants);
  const notCompared = unclear.map(({ ref, error }) => ({
    what: roleText(ref),
    reason: asRetryable(ports.logger, ref, 'comparing', error).message,
  }));
  const isEmptied = isTableEmptied(settings, table);
  const seen = {
    ...snapshot,
    blindSpots: [
      ...table.blindSpots,
      ...(isEmptied ? [emptiedTable] : []),
      ...snapshot.blindSpots,
      ...unreadRoles(settings, snapshot),
      ...notCompared,
    ],
  };
  const limits = limitRevocations(
    drifted.flatMap(({ revocations }) => revocations),
    {
      limit: revokeAll === undefined ? settings.sweep.maxRevocations : Number.POSITIVE_INFINITY,
      incomplete: new Set(settings.accounts.flatMap(({ id }) => (seen.listedAccounts.has(id) ? [] : [id]))),
      approved: new Set(approved.keys()),
    },
  );
  const released = new Set(limits.flatMap((account) => account.released.map(accessKey)));
  const drifts = drifted
    .map((one) => releasedDrift(one, released, approved, now))
    .filter(({ changes }) => changes.length > 0);
  return {
    settings,
    table,
    isTableEmptied: isEmptied,
    ...(revokeAll === undefined ? {} : { revokeAll }),
    seen,
    now,
    drifted,
    limits,
    drifts,
    unmanaged: unmanaged(settings, seen, drifted),
  };
};

/** AWS accounts that left the file and that the table still names; none if it cannot be read, which is a blind spot. */
export const leftAccountsIn = ({ settings, table: { view } }: Survey): readonly string[] =>
  view === undefined ? [] : leftAccounts(settings, tableAccounts(view));

/** Google roles that tags ask for and whose permissions could not be read: one of them may be dangerous by now. */
const unreadRoles = (settings: Settings, { roles }: Snapshot): readonly BlindSpot[] => {
  const unread = [...(settings.google.roles ?? [])].flatMap(([name, state]) =>
    state.kind === 'unreadable' ? [{ name, reason: state.reason }] : [],
  );
  if (unread.length === 0) return [];
  const asked = askedGoogleRoles(settings, roles);
  return unread
    .filter(({ name }) => asked.has(name))
    .map(({ name, reason }) => ({ what: `the permissions of ${name}`, reason }));
};

/** The access that people approved within the last hour, by `accessKey`, with the person's ARN. */
const approvedAccess = (
  { view }: LoadedScope,
  now: Date,
  given: GivenApproval | undefined,
): ReadonlyMap<string, string> => {
  if (given !== undefined && view?.held.lists.has(given.hash) !== true) throw notApprovable(view, given);
  const stored = (view?.approvals ?? []).filter((approval) => isGood(approval, now));
  return new Map(
    [...stored, ...(given === undefined ? [] : [given])].flatMap(({ hash, answeredBy }) =>
      (view?.held.lists.get(hash)?.revocations ?? []).map((one) => [accessKey(one), answeredBy] as const),
    ),
  );
};

const notApprovable = (view: LoadedScope['view'], { hash }: GivenApproval): PermanentError =>
  new PermanentError(
    view === undefined
      ? "The ledger's table cannot be read, so the held list is not known. Nothing was done. Try again."
      : `No complete list of held revocations is stored under ${hash}. Nothing was done. "rolebridge plan" shows what is held now, and its hash.`,
    { because: 'answerRefused' },
  );

/** The part of a role's drift that the revocation limit releases. */
const releasedDrift = (
  { drift, roleAccess, revocations, mayLeave }: DriftedRole,
  isReleased: ReadonlySet<string>,
  approved: ReadonlyMap<string, string>,
  now: Date,
): Drift => {
  const released = revocations.filter((one) => isReleased.has(accessKey(one)));
  const answered = released.flatMap((one) => {
    const answeredBy = approved.get(accessKey(one));
    return answeredBy === undefined ? [] : [{ access: one.access, answeredBy }];
  });
  const names = [...new Set(released.map(({ access }) => access))];
  return {
    ...drift,
    released: names,
    mayLeave,
    changes: suppress(drift.changes, { released: names, mayLeave, grants: [] }, roleAccess, now),
    ...(answered.length === 0 ? {} : { approved: answered }),
  };
};

/** Parameters that are not ours, and copies of ours at names that no role has. They are reported and stay. */
const unmanaged = (
  settings: Settings,
  seen: Snapshot,
  drifted: readonly DriftedRole[],
): readonly UnmanagedParameter[] => {
  const touched = new Set(
    drifted.flatMap(({ drift }) =>
      drift.changes.flatMap((change) =>
        'region' in change ? [`${drift.ref.accountId} ${parameterKey(change)}`] : [],
      ),
    ),
  );
  return seen.parameters.flatMap(({ accountId, region, prefix, parameters }) =>
    parameters
      .filter(
        (parameter) =>
          !looksOurs(settings, parameter) || roleNameOfParameter(prefix, parameter.name) === undefined,
      )
      .filter(({ name }) => !touched.has(`${accountId} ${parameterKey({ region, name })}`))
      .map(({ name }) => ({ ...(accountId === homeOf(settings) ? {} : { accountId }), region, name })),
  );
};
