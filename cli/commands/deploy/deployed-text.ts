import type { SweepAnswer } from '../../../shared/app/sweep-answer.ts';
import { dashboardUrl } from '../../../shared/core/stack.ts';
import { rolebridge } from '../../../shared/doctor/commands.ts';
import { colors } from '../../colors.ts';
import { sweepText } from '../../sweep-text.ts';

export type FirstSweep =
  | { readonly kind: 'answered'; readonly answer: SweepAnswer }
  | { readonly kind: 'failed'; readonly reason: string };

export interface Deployed {
  readonly stage: string;
  /** The AWS account deployed to. */
  readonly home: string;
  readonly accountIds: readonly string[];
  /** The rolebridge.yml that was deployed. */
  readonly path: string;
  readonly skipsSetup: boolean;
  readonly sweep: FirstSweep;
}

/** A finished deploy for machines (docs/commands.md). */
export const deployedDocument = ({ stage, accountIds, path, skipsSetup, sweep }: Deployed): object => ({
  stage,
  accountIds,
  path,
  isSetupChecked: !skipsSetup,
  dashboard: dashboardUrl(stage),
  ...(sweep.kind === 'answered' ? { sweep: sweep.answer } : { sweepFailure: sweep.reason }),
});

export const deployedText = ({ stage, home, accountIds, path, sweep }: Deployed): string =>
  [
    colors.green(
      `Deployed ${path} to AWS account ${home}, stage ${stage}${accountIds.length > 1 ? `, for ${accountIds.length} accounts` : ''}.`,
    ),
    '',
    ...(sweep.kind === 'answered'
      ? [sweepText(stage, sweep.answer)]
      : [
          colors.red(`The stack is deployed, but the sweep after it failed: ${sweep.reason}`),
          `The schedule starts the next sweep. Or start it now: ${rolebridge(stage, 'sweep')}`,
        ]),
    '',
    `Dashboard: ${dashboardUrl(stage)}`,
  ].join('\n');
