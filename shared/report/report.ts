import type { BlindSpot } from '../app/blind-spot.ts';
import { forecast } from '../app/plan.ts';
import type { Survey, UnmanagedParameter } from '../app/survey.ts';
import { listAccess } from '../core/access.ts';
import type { InheritedMember } from '../core/adopt.ts';
import type { AccountSummary } from '../core/held.ts';
import type { Timestamp } from '../core/model.ts';
import type { Mode, Settings } from '../core/settings.ts';
import type { HistoryEntry } from '../history/entry.ts';
import type { History, LogReach } from '../history/history.ts';
import { accountDocument } from '../keys/document.ts';
import type { KeyFindings } from '../keys/read-keys.ts';
import { type ReportChange, reportChanges } from './changes.ts';
import { type ReportCounts, reportCounts } from './counts.ts';
import type { ReportDifference } from './difference.ts';
import type { ReportKeys } from './keys.ts';
import { type ReportPolicies, reportPolicies } from './policies.ts';
import type { ReportRow } from './row.ts';
import { reportRows } from './rows.ts';
import { type UnmanagedMember, unmanagedMembers } from './unmanaged-members.ts';

/** All access at one moment, with the people and rules behind it. */
export interface Report extends Origin {
  /** When both clouds were read. */
  readonly at: Timestamp;
  readonly mode: Mode;
  /** The AWS account deployed to. */
  readonly accountId: string;
  /** All configured AWS accounts. */
  readonly accounts: readonly string[];
  readonly counts: ReportCounts;
  /** Anything that could not be read: nothing there counts as gone. */
  readonly blindSpots: readonly BlindSpot[];
  /** Service accounts that the caller may not read and that no tag and no ledger entry names. */
  readonly notReadable: readonly string[];
  readonly policies: ReportPolicies;
  readonly rows: readonly ReportRow[];
  /** The changes that the deployed functions would make now, as `plan` shows them. */
  readonly changes: readonly ReportChange[];
  readonly limits: readonly AccountSummary[];
  /** Members of our pools that rolebridge neither made nor changes. */
  readonly unmanaged: readonly UnmanagedMember[];
  /** Members that resources had before rolebridge used them, and that no person has answered for. */
  readonly inherited: readonly InheritedMember[];
  /** Parameters under our prefixes that are not ours. */
  readonly leftAlone: readonly UnmanagedParameter[];
  /** AWS accounts that left rolebridge.yml, and that the table still names. */
  readonly leftAccounts?: readonly string[];
  readonly revokeAll?: { readonly at: Timestamp; readonly answeredBy: string };
  /** Start of the log entries of the functions that are shown. */
  readonly historySince: Timestamp;
  /** The oldest first. */
  readonly history: readonly HistoryEntry[];
  readonly logs: readonly LogReach[];
  /** Set if the keys were read. */
  readonly keys?: ReportKeys;
  /** Set if the report is compared with an earlier one. */
  readonly difference?: ReportDifference;
}

/** Where a report comes from. */
export interface Origin {
  readonly stage: string;
  /** The commit of the folder of rolebridge.yml. Missing if that is not known. */
  readonly commit?: { readonly id: string; readonly isModified: boolean };
  /** Reasons why the deployed functions may do something else than this report says. */
  readonly warnings: readonly string[];
}

interface Others {
  readonly history: History;
  readonly since: Date;
  /** The keys of the service accounts that have a grant, if they were read. */
  readonly keys?: KeyFindings & { readonly idleDays: number };
}

/** Joins one survey, its plan, the history of a period and the keys. `file`: the settings of rolebridge.yml. */
export const createReport = (
  file: Settings,
  found: Survey,
  { history, since, keys }: Others,
  origin: Origin,
): Report => {
  const { seen, now } = found;
  const plan = forecast(file, found);
  // With the pools that earlier files named, and the file's own guardrail, even while everything is revoked.
  const settings = { ...file, google: found.settings.google };
  const { accountId, accounts, mode, limits, notReadable, inherited, leftAlone, leftAccounts } = plan;
  const changes = reportChanges(plan);
  const rows = reportRows(listAccess(settings, seen, now), {
    ledgers: found.table.view?.ledgers ?? new Map(),
    held: found.limits.flatMap(({ held }) => held),
    changes,
    history: history.entries,
  });
  const blindSpots = distinct([...plan.blindSpots, ...history.blindSpots, ...(keys?.blindSpots ?? [])]);
  return {
    at: now.toISOString(),
    ...origin,
    mode,
    accountId,
    accounts,
    counts: reportCounts(rows, plan, now),
    blindSpots,
    notReadable,
    policies: reportPolicies(seen),
    rows,
    changes,
    limits,
    unmanaged: unmanagedMembers(settings, seen),
    inherited,
    leftAlone,
    ...(leftAccounts.length === 0 ? {} : { leftAccounts }),
    ...(plan.revokeAll === undefined
      ? {}
      : { revokeAll: { at: plan.revokeAll.at, answeredBy: plan.revokeAll.answeredBy } }),
    historySince: since.toISOString(),
    history: history.entries,
    logs: history.logs,
    ...(keys === undefined
      ? {}
      : { keys: { idleDays: keys.idleDays, accounts: keys.accounts.map(accountDocument) } }),
  };
};

/** The survey, the history and the keys all read the table. */
const distinct = (blindSpots: readonly BlindSpot[]): readonly BlindSpot[] => [
  ...new Map(blindSpots.map((spot) => [`${spot.what}\n${spot.reason}`, spot])).values(),
];
