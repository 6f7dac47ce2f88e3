import type { RoleReport } from '../../shared/app/reconcile.ts';
import {
  everythingOfOurs,
  isProven,
  stopGranting,
  takeAway,
  unprovenOf,
} from '../../shared/app/revoke-all.ts';
import type { Survey } from '../../shared/app/survey.ts';
import { createCommandRuntime } from '../../shared/command-runtime.ts';
import { changeText } from '../../shared/core/drift.ts';
import { colors } from '../colors.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';
import { counted } from '../text/counted.ts';

const listText = ({ drifted }: Survey): string =>
  drifted
    .flatMap(({ drift }) => [
      `  ${colors.bold(drift.ref.roleName)}`,
      ...drift.changes.map((change) => `    - ${changeText(change)}`),
    ])
    .join('\n');

const failuresOf = (reports: readonly RoleReport[]): readonly string[] => [
  ...new Set(
    reports.flatMap(({ outcomes, retry }) => [
      ...outcomes.flatMap(({ type, detail }) => (type === 'Failed' ? [detail.reason ?? ''] : [])),
      ...(retry === undefined ? [] : [retry.message]),
    ]),
  ),
];

const resultText = (proof: Survey, failures: readonly string[], stage: string): string => {
  if (isProven(proof))
    return [
      colors.green('Proven: no binding and no parameter of rolebridge is left.'),
      'Access tokens already issued live on for up to an hour.',
      `The rules are stopped; a deploy does not start them again. Now remove the stack: npx serverless remove --stage ${stage}`,
    ].join('\n');
  return [
    colors.red('Not everything is proven gone:'),
    listText(proof),
    ...unprovenOf(proof).map(({ what, reason }) => `  not seen: ${what} (${reason})`),
    ...failures.map((reason) => `  ${reason}`),
    'The rules are stopped. Mend what is wrong, and run this again.',
  ].join('\n');
};

/** Before the stack is removed: stops the rules, takes every binding and parameter of ours away, and proves it. */
export const revokeAll = async (
  terminal: Terminal,
  { yes }: { readonly yes: boolean },
): Promise<ExitCode> => {
  const { stage, signal, logger, say } = terminal;
  const runtime = createCommandRuntime({ stage, signal, logger });
  const settings = runtime.settings();
  const look = () => everythingOfOurs(settings, runtime.survey(settings));
  const before = await terminal.progress('Looking for everything of ours', async () => {
    await runtime.signIn(settings);
    return look();
  });
  say(before.drifted.length === 0 ? 'No role has access.' : `These lose their access:\n${listText(before)}`);
  const question = `Stop rolebridge, and take the access of ${counted(before.drifted.length, 'role')} away?`;
  if (!yes && !(await terminal.confirm(question))) {
    terminal.show({ version: 1, isGone: false, revoked: 0 }, () => 'Nothing was changed.');
    return exitCodes.failed;
  }
  const ports = runtime.own(settings);
  const rules = await terminal.progress('Stopping the rules, and waiting for the functions', () =>
    stopGranting(runtime.stack(), ports.clock),
  );
  for (const { rule, kind } of rules)
    say(kind === 'stopped' ? `Stopped the rule ${rule}.` : `There is no rule ${rule}.`);
  if (rules.every(({ kind }) => kind === 'absent'))
    say(
      colors.yellow(
        `No stack of stage ${stage} is deployed. One of another stage would grant anew: name it with --stage.`,
      ),
    );
  const { reports, proof } = await terminal.progress('Taking everything away', async () => {
    // Once more: what was in hand may have granted meanwhile.
    const { drifted } = await look();
    return { reports: await takeAway(settings, ports, drifted), proof: await look() };
  });
  const isGone = isProven(proof);
  const failures = failuresOf(reports);
  terminal.show(
    { version: 1, isGone, revoked: reports.length, rules, failures, blindSpots: unprovenOf(proof) },
    () => resultText(proof, failures, stage),
  );
  return isGone ? exitCodes.done : exitCodes.failed;
};
