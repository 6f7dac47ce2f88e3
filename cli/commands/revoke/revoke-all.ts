import type { RoleReport } from '../../../shared/app/report.ts';
import {
  type AccountParameters,
  type Examined,
  everythingOfOurs,
  examinedIn,
  isProven,
  leftElsewhere,
  leftTable,
  restorableIn,
  restorableResources,
  revokeByFunctions,
  stillListed,
  stopGranting,
  takeAway,
  unprovenOf,
} from '../../../shared/app/revoke-all.ts';
import type { Survey } from '../../../shared/app/survey.ts';
import { changeText } from '../../../shared/core/drift.ts';
import { PermanentError, toFailure } from '../../../shared/core/errors.ts';
import { roleLabel } from '../../../shared/core/role-argument.ts';
import { readScope } from '../../../shared/core/scope.ts';
import { accountIdsOf } from '../../../shared/core/settings.ts';
import { accessOf, accessText } from '../../../shared/core/target.ts';
import { counted } from '../../../shared/counted.ts';
import { rolebridge, shellWord } from '../../../shared/doctor/commands.ts';
import { colors } from '../../colors.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { unlessInterrupted } from '../../interruption.ts';
import { openRuntime } from '../../open-runtime.ts';
import type { Terminal } from '../../terminal.ts';

interface Result {
  readonly accountIds: readonly string[];
  readonly proof: Survey;
  /** Errors of this command itself. Those of the functions are in their outcomes. */
  readonly failures: readonly string[];
  /** Parameters that only administrators of other accounts can remove. */
  readonly elsewhere: readonly AccountParameters[];
  readonly isDeployed: boolean;
  readonly tableName?: string;
}

/**
 * Before the stack is removed: stops the rules, lets the functions remove every binding and parameter of ours, and
 * proves it. If no stack is deployed, it removes them itself.
 */
export const revokeAll = async (
  terminal: Terminal,
  { yes }: { readonly yes: boolean },
): Promise<ExitCode> => {
  const { stage, say, signal } = terminal;
  const runtime = await openRuntime(terminal);
  const settings = runtime.settings();
  const stack = runtime.stack(settings);
  const left = leftTable(runtime.keptScope);
  const lookAt = (isThere: boolean) =>
    everythingOfOurs(
      settings,
      { ...runtime.survey(settings), ...(isThere ? {} : { table: left }) },
      { hasLedger: isThere },
    );
  const { before, isDeployed } = await terminal.progress('Looking for everything of ours', async () => {
    await runtime.signIn(settings);
    const isThere = await stack.isDeployed();
    return { before: await lookAt(isThere), isDeployed: isThere };
  });
  const look = () => lookAt(isDeployed);
  const accountIds = accountIdsOf(settings);
  say(beforeText(accountIds, before));
  const question = `Stop rolebridge, and revoke the access of ${counted(before.drifted.length, 'role')}?`;
  if (!yes && !(await terminal.confirm(question))) {
    terminal.show({ isGone: false, revoked: [] }, () => 'Nothing was changed.');
    return exitCodes.failed;
  }
  const ports = runtime.own(settings);
  const rules = await unlessInterrupted(signal, stoppingText(stage), () =>
    terminal.progress('Stopping the rules, and waiting for the functions', () =>
      stopGranting(stack, ports.clock),
    ),
  );
  for (const { rule, kind } of rules)
    say(kind === 'stopped' ? `Stopped the rule ${rule}.` : `There is no rule ${rule}.`);
  if (!isDeployed)
    say(
      colors.yellow(
        `No stack of stage ${stage} is deployed. A stack of another stage would grant again: name it with --stage.`,
      ),
    );
  const byHand = async (): Promise<Pick<Result, 'failures' | 'proof'>> => {
    // Once more: a function that was still running may have granted something.
    const { drifted } = await look();
    // If the scope cannot be read, the proof reports that, and what the file names is still revoked.
    const scope = () => readScope(left.list).catch(() => []);
    const reports = await takeAway(settings, { ...ports, table: left, scope }, drifted);
    return { failures: failuresOf(reports), proof: await look() };
  };
  const byFunctions = async (): Promise<Pick<Result, 'failures' | 'proof'>> => {
    try {
      return { failures: [], proof: await revokeByFunctions(stack, ports.clock, look) };
    } catch (thrown) {
      const { message } = toFailure(thrown);
      throw new PermanentError(
        `${message} The rules stay stopped, so no event grants or revokes anything. Fix that and run this again, or: ${rolebridge(stage, 'resume')}`,
        { cause: thrown },
      );
    }
  };
  const { proof, failures } = await unlessInterrupted(signal, interruptedText(isDeployed, stage), () =>
    terminal.progress('Revoking everything', isDeployed ? byFunctions : byHand),
  );
  const tableName = isDeployed ? await runtime.tableName() : undefined;
  const isGone = isProven(proof);
  const gone = restorableResources(proof);
  const elsewhere = isDeployed ? [] : leftElsewhere(proof);
  terminal.show(
    {
      isGone,
      revoked: before.drifted.map(({ drift }) => drift.ref),
      rules,
      failures,
      left: proof.drifted.map(({ drift }) => ({
        role: drift.ref,
        changes: drift.changes.map(changeText),
      })),
      listed: stillListed(proof),
      blindSpots: unprovenOf(proof),
      ...(elsewhere.length === 0 ? {} : { elsewhere }),
      restorable: restorableIn(proof),
      ...(gone.length === 0 ? {} : { restorableResources: gone }),
      examined: examinedIn(proof),
      ...(tableName === undefined ? {} : { tableName }),
    },
    () =>
      resultText(
        {
          accountIds,
          proof,
          failures,
          elsewhere,
          isDeployed,
          ...(tableName === undefined ? {} : { tableName }),
        },
        stage,
      ),
  );
  return isGone ? exitCodes.done : exitCodes.failed;
};

const beforeText = (accountIds: readonly string[], before: Survey): string => {
  if (before.drifted.length > 0) return `These roles lose their access:\n${listText(accountIds, before)}`;
  return unprovenOf(before).length > 0 ? 'No role that was seen has access.' : 'No role has access.';
};

const listText = (accountIds: readonly string[], { drifted }: Survey): string =>
  drifted
    .flatMap(({ drift }) => [
      `  ${colors.bold(roleLabel(accountIds, drift.ref))}`,
      ...drift.changes.map((change) => `    - ${changeText(change)}`),
    ])
    .join('\n');

const stoppingText = (stage: string): string =>
  `Some rules may be stopped already, and nothing is revoked yet. To continue: ${rolebridge(stage, 'revoke --all')}. To grant again: ${rolebridge(stage, 'resume')}`;

const interruptedText = (isDeployed: boolean, stage: string): string =>
  [
    'The rules are stopped, so no event grants or revokes anything.',
    isDeployed
      ? 'The functions may still be revoking, and some access may remain.'
      : 'Some access is revoked, and the rest remains.',
    `To continue: ${rolebridge(stage, 'revoke --all')}. To grant again: ${rolebridge(stage, 'resume')}`,
  ].join(' ');

const failuresOf = (reports: readonly RoleReport[]): readonly string[] => [
  ...new Set(
    reports.flatMap(({ outcomes, retry }) => [
      ...outcomes.flatMap(({ type, detail }) => (type === 'Failed' ? [detail.reason ?? ''] : [])),
      ...(retry === undefined ? [] : [retry.message]),
    ]),
  ),
];

const resultText = (result: Result, stage: string): string => {
  const { accountIds, proof, failures, elsewhere, isDeployed } = result;
  return isProven(proof)
    ? provenText(result, stage)
    : [
        colors.red('Not everything is proven gone:'),
        listText(accountIds, proof),
        ...stillListed(proof).map(
          ({ role, entry }) =>
            `  in the ledger: ${roleLabel(accountIds, role)} on ${accessText(accessOf(entry))}, since ${entry.since}`,
        ),
        ...unprovenOf(proof).map(({ what, reason }) => `  not seen: ${what} (${reason})`),
        ...failures.map((reason) => `  ${reason}`),
        ...elsewhere.flatMap(administratorLines),
        ...(isDeployed
          ? [
              'The outcomes "Google Access Failed" and the logs of the functions give the reason (docs/operations.md).',
              `Nothing is granted until then. Fix the cause, and run this again. If no listing can prove something gone any more: ${rolebridge(stage, 'forget')}.`,
            ]
          : ['Fix the cause, and run this again.']),
      ]
        .filter((line) => line !== '')
        .join('\n');
};

/** DeleteParameters takes up to ten names. */
const namesPerCall = 10;

const administratorLines = ({ accountId, region, names }: AccountParameters): readonly string[] => [
  `No stack is deployed that could remove the configs of account ${accountId} in ${region}. With credentials of that account:`,
  ...Array.from({ length: Math.ceil(names.length / namesPerCall) }, (_, call) =>
    names.slice(call * namesPerCall, (call + 1) * namesPerCall),
  ).map((some) => `  aws ssm delete-parameters --region ${region} --names ${some.map(shellWord).join(' ')}`),
];

const provenText = ({ proof, isDeployed, tableName }: Result, stage: string): string =>
  [
    colors.green('Proven: no binding and no parameter of rolebridge is left.'),
    ...examinedLines(examinedIn(proof), isDeployed),
    'Access tokens that were already issued stay valid for up to an hour.',
    ...restorableIn(proof).map(({ project, lostAt }) =>
      colors.yellow(
        `Project ${project} lost a service account (${lostAt}). For 30 days Google can restore it, with the binding that it had. If someone restores it, run this again.`,
      ),
    ),
    ...restorableResources(proof).map(({ resource, goneAt }) =>
      colors.yellow(
        `${resource} was deleted (seen ${goneAt}) while a role had access. For up to 90 days Google can restore it, with the binding that it had. If someone restores it, run this again.`,
      ),
    ),
    ...(isDeployed
      ? [
          `Nothing is granted until you run "${rolebridge(stage, 'resume')}". Or remove the stack now: ${rolebridge(stage, 'remove')}`,
        ]
      : []),
    ...(tableName === undefined
      ? []
      : [
          `The ledger's table stays when the stack is removed: ${tableName}. The command that removes the stack prints how to delete it.`,
        ]),
  ].join('\n');

/** A proof holds for what was examined, and for nothing else. */
const examinedLines = (examined: Examined, isDeployed: boolean): readonly string[] => {
  const { accountId, accounts: awsAccounts, roles, projects, policies, parameters, pools } = examined;
  const inAccounts =
    awsAccounts.length > 1
      ? `${awsAccounts.length} AWS accounts`
      : `AWS account ${awsAccounts[0] ?? accountId}`;
  const places = new Set(parameters.map(({ region, prefix }) => `${prefix} in ${region}`));
  const accounts = projects.map(
    ({ project, serviceAccounts }) => `${counted(serviceAccounts, 'service account')} of project ${project}`,
  );
  return [
    `Examined: ${counted(policies, 'allow policy', 'allow policies')} (${accounts.join(', ')}), for members of ${pools.map(poolName).join(' and ')};`,
    `  the parameters under ${[...places].join(', ')};`,
    `  ${counted(roles, 'role')} of ${inAccounts}${isDeployed ? '; the ledger' : ''}.`,
  ];
};

const poolName = (pool: string): string => `pool ${pool.slice(pool.lastIndexOf('/') + 1)}`;
