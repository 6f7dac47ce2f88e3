import type { HttpAnswer, HttpRequest } from '../http.ts';
import { type AwsError, type Input, isRecord } from './call.ts';
import { escapeXml, fromQuery, toXml } from './query-wire.ts';

/** How a service speaks: the query protocol, or JSON with the action in a header. */

const queryServices = new Set(['iam', 'sts', 'cloudformation']);
/** SQS spoke the query protocol once; the SDKs still go by the error codes of that time. */
const sqsQueryCodes: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
};
const xml = { 'content-type': 'text/xml' };

export interface ParsedCall {
  readonly action: string;
  readonly input: Input;
}

export const parseCall = (service: string, { url, body, headers }: HttpRequest): ParsedCall => {
  if (queryServices.has(service)) {
    const {
      Action,
      Version: _,
      ...input
    } = fromQuery(Object.fromEntries([...url.searchParams, ...new URLSearchParams(body)]));
    return { action: String(Action), input };
  }
  const target = headers['x-amz-target'] ?? '';
  const input: unknown = JSON.parse(body || '{}');
  return { action: target.slice(target.lastIndexOf('.') + 1), input: isRecord(input) ? input : {} };
};

export const outputAnswer = (
  service: string,
  action: string,
  output: unknown,
  requestId: string,
): HttpAnswer =>
  queryServices.has(service)
    ? {
        status: 200,
        headers: xml,
        body: `<${action}Response><${action}Result>${toXml(output)}</${action}Result><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${action}Response>`,
      }
    : {
        status: 200,
        headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': requestId },
        body: JSON.stringify(output),
      };

export const errorAnswer = (
  service: string,
  { code, message, status }: AwsError,
  requestId: string,
): HttpAnswer => {
  const type = status < 500 ? 'Sender' : 'Receiver';
  if (queryServices.has(service))
    return {
      status,
      headers: xml,
      body: `<ErrorResponse><Error><Type>${type}</Type><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
    };
  return {
    status,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-requestid': requestId,
      'x-amzn-errortype': code,
      ...(service === 'sqs' ? { 'x-amzn-query-error': `${sqsQueryCodes[code] ?? code};${type}` } : {}),
    },
    body: JSON.stringify({ __type: code, message }),
  };
};
