import { FilterLogEventsCommand, ResourceNotFoundException } from '@aws-sdk/client-cloudwatch-logs';
import type { AwsView, LogLine } from '../../../doctor/ports.ts';
import { tried } from '../failure.ts';
import type { ViewClients } from './clients.ts';

/** Errors of the code, of Lambda, and of Google's door. */
const pattern = '?ERROR ?"Task timed out" ?"Runtime exited" ?"could not sign in to Google"';

/** A page may be empty and others follow: CloudWatch looks through so much at a time. */
const mostPages = 30;
const mostLines = 200;

export const functionLogsView =
  ({ logs }: ViewClients, abortSignal: AbortSignal): AwsView['failures'] =>
  (functionName, since) =>
    tried(`reading the log of ${functionName}`, async () => {
      const lines: LogLine[] = [];
      let token: string | undefined;
      for (let page = 0; page === 0 || (token !== undefined && page < mostPages); page += 1)
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
          // Nothing was ever logged.
          if (thrown instanceof ResourceNotFoundException) return [];
          throw thrown;
        }
      return lines.slice(-mostLines);
    });
