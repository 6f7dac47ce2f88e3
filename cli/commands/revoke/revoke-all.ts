import type { RoleReport } from '../../../shared/app/reconcile.ts';
import {
  everythingOfOurs,
  isProven,
  restorableIn,
  revokeByFunctions,
  stillListed,
  stopGranting,
  takeAway,
  unprovenOf,
} from '../../../shared/app/revoke-all.ts';
import type { Survey } from '../../../shared/app/survey.ts';
import { changeText } from '../../../shared/core/drift.ts';
import { PermanentError, toFailure } from '../../../shared/core/errors.ts';
import { emailOfResource } from '../../../shared/core/service-account.ts';
import { colors } from '../../colors.ts';
import { counted } from '../../counted.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { createCommandRuntime } from '../../runtime.ts';
import type { Terminal } from '../../terminal.ts';

const listText = ({ drifted }: Survey): string =>
  drifted
    .flatMap(({ drift }) => [
      `  ${colors.bold(drift.ref.roleName)}`,
      ...drift.changes.map((change) => `    - ${changeText(change)}`),
    ])
    .join('\n');

const beforeText = (before: Survey): string => {
  if (before.drifted.length > 0) return `These lose their access:\n${listText(before)}`;
  return unprovenOf(before).length > 0 ? 'Nothing was seen that has access.' : 'No role has access.';
};

const failuresOf = (reports: readonly RoleReport[]): readonly string[] => [
  ...new Set(
    reports.flatMap(({ outcomes, retry }) => [
      ...outcomes.flatMap(({ type, detail }) => (type === 'Failed' ? [detail.reason ?? ''] : [])),
      ...(retry === undefined ? [] : [retry.message]),
    ]),
  ),
];

interface Result {
  readonly proof: Survey;
  /** What this command itself could not do; what the functions could not do is in their outcomes. */
  readonly failures: readonly string[];
  readonly isDeployed: boolean;
  readonly tableName?: string;
}

const provenText = ({ proof, isDeployed, tableName }: Result, stage: string): string =>
  [
    colors.green('Proven: no binding and no parameter of rolebridge is left.'),
    'Access tokens already issued live on for up to an hour.',
    ...restorableIn(proof).map(({ project, lostAt }) =>
      colors.yellow(
        `Project ${project} lost a service account (${lostAt}). For 30 days Google can restore it, with the binding that it had. If someone does, run this again.`,
      ),
    ),
    ...(isDeployed
      ? [
          `Nothing is granted until "rolebridge resume --stage ${stage}". Or remove the stack now: npx serverless remove --stage ${stage}`,
        ]
      : []),
    ...(tableName === undefined
      ? []
      : [
          `The ledger's table stays when the stack is removed: ${tableName}. How to delete it: docs/operations.md, "Taking rolebridge away".`,
        ]),
  ].join('\n');

const resultText = (result: Result, stage: string): string => {
  const { proof, failures, isDeployed } = result;
  return isProven(proof)
    ? provenText(result, stage)
    : [
        colors.red('Not everything is proven gone:'),
        listText(proof),
        ...stillListed(proof).map(
          ({ role, entry }) =>
            `  in the ledger: ${role.roleName} on ${emailOfResource(entry.resource)}, since ${entry.since}`,
        ),
        ...unprovenOf(proof).map(({ what, reason }) => `  not seen: ${what} (${reason})`),
        ...failures.map((reason) => `  ${reason}`),
        ...(isDeployed
          ? [
              'Why the functions could not: the outcomes "Google Access Failed", and their logs (docs/operations.md).',
              'Nothing is granted in the meantime. Fix what is wrong, and run this again. For what no listing can prove any more: rolebridge forget.',
            ]
          : ['Fix what is wrong, and run this again.']),
      ]
        .filter((line) => line !== '')
        .join('\n');
};

/**
 * Before the stack is removed: stops the rules, lets the functions take every binding and parameter of ours away, and
 * proves it. Without a stack it takes them away itself.
 */
export const revokeAll = async (
  terminal: Terminal,
  { yes }: { readonly yes: boolean },
): Promise<ExitCode> => {
  const { stage, signal, logger, say } = terminal;
  const runtime = createCommandRuntime({ stage, signal, logger });
  const settings = runtime.settings();
  const stack = runtime.stack();
  const look = () => everythingOfOurs(settings, runtime.survey(settings));
  const { before, isDeployed } = await terminal.progress('Looking for everything of ours', async () => {
    await runtime.signIn(settings);
    return { before: await look(), isDeployed: await stack.isDeployed() };
  });
  say(beforeText(before));
  const question = `Stop rolebridge, and take the access of ${counted(before.drifted.length, 'role')} away?`;
  if (!yes && !(await terminal.confirm(question))) {
    terminal.show({ version: 1, isGone: false, revoked: 0 }, () => 'Nothing was changed.');
    return exitCodes.failed;
  }
  const ports = runtime.own(settings);
  const rules = await terminal.progress('Stopping the rules, and waiting for the functions', () =>
    stopGranting(stack, ports.clock),
  );
  for (const { rule, kind } of rules)
    say(kind === 'stopped' ? `Stopped the rule ${rule}.` : `There is no rule ${rule}.`);
  if (!isDeployed)
    say(
      colors.yellow(
        `No stack of stage ${stage} is deployed. One of another stage would grant anew: name it with --stage.`,
      ),
    );
  const byHand = async (): Promise<Pick<Result, 'failures' | 'proof'>> => {
    // Once more: what was in hand may have granted meanwhile.
    const { drifted } = await look();
    const reports = await takeAway(settings, ports, drifted);
    return { failures: failuresOf(reports), proof: await look() };
  };
  const byFunctions = async (): Promise<Pick<Result, 'failures' | 'proof'>> => {
    try {
      return { failures: [], proof: await revokeByFunctions(stack, ports.clock, look) };
    } catch (thrown) {
      const { message } = toFailure(thrown);
      throw new PermanentError(
        `${message} The rules stay stopped, so no event grants or revokes anything. Run this again once that is fixed, or: rolebridge resume --stage ${stage}`,
        { cause: thrown },
      );
    }
  };
  const { proof, failures } = await terminal.progress(
    'Taking everything away',
    isDeployed ? byFunctions : byHand,
  );
  const tableName = isDeployed ? await runtime.tableName() : undefined;
  const isGone = isProven(proof);
  terminal.show(
    {
      version: 1,
      isGone,
      revoked: before.drifted.length,
      rules,
      failures,
      left: proof.drifted.map(({ drift }) => ({
        role: drift.ref,
        changes: drift.changes.map(changeText),
      })),
      listed: stillListed(proof),
      blindSpots: unprovenOf(proof),
      restorable: restorableIn(proof),
      ...(tableName === undefined ? {} : { tableName }),
    },
    () =>
      resultText({ proof, failures, isDeployed, ...(tableName === undefined ? {} : { tableName }) }, stage),
  );
  return isGone ? exitCodes.done : exitCodes.failed;
};
