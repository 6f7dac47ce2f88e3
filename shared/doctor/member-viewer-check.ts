import pMap from 'p-map';
import { type Failure, PermanentError } from '../core/errors.ts';
import { accountIdsOf, homeOf } from '../core/settings.ts';
import { type AccountFinding, accountConcurrency, summarizeAccounts } from './account-findings.ts';
import type { Check } from './check.ts';
import { memberTemplate, rolebridge } from './commands.ts';
import type { Context } from './context.ts';
import { type Finding, ok, unknown } from './finding.ts';
import { memberCheck } from './member-check.ts';

/** The role through which people read an account. An account without it is a blind spot of every command. */
export const memberViewerCheck = (context: Context): Check =>
  memberCheck('member-viewer', 'Viewer roles', 'sts:AssumeRole on the viewer roles, iam:GetRole', async () =>
    summarizeAccounts(context.stage, await readViewers(context), 'you can read them.'),
  );

const readViewers = async (context: Context): Promise<readonly AccountFinding[]> => {
  const accounts = await pMap(
    await context.memberIds(),
    async (accountId) => ({ accountId, failure: await context.unreadableBecause(accountId) }),
    { concurrency: accountConcurrency },
  );
  const evidence = accounts.some(({ failure }) => isUnexplained(failure))
    ? await readEvidence(
        context,
        accounts.flatMap(({ accountId, failure }) => (failure === undefined ? [] : accountId)),
      )
    : noEvidence;
  return accounts.map(({ accountId, failure }) => ({
    accountId,
    finding: checkViewer(context.stage, accountId, failure, evidence),
  }));
};

/** Rules causes of a refusal out, where AWS names none. */
export interface Evidence {
  /** An account whose viewer role the caller could assume. All viewer roles have the same name, so the caller's policy allows it. */
  readonly readable?: string;
  /** The other member accounts that were asked. */
  readonly askedCount: number;
  /** Accounts whose roles the functions have assumed: the template was deployed there. Undefined if the ledger cannot be read. */
  readonly reached?: ReadonlySet<string>;
}

const noEvidence: Evidence = { askedCount: 0 };

const readEvidence = async (context: Context, unreadable: readonly string[]): Promise<Evidence> => {
  const settings = await context.settings();
  const candidates = accountIdsOf(settings).filter(
    (id) => id !== homeOf(settings) && !unreadable.includes(id),
  );
  let readable: string | undefined;
  let askedCount = unreadable.length - 1;
  // With --account, the others were not asked yet.
  for (const id of candidates.slice(0, mostAsked)) {
    if (readable !== undefined) break;
    askedCount += 1;
    if ((await context.unreadableBecause(id)) === undefined) readable = id;
  }
  const ledger = await context.aws.ledger(context.names.sweepFunction).catch(() => undefined);
  const reached = ledger?.kind === 'there' ? ledger.reached : undefined;
  return {
    askedCount,
    ...(readable === undefined ? {} : { readable }),
    ...(reached === undefined ? {} : { reached }),
  };
};

/** Each may take its whole deadline. */
const mostAsked = 5;

/** `failure`: why the account cannot be read; undefined if it can. */
export const checkViewer = (
  stage: string,
  accountId: string,
  failure: Failure | undefined,
  evidence: Evidence,
): Finding => {
  if (failure === undefined) return ok('You can read it.');
  const fix = `Let its administrator name your role in OperatorArns: ${memberTemplate(stage)}`;
  const permission = `You need sts:AssumeRole on it: "${rolebridge(stage, 'permissions --print doctor')}" prints that.`;
  const message = `Not checked: ${failure.message}`;
  if (!isUnexplained(failure)) return unknown(message, `${fix}\n${permission}`);
  const ruledOut = causesIn(accountId, evidence);
  return unknown(
    [message, ...ruledOut].join(' '),
    evidence.readable === undefined ? `${fix}\n${permission}` : fix,
  );
};

const isUnexplained = (failure: Failure | undefined): boolean =>
  failure instanceof PermanentError && failure.because === 'assumeUnexplained';

const causesIn = (accountId: string, { readable, askedCount, reached }: Evidence): readonly string[] => [
  ...(readable === undefined
    ? askedCount === 0
      ? []
      : ['You cannot read the others either, so your own policy may be the cause.']
    : [`You can read account ${readable}, so your own policy is not the cause.`]),
  ...(reached === undefined
    ? []
    : [
        reached.has(accountId)
          ? 'The functions have reached this account, so its stack is there: OperatorArns is empty or does not name your role.'
          : 'The functions have never reached this account, so its stack is probably missing.',
      ]),
];
