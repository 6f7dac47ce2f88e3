import { FilterLogEventsCommand, ResourceNotFoundException } from '@aws-sdk/client-cloudwatch-logs';
import { RetryableError } from '../../../core/errors.ts';
import type { AwsView, LogLine, LogSearch } from '../../../doctor/ports.ts';
import { itemsOf } from '../../items.ts';
import { isAwsException, tried } from '../failure.ts';
import type { ViewClients } from './clients.ts';

type FunctionLogsView = Pick<AwsView, 'failures' | 'unlistedEvents'>;

/** Reads the functions' logs with the caller's own credentials. */
export const functionLogsView = (clients: ViewClients, abortSignal: AbortSignal): FunctionLogsView => ({
  failures: async (functionName, since) => {
    const query = { functionName, since, pattern: failurePattern };
    const { lines, isComplete } = await searchLog(clients, query, abortSignal);
    assertSearched(functionName, lines, isComplete);
    return lines.slice(-maxFailures);
  },
  unlistedEvents: async (functionName, since) => {
    const query = { functionName, since, pattern: unlistedPattern };
    const found = await searchLog(clients, query, abortSignal);
    assertSearched(functionName, found.lines, found.isComplete);
    return found;
  },
});

/** Matches errors of the code, of Lambda, and of the sign-in to Google. */
const failurePattern = '?ERROR ?"Task timed out" ?"Runtime exited" ?"could not sign in to Google"';
const maxFailures = 200;

/** The function logs this field for each event of an account that its settings do not list (handlers/reconcile.ts). */
const unlistedPattern = '{ $.unlistedSender = "*" }';

interface LogQuery {
  readonly functionName: string;
  readonly since: Date;
  readonly pattern: string;
}

const searchLog = (
  { logs }: ViewClients,
  { functionName, since, pattern }: LogQuery,
  abortSignal: AbortSignal,
): Promise<LogSearch> =>
  tried(`reading the log of ${functionName}`, async () => {
    const lines: LogLine[] = [];
    let token: string | undefined;
    for (let page = 0; page === 0 || (token !== undefined && page < maxPages); page += 1)
      try {
        const { events, nextToken } = await logs.send(
          new FilterLogEventsCommand({
            logGroupName: `/aws/lambda/${functionName}`,
            startTime: since.getTime(),
            filterPattern: pattern,
            nextToken: token,
          }),
          { abortSignal },
        );
        for (const { timestamp = 0, message } of itemsOf('the lines of a log', events, ['message']))
          lines.push({ functionName, at: new Date(timestamp).toISOString(), text: message });
        token = nextToken;
      } catch (thrown) {
        // The function has never logged anything.
        if (isAwsException(thrown, ResourceNotFoundException)) return { lines: [], isComplete: true };
        throw thrown;
      }
    return { lines, isComplete: token === undefined };
  });

/** CloudWatch searches a limited amount of log per page, so an empty page may be followed by others. */
const maxPages = 30;

/** A line is a finding wherever it stands; no line in a part of the log says nothing about the rest. */
const assertSearched = (functionName: string, lines: readonly LogLine[], isComplete: boolean): void => {
  if (!isComplete && lines.length === 0)
    throw new RetryableError(
      `CloudWatch Logs did not search the whole log of ${functionName} in ${maxPages} pages, and found nothing so far.`,
    );
};
