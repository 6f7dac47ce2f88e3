import type { HttpRequest } from '../http.ts';
import { AwsError, type Input, isRecord } from './call.ts';
import { jsonInput } from './json-wire.ts';
import type { Protocol } from './protocol.ts';

export interface RestOperation {
  readonly action: string;
  readonly method: string;
  /** `/2015-03-31/functions/{FunctionName}/configuration` */
  readonly path: string;
  readonly inputHeaders?: HeaderOfField;
  readonly outputHeaders?: HeaderOfField;
  /** The field that is the raw body of request and answer. @default none (the body is a JSON object) */
  readonly payload?: string;
  /** The field that is the HTTP status of the answer. @default none (200) */
  readonly status?: string;
}

/** Lambda's protocol: JSON, with the operation in path and method. */

type HeaderOfField = Readonly<Record<string, string>>;

const none: RestOperation = { action: '', method: '', path: '' };

export const restProtocol = (service: string, operations: readonly RestOperation[]): Protocol => ({
  parse: (request) => {
    for (const operation of operations) {
      const fields = fieldsIn(operation.path, request.url.pathname);
      if (fields !== undefined && operation.method === request.method)
        return { action: operation.action, input: { ...inputOf(operation, request), ...fields } };
    }
    throw new AwsError(
      'UnknownOperationException',
      `The stand-in does not know ${service}: ${request.method} ${request.url.pathname}.`,
      404,
    );
  },
  answer: (action, output, requestId) => {
    const {
      outputHeaders = {},
      payload,
      status,
    } = operations.find((operation) => operation.action === action) ?? none;
    const fields = isRecord(output) ? output : {};
    const headers = Object.entries(outputHeaders)
      .filter(([field]) => fields[field] !== undefined)
      .map(([field, header]) => [header, String(fields[field])] as const);
    return {
      status: status === undefined ? 200 : Number(fields[status]),
      headers: {
        'content-type': 'application/json',
        'x-amzn-requestid': requestId,
        ...Object.fromEntries(headers),
      },
      body: payload === undefined ? JSON.stringify(output) : String(fields[payload] ?? ''),
    };
  },
  refuse: ({ status, code, message }, requestId) => ({
    status,
    headers: {
      'content-type': 'application/json',
      'x-amzn-requestid': requestId,
      'x-amzn-errortype': code,
    },
    // Lambda's errors differ in this field's spelling.
    body: JSON.stringify({ Type: status < 500 ? 'User' : 'Service', Message: message, message }),
  }),
});

const fieldsIn = (template: string, path: string): Input | undefined => {
  const pattern = new RegExp(`^${escaped(template).replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}/?$`);
  const found = pattern.exec(path);
  if (found === null) return undefined;
  const fields = Object.entries(found.groups ?? {});
  return Object.fromEntries(fields.map(([name, value]) => [name, decodeURIComponent(value)]));
};

const escaped = (text: string): string => text.replaceAll(/[.*+?^$()[\]\\|]/g, String.raw`\$&`);

const inputOf = (
  { payload, inputHeaders = {} }: RestOperation,
  { url, headers, body }: HttpRequest,
): Input => ({
  ...Object.fromEntries(url.searchParams),
  ...present(
    Object.fromEntries(Object.entries(inputHeaders).map(([field, header]) => [field, headers[header]])),
  ),
  ...bodyFields(payload, body),
});

const present = (fields: Input): Input =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const bodyFields = (payload: string | undefined, body: string): Input => {
  if (payload === undefined) return jsonInput(body);
  return body === '' ? {} : { [payload]: body };
};
