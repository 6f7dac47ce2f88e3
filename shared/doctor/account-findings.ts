import pMap from 'p-map';
import { toFailure } from '../core/errors.ts';
import { counted } from '../counted.ts';
import { rolebridge } from './commands.ts';
import type { Context } from './context.ts';
import { type Finding, listed, ok, type Status, unknown } from './finding.ts';
import type { MemberView } from './ports.ts';

/** One AWS account other than the home account. */
export interface MemberAccount {
  readonly accountId: string;
  readonly view: MemberView;
}

export interface AccountFinding {
  readonly accountId: string;
  readonly finding: Finding;
}

/** Runs one check in every member account that can be read. The check of the viewer roles reports the others. */
export const checkAccounts = async (
  context: Context,
  run: (account: MemberAccount) => Promise<Finding>,
): Promise<readonly AccountFinding[]> => {
  const found = await pMap(
    await context.memberIds(),
    async (accountId): Promise<AccountFinding | undefined> => {
      try {
        if ((await context.unreadableBecause(accountId)) !== undefined) return undefined;
        return { accountId, finding: await run({ accountId, view: await context.member(accountId) }) };
      } catch (thrown) {
        return { accountId, finding: unknown(`Not checked: ${toFailure(thrown).message}`) };
      }
    },
    { concurrency: accountConcurrency },
  );
  return found.filter((one) => one !== undefined);
};

/** Accounts that are read at the same time. */
export const accountConcurrency = 8;

/** One finding for all accounts: those with the same problem stand together, and only the problems are listed. */
export const summarizeAccounts = (stage: string, found: readonly AccountFinding[], fine: string): Finding => {
  const [first] = found;
  if (first === undefined) return unknown('Not checked: no other account can be read, see "Viewer roles".');
  const bad = found.filter(({ finding }) => finding.status !== 'ok');
  const goodCount = found.length - bad.length;
  if (bad.length === 0) return ok(`${accountsText(found)}: ${fine}`);
  const groups = [...Map.groupBy(bad, ({ finding }) => finding.message)]
    .map(([message, same]) => ({ message, same }))
    .toSorted((a, b) => b.same.length - a.same.length);
  const shown = groups.slice(0, maxGroups);
  const lines = [
    ...(goodCount === 0 ? [] : [`${goodCount} of ${counted(found.length, 'account')} pass; these do not:`]),
    ...shown.map(({ message, same }) => `${namesText(same)}: ${message}`),
    ...(groups.length > shown.length ? [`${groups.length - shown.length} more problems`] : []),
  ];
  const fixes = [
    ...new Set(shown.flatMap(({ same }) => same.slice(0, 1).flatMap(({ finding }) => fixOf(finding)))),
    ...(bad.length > 1 ? [`One account alone: ${rolebridge(stage, 'doctor --account ID')}`] : []),
  ];
  const message = lines.join('\n');
  const fix = fixes.join('\n');
  const status = worst(bad.map(({ finding }) => finding.status));
  return status === 'unknown' ? unknown(message, fix) : { status, message, fix };
};

/** Beyond these, no one reads a list. */
const maxGroups = 10;

const accountsText = (found: readonly AccountFinding[]): string =>
  found.length > 5 ? `${found.length} accounts` : namesText(found);

const namesText = (found: readonly AccountFinding[]): string =>
  listed(found.map(({ accountId }) => accountId));

const fixOf = (finding: Finding): readonly string[] =>
  finding.status === 'ok' || finding.fix === undefined ? [] : [finding.fix];

const worst = (statuses: readonly Status[]): Exclude<Status, 'ok'> =>
  (['failed', 'unknown'] as const).find((status) => statuses.includes(status)) ?? 'warning';
