import { FilterLogEventsCommand, ResourceNotFoundException } from '@aws-sdk/client-cloudwatch-logs';
import { RetryableError } from '../../../core/errors.ts';
import type { AwsView, LogLine } from '../../../doctor/ports.ts';
import { tried } from '../failure.ts';
import type { ViewClients } from './clients.ts';

/** Matches errors of the code, of Lambda, and of the sign-in to Google. */
const pattern = '?ERROR ?"Task timed out" ?"Runtime exited" ?"could not sign in to Google"';

/** CloudWatch searches a limited amount of log per page, so an empty page may be followed by others. */
const maxPages = 30;
const maxLines = 200;

export const functionLogsView =
  ({ logs }: ViewClients, abortSignal: AbortSignal): AwsView['failures'] =>
  (functionName, since) =>
    tried(`reading the log of ${functionName}`, async () => {
      const lines: LogLine[] = [];
      let token: string | undefined;
      for (let page = 0; page === 0 || (token !== undefined && page < maxPages); page += 1)
        try {
          const { events = [], nextToken } = await logs.send(
            new FilterLogEventsCommand({
              logGroupName: `/aws/lambda/${functionName}`,
              startTime: since.getTime(),
              filterPattern: pattern,
              nextToken: token,
            }),
            { abortSignal },
          );
          for (const { timestamp = 0, message = '' } of events)
            lines.push({ functionName, at: new Date(timestamp).toISOString(), text: message });
          token = nextToken;
        } catch (thrown) {
          // The function has never logged anything.
          if (thrown instanceof ResourceNotFoundException) return [];
          throw thrown;
        }
      // A line is a finding wherever it stands; no line in a part of the log says nothing about the rest.
      if (token !== undefined && lines.length === 0)
        throw new RetryableError(
          `CloudWatch Logs did not search the whole log of ${functionName} in ${maxPages} pages, and found no error so far.`,
        );
      return lines.slice(-maxLines);
    });
