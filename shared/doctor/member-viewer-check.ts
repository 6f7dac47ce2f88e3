import pMap from 'p-map';
import { type AccountFinding, accountConcurrency, summarizeAccounts } from './account-findings.ts';
import type { Check } from './check.ts';
import { memberTemplate } from './commands.ts';
import type { Context } from './context.ts';
import { type Finding, ok, unknown } from './finding.ts';
import { memberCheck } from './member-check.ts';

/** The role through which people read an account. An account without it is a blind spot of every command. */
export const memberViewerCheck = (context: Context): Check =>
  memberCheck('member-viewer', 'Viewer roles', 'sts:AssumeRole on the viewer roles, iam:GetRole', async () =>
    summarizeAccounts(context.stage, await readViewers(context), 'you can read them.'),
  );

const readViewers = async (context: Context): Promise<readonly AccountFinding[]> =>
  pMap(
    await context.memberIds(),
    async (accountId) => {
      const reason = await context.unreadableBecause(accountId);
      return { accountId, finding: checkViewer(context.stage, reason) };
    },
    { concurrency: accountConcurrency },
  );

/** `reason`: why the account cannot be read; undefined if it can. */
export const checkViewer = (stage: string, reason: string | undefined): Finding =>
  reason === undefined
    ? ok('You can read it.')
    : unknown(
        `Not checked: ${reason}`,
        `Let its administrator name your role in OperatorArns: ${memberTemplate(stage)}\n` +
          'You need sts:AssumeRole on it: "rolebridge permissions --print doctor" prints that.',
      );
