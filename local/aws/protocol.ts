import type { HttpAnswer, HttpRequest } from '../http.ts';
import type { AwsError, Input } from './call.ts';

export interface ParsedCall {
  readonly action: string;
  readonly input: Input;
}

/** A service's protocol. Inputs and outputs are in the SDK's spelling. */
export interface Protocol {
  /** @throws AwsError if the request does not use this protocol */
  readonly parse: (request: HttpRequest) => ParsedCall;
  readonly answer: (action: string, output: unknown, requestId: string) => HttpAnswer;
  readonly refuse: (error: AwsError, requestId: string) => HttpAnswer;
}

/** The fields of the query protocols, from the URL and the body. */
export const formOf = ({ url, body }: HttpRequest): Readonly<Record<string, string>> =>
  Object.fromEntries([...url.searchParams, ...new URLSearchParams(body)]);

export const isForm = ({ headers }: HttpRequest): boolean =>
  (headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');

/** AWS's name for the side that caused an error. */
export const senderOf = ({ status }: AwsError): 'Sender' | 'Receiver' =>
  status < 500 ? 'Sender' : 'Receiver';
