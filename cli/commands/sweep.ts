import type { SweepAnswer } from '../../shared/app/sweep.ts';
import { createCommandRuntime } from '../../shared/command-runtime.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import { isRecord } from '../../shared/core/json.ts';
import { parseSweepRequest } from '../../shared/core/sweep-request.ts';
import { colors } from '../colors.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';
import { counted } from '../text/counted.ts';

export interface SweepOptions {
  readonly approve?: string;
  readonly acceptTable?: boolean;
}

/** The deployed function may be older than this program. */
const checked = (answer: unknown): SweepAnswer => {
  if (isRecord(answer) && typeof answer['drifted'] === 'number' && isRecord(answer['brake']))
    return answer as unknown as SweepAnswer;
  throw new PermanentError(
    `The sweep answered what this version cannot read (${JSON.stringify(answer)}). Deploy this version: npm run deploy.`,
  );
};

const text = (
  stage: string,
  { brake, drifted, blindSpots, leftAlone, dropped, ...seen }: SweepAnswer,
): string =>
  [
    `Looked at ${counted(seen.rolesSeen, 'role')}, ${counted(seen.parametersSeen, 'parameter')} and ${counted(seen.policiesRead, 'allow policy', 'allow policies')}` +
      ` (${counted(seen.notReadable, 'service account')} not readable, ${seen.notOptedIn} not opted in).`,
    drifted === 0
      ? 'Nothing has drifted.'
      : `${counted(drifted, 'role')} drifted; reconcile repairs them now.`,
    ...(brake.kind === 'held'
      ? [
          colors.yellow(
            `Held: ${counted(brake.count, 'access', 'accesses')} would be taken away, and sweep.maxRevocations is ${brake.limit}. See them with "rolebridge plan --stage ${stage}"; let them pass with:`,
          ),
          `  rolebridge sweep --stage ${stage} --approve ${brake.hash}`,
        ]
      : []),
    ...(brake.kind === 'blind'
      ? [colors.yellow('The list of roles broke off, so no access is taken away.')]
      : []),
    ...blindSpots.map(({ what, reason }) => colors.yellow(`Not seen: ${what} (${reason})`)),
    ...leftAlone.map(({ region, name }) => `Left alone, not ours: ${name} in ${region}`),
    ...dropped.map(({ kind, name }) => `Still clearing what rolebridge.yml no longer names: ${kind} ${name}`),
  ].join('\n');

/** Asks the deployed function to sweep now. */
export const sweep = async (
  terminal: Terminal,
  { approve, acceptTable = false }: SweepOptions,
): Promise<ExitCode> => {
  const { stage, signal, logger } = terminal;
  const runtime = createCommandRuntime({ stage, signal, logger });
  const request = parseSweepRequest({
    ...(approve === undefined ? {} : { approve }),
    ...(acceptTable ? { accept: 'table' } : {}),
  });
  const answer = checked(
    await terminal.progress('The sweep looks at everything', () => runtime.stack().sweep(request)),
  );
  terminal.show(answer, () => text(stage, answer));
  const isDifferent = answer.drifted > 0 || answer.brake.kind !== 'released' || answer.blindSpots.length > 0;
  return isDifferent ? exitCodes.difference : exitCodes.done;
};
