import { type Input, isRecord } from './call.ts';
import { formOf, type Protocol, senderOf } from './protocol.ts';

/** The query protocol of IAM, STS and CloudFormation: flat forms in, XML out. */

export type Nested = { [name: string]: string | Nested };

/** `Tags.member.1.Key=a` becomes `{Tags: [{Key: 'a'}]}`; input in this shape stays unchanged. */
export const fromQuery = (input: Input): Input => {
  const isFlat = ([name, value]: readonly [string, unknown]) =>
    name.includes('.') && typeof value === 'string';
  const flat = Object.entries(input).filter(isFlat);
  const shaped = asShape(asTree(Object.fromEntries(flat)));
  const others = Object.entries(input).filter((entry) => !isFlat(entry));
  return { ...Object.fromEntries(others), ...(isRecord(shaped) ? shaped : {}) };
};

/** `{member: {1: a, 2: b}}` is a list. */
const asShape = (value: string | Nested): unknown => {
  if (typeof value === 'string') return value;
  const { member } = value;
  if (typeof member === 'object')
    return Object.entries(member)
      .toSorted(([a], [b]) => Number(a) - Number(b))
      .map(([, item]) => asShape(item));
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, asShape(inner)]));
};

/** `{'a.b': 'x'}` becomes `{a: {b: 'x'}}`. */
export const asTree = (input: Input): Nested => {
  const tree: Nested = {};
  for (const [name, value] of Object.entries(input)) {
    const steps = name.split('.');
    const last = steps.pop() ?? '';
    let at = tree;
    for (const step of steps) {
      const inner = at[step];
      at = typeof inner === 'object' ? inner : (at[step] = {});
    }
    at[last] = String(value);
  }
  return tree;
};

export const escapeXml = (value: string): string =>
  value.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** A shape as XML elements; undefined fields are left out. */
export const toXml = (value: unknown): string => {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => `<member>${toXml(item)}</member>`).join('');
  if (isRecord(value))
    return Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([name, inner]) => `<${name}>${toXml(inner)}</${name}>`)
      .join('');
  return escapeXml(String(value));
};

export const xml = { 'content-type': 'text/xml' };

export const queryProtocol: Protocol = {
  parse: (request) => {
    const { Action = '', Version: _, ...input } = formOf(request);
    return { action: Action, input: fromQuery(input) };
  },
  answer: (action, output, requestId) => ({
    status: 200,
    headers: { ...xml, 'x-amzn-requestid': requestId },
    body: `<${action}Response><${action}Result>${toXml(output)}</${action}Result><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${action}Response>`,
  }),
  refuse: (error, requestId) => ({
    status: error.status,
    headers: { ...xml, 'x-amzn-requestid': requestId },
    body: `<ErrorResponse><Error><Type>${senderOf(error)}</Type><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
  }),
};
