import { fitting, shortened } from '../core/bytes.ts';
import type { SweepReport } from './sweep.ts';

/** The answer to a person who invoked the function. `drifted`: roles that were reported to reconcile. */
export type SweepAnswer = Omit<SweepReport, 'drifts'> & {
  readonly drifted: number;
  /** Names of the lists that were shortened: the log has the rest. */
  readonly cut?: readonly string[];
};

/**
 * Lambda takes 6 MB: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html. Others decide how many
 * parameters lie under the prefix, and how much cannot be seen.
 */
const maxBytes = 1_000_000;

export const answerOf = ({ drifts, ...report }: SweepReport): SweepAnswer => {
  const { leftAlone, blindSpots, dropped, forgotten, notOptedIn, notReadable } = report;
  const lists = {
    leftAlone: fitting(leftAlone, maxBytes),
    blindSpots: fitting(blindSpots, maxBytes),
    dropped: fitting(dropped, maxBytes),
    notOptedIn: fitting(notOptedIn, maxBytes),
    notReadable: fitting(notReadable, maxBytes),
  };
  const kept = fitting(forgotten?.kept ?? [], maxBytes);
  const cut = shortened(
    { leftAlone, blindSpots, dropped, notOptedIn, notReadable, forgotten: forgotten?.kept ?? [] },
    { ...lists, forgotten: kept },
  );
  return {
    ...report,
    ...lists,
    ...(forgotten === undefined ? {} : { forgotten: { ...forgotten, kept } }),
    drifted: drifts.length,
    ...(cut.length === 0 ? {} : { cut }),
  };
};

/** Why a person's answer is not carried out: nothing was done. */
export interface RefusedAnswer {
  readonly refused: string;
}
