import { isRecord, parseJson } from '../core/json.ts';
import { accountIdsOf } from '../core/settings.ts';
import { forwardRule, stackRegion } from '../core/stack.ts';
import { counted } from '../counted.ts';
import type { Check } from './check.ts';
import { deploy, rolebridge } from './commands.ts';
import type { Context } from './context.ts';
import { type Finding, ok, warning } from './finding.ts';
import type { LogSearch } from './ports.ts';
import { stackCheck } from './stack-check.ts';

/**
 * Accounts that send role events although rolebridge.yml does not list them. The function's log names each sender. The
 * metric UnlistedSenders only counts, because any account of the organization may send: a dimension for each would have no limit.
 */
export const unlistedSendersCheck = (context: Context): Check =>
  stackCheck('unlisted-senders', 'Senders that are not listed', 'logs:FilterLogEvents', async () => {
    const { aws, names, now, stage } = context;
    const since = new Date(now.getTime() - dayMilliseconds);
    const search = await aws.unlistedEvents(names.reconcileFunction, since);
    return checkUnlistedSenders(stage, accountIdsOf(await context.settings()), search);
  });

const dayMilliseconds = 24 * 60 * 60 * 1000;

export const checkUnlistedSenders = (
  stage: string,
  listedIds: readonly string[],
  { lines, isComplete }: LogSearch,
): Finding => {
  const senders = sendersIn(lines);
  const unlisted = senders.filter(({ accountId }) => !listedIds.includes(accountId));
  if (unlisted.length > 0)
    return warning(
      [
        `${counted(unlisted.length, 'account')} sent role events within 24 hours that rolebridge ignored, because rolebridge.yml does not list the sender:`,
        ...unlisted.slice(0, maxSenders).map((sender) => senderLine(sender, isComplete)),
        ...(unlisted.length > maxSenders ? [`${unlisted.length - maxSenders} more accounts`] : []),
      ].join('\n'),
      `If an account should use rolebridge, add it: ${rolebridge(stage, 'accounts --write')}, then ${rolebridge(stage, 'setup --only-providers')} and ${deploy(stage)}\n` +
        `If not, remove the member template there, or at least its rule, with credentials of that account: aws events disable-rule --name ${forwardRule(stage)} --region ${stackRegion}`,
    );
  return ok(
    'No account that rolebridge.yml does not list sent a role event within 24 hours.',
    senders.length === 0
      ? undefined
      : `Events of ${counted(senders.length, 'account')} were ignored until ${latestOf(senders)}, and rolebridge.yml lists them now. If you have not deployed since: ${deploy(stage)}`,
  );
};

interface Sender {
  readonly accountId: string;
  readonly count: number;
  /** ISO 8601 */
  readonly first: string;
  readonly last: string;
}

/** The accounts with the most events come first. */
const sendersIn = (lines: LogSearch['lines']): readonly Sender[] => {
  const sent = lines.flatMap(({ at, text }) => {
    const accountId = senderOf(text);
    return accountId === undefined ? [] : [{ accountId, at }];
  });
  return [...Map.groupBy(sent, ({ accountId }) => accountId)]
    .map(([accountId, events]) => {
      const times = events.map(({ at }) => at).toSorted();
      return { accountId, count: times.length, first: times[0] ?? '', last: times.at(-1) ?? '' };
    })
    .toSorted((a, b) => b.count - a.count || (a.accountId < b.accountId ? -1 : 1));
};

/** Other texts than an account's id are not shown: any account of the organization can cause a line. */
const senderOf = (text: string): string | undefined => {
  const line = parseJson(text);
  const sender = isRecord(line) ? line['unlistedSender'] : undefined;
  return typeof sender === 'string' && /^\d{12}$/.test(sender) ? sender : undefined;
};

const senderLine = ({ accountId, count, first, last }: Sender, isComplete: boolean): string =>
  `${accountId}: ${isComplete ? '' : 'at least '}${counted(count, 'event')}, ${count === 1 ? `at ${first}` : `the first at ${first}, the last at ${last}`}`;

const maxSenders = 10;

const latestOf = (senders: readonly Sender[]): string =>
  senders
    .map(({ last }) => last)
    .toSorted()
    .at(-1) ?? '';
