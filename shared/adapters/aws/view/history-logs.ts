import {
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  type FilterLogEventsCommandOutput,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs';
import { PermanentError } from '../../../core/errors.ts';
import type { FunctionLogs, LoggedLine, LogSearch } from '../../../history/ports.ts';
import { itemsOf } from '../../items.ts';
import { isAwsException } from '../failure.ts';
import { pagesOf } from '../pages-of.ts';
import type { ViewClients } from './clients.ts';

/** CloudWatch Logs searches about 1 MB of log per page: half a gigabyte, in a few minutes. */
const maxPages = 500;
const maxLines = 20_000;
/** In memory. One outcome takes up to 256 KB. */
const maxBytes = 64 * 1024 * 1024;

/** Reads the logs of the functions with the caller's own credentials. */
export const historyLogs = ({ logs }: Pick<ViewClients, 'logs'>, abortSignal: AbortSignal): FunctionLogs => ({
  extent: async (functionName) => {
    const name = groupName(functionName);
    const pages = pagesOf(`reading the log group ${name}`, {
      read: (nextToken) =>
        logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name, nextToken }), { abortSignal }),
      nextOf: ({ nextToken }) => nextToken,
    });
    for await (const { logGroups } of pages) {
      const group = itemsOf('the log groups', logGroups, ['logGroupName']).find(
        ({ logGroupName }) => logGroupName === name,
      );
      if (group !== undefined)
        return {
          createdAt: new Date(group.creationTime ?? 0).toISOString(),
          ...(group.retentionInDays === undefined ? {} : { retentionDays: group.retentionInDays }),
        };
    }
    return undefined;
  },
  search: async (functionName, { pattern, since, until }) => {
    const pages = pagesOf(`searching the log of ${functionName}`, {
      read: (nextToken) =>
        logs.send(
          new FilterLogEventsCommand({
            logGroupName: groupName(functionName),
            filterPattern: pattern,
            startTime: since.getTime(),
            endTime: until?.getTime(),
            nextToken,
          }),
          { abortSignal },
        ),
      nextOf: ({ nextToken }) => nextToken,
    });
    try {
      return await collected(pages, since);
    } catch (thrown) {
      if (thrown instanceof Error && isAwsException(thrown.cause, ResourceNotFoundException))
        throw new PermanentError(`The log group ${groupName(functionName)} was deleted.`, { cause: thrown });
      throw thrown;
    }
  },
});

const groupName = (functionName: string): string => `/aws/lambda/${functionName}`;

/** A page with no lines may be followed by others. CloudWatch returns the oldest lines first. */
const collected = async (
  pages: AsyncIterable<FilterLogEventsCommandOutput>,
  since: Date,
): Promise<LogSearch> => {
  const lines: LoggedLine[] = [];
  let [count, bytes] = [0, 0];
  for await (const { events, nextToken } of pages) {
    count += 1;
    for (const { eventId = '', timestamp = 0, message } of itemsOf('the lines of a log', events, [
      'message',
    ])) {
      lines.push({ eventId, at: new Date(timestamp).toISOString(), text: message });
      bytes += message.length;
    }
    const limit = limitOf(count, lines.length, bytes);
    if (limit !== undefined && nextToken !== undefined)
      return {
        lines,
        cut: {
          after: lines.at(-1)?.at ?? since.toISOString(),
          reason: `The search ended after ${limit}. Ask for a shorter period with --since and --until.`,
        },
      };
  }
  return { lines };
};

const limitOf = (pages: number, lines: number, bytes: number): string | undefined => {
  if (pages >= maxPages) return `${maxPages} pages`;
  if (lines >= maxLines) return `${maxLines} lines`;
  return bytes >= maxBytes ? `${maxBytes / 1024 / 1024} MB` : undefined;
};
