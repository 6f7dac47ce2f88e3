import { AwsError, type Input, isRecord } from './call.ts';
import { type Protocol, senderOf } from './protocol.ts';

export const jsonProtocol = (service: string): Protocol => ({
  parse: ({ headers, body }) => {
    const target = headers['x-amz-target'] ?? '';
    return { action: target.slice(target.lastIndexOf('.') + 1), input: jsonInput(body) };
  },
  answer: (_, output, requestId) => ({
    status: 200,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': requestId },
    body: JSON.stringify(output),
  }),
  refuse: (error, requestId) => ({
    status: error.status,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-requestid': requestId,
      'x-amzn-errortype': error.code,
      ...(service === 'sqs'
        ? { 'x-amzn-query-error': `${sqsQueryCodes[error.code] ?? error.code};${senderOf(error)}` }
        : {}),
    },
    body: JSON.stringify({ __type: error.code, message: error.message }),
  }),
});

/** The fields of a JSON body, which may be empty. */
export const jsonInput = (body: string): Input => {
  try {
    const input: unknown = JSON.parse(body || '{}');
    return isRecord(input) ? input : {};
  } catch {
    // For example an old client's form: SQS still accepts that protocol, the stand-in does not.
    throw new AwsError('SerializationException', 'The stand-in accepts only JSON here.');
  }
};

/** AWS's JSON protocol: the action is in a header. */

/** SQS used the query protocol once, and the SDKs still read the error codes of that protocol. */
const sqsQueryCodes: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  PurgeQueueInProgress: 'AWS.SimpleQueueService.PurgeQueueInProgress',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
};
