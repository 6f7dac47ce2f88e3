import { AwsError, type Input, isRecord, text } from './call.ts';
import { compilePattern } from './event-pattern.ts';
import { invalidPattern } from './invalid-pattern.ts';

/** AWS documents `resources` as mandatory too, but does not require it: https://github.com/localstack/localstack/pull/11994 */
const mandatory = ['id', 'account', 'source', 'time', 'region', 'detail-type'];

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html */
export const testEventPattern = (input: Input): unknown => {
  const event = parseJson(text(input, 'Event'));
  if (!isRecord(event) || mandatory.some((field) => event[field] === undefined))
    throw new AwsError('ValidationException', 'Parameter Event is not valid.');
  const pattern = parseJson(text(input, 'EventPattern'));
  if (pattern === undefined) throw invalidPattern('Filter is not an object');
  return { Result: compilePattern(pattern)(event) };
};

const parseJson = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
};
