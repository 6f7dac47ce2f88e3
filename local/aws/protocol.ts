import type { HttpAnswer, HttpRequest } from '../http.ts';
import type { AwsError, Input } from './call.ts';

export interface ParsedCall {
  readonly action: string;
  readonly input: Input;
}

/** How a service is spoken to; input and output are as the SDK spells them. */
export interface Protocol {
  /** @throws AwsError of a request that is not of this protocol */
  readonly parse: (request: HttpRequest) => ParsedCall;
  readonly answer: (action: string, output: unknown, requestId: string) => HttpAnswer;
  readonly refuse: (error: AwsError, requestId: string) => HttpAnswer;
}

/** The fields of the query protocols: in the address and in the body. */
export const formOf = ({ url, body }: HttpRequest): Readonly<Record<string, string>> =>
  Object.fromEntries([...url.searchParams, ...new URLSearchParams(body)]);

export const isForm = ({ headers }: HttpRequest): boolean =>
  (headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');

/** Whose fault an error is, in AWS's words. */
export const senderOf = ({ status }: AwsError): 'Sender' | 'Receiver' =>
  status < 500 ? 'Sender' : 'Receiver';
