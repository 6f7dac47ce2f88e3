import { fitting, shortened } from '../core/json.ts';
import type { RoleRef } from '../core/model.ts';
import type { SweepReport } from './sweep.ts';

/** The answer to a person who invoked the function. */
export type SweepAnswer = Omit<SweepReport, 'drifts' | 'unreadableAccounts' | 'directAccess'> & {
  /** Roles that were reported to reconcile. */
  readonly drifted: readonly RoleRef[];
  /** Names of the lists that were shortened: the log has the rest. `forgotten` and `kept` are those of a person's answer. */
  readonly cut?: readonly string[];
};

/**
 * The limit for each of the nine lists. Lambda takes 6 MB (6,291,456 bytes) for all: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html.
 * Others decide how many parameters lie under the prefix, and how much cannot be seen.
 */
const maxBytes = 650_000;

export const answerOf = (full: SweepReport): SweepAnswer => {
  // The blind spots name the accounts that could not be read, with the reasons. Counts of access are for the dashboard.
  const { drifts, unreadableAccounts: _, directAccess: __, ...report } = full;
  const { leftAlone, blindSpots, dropped, notOptedIn, notReadable, joining = [] } = report;
  const whole = {
    drifted: drifts.map(({ ref }) => ref),
    leftAlone,
    blindSpots,
    dropped,
    notOptedIn,
    notReadable,
    joining,
    forgotten: report.forgotten?.dropped ?? [],
    kept: report.forgotten?.kept ?? [],
  };
  const {
    forgotten,
    kept,
    joining: joiningNow,
    ...lists
  } = {
    drifted: fitting(whole.drifted, maxBytes),
    leftAlone: fitting(leftAlone, maxBytes),
    blindSpots: fitting(blindSpots, maxBytes),
    dropped: fitting(dropped, maxBytes),
    notOptedIn: fitting(notOptedIn, maxBytes),
    notReadable: fitting(notReadable, maxBytes),
    joining: fitting(joining, maxBytes),
    forgotten: fitting(whole.forgotten, maxBytes),
    kept: fitting(whole.kept, maxBytes),
  };
  const cut = shortened(whole, { ...lists, joining: joiningNow, forgotten, kept });
  return {
    ...report,
    ...lists,
    ...(joining.length === 0 ? {} : { joining: joiningNow }),
    ...(report.forgotten === undefined
      ? {}
      : { forgotten: { ...report.forgotten, dropped: forgotten, kept } }),
    ...(cut.length === 0 ? {} : { cut }),
  };
};

/** Why a person's answer is not carried out: nothing was done. */
export interface RefusedAnswer {
  readonly refused: string;
}
