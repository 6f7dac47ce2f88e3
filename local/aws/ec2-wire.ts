import { isRecord } from './call.ts';
import { formOf, type Protocol } from './protocol.ts';
import { asTree, escapeXml, type Nested, xml } from './query-wire.ts';

export const ec2Protocol: Protocol = {
  parse: (request) => {
    const { Action = '', Version: _, ...fields } = formOf(request);
    const shaped = asShape(asTree(fields));
    return { action: Action, input: isRecord(shaped) ? shaped : {} };
  },
  answer: (action, output, requestId) => ({
    status: 200,
    headers: { ...xml, 'x-amzn-requestid': requestId },
    body: `<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>${requestId}</requestId>${toXml(output)}</${action}Response>`,
  }),
  refuse: ({ status, code, message }, requestId) => ({
    status,
    headers: { ...xml, 'x-amzn-requestid': requestId },
    body: `<Response><Errors><Error><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message></Error></Errors><RequestID>${requestId}</RequestID></Response>`,
  }),
};

/** `{Filter: {1: {Name: 'a', Value: {1: 'b'}}}}` becomes `{Filters: [{Name: 'a', Values: ['b']}]}`. */
const asShape = (value: string | Nested): unknown => {
  if (typeof value === 'string') return value;
  const names = Object.keys(value);
  if (isList(names))
    return Object.entries(value)
      .toSorted(([a], [b]) => Number(a) - Number(b))
      .map(([, item]) => asShape(item));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      typeof inner === 'string' ? name : (inputNames[name] ?? name),
      asShape(inner),
    ]),
  );
};

const isList = (names: readonly string[]): boolean =>
  names.length > 0 && names.every((name) => /^\d+$/.test(name));

/** EC2's query protocol: lists without `member`, `item` in answers, and its own names on the wire. */

const inputNames: Readonly<Record<string, string>> = {
  Filter: 'Filters',
  Value: 'Values',
  InstanceId: 'InstanceIds',
};

const toXml = (value: unknown): string => {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => `<item>${toXml(item)}</item>`).join('');
  if (!isRecord(value)) return escapeXml(String(value));
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .map(([name, inner]) => [nameOf(name, inner), toXml(inner)] as const)
    .map(([name, inner]) => `<${name}>${inner}</${name}>`)
    .join('');
};

const nameOf = (name: string, value: unknown): string =>
  // Only an instance's state has two parts; the state of its metadata options is a word.
  (isRecord(value) || Array.isArray(value) ? outputNames[name] : undefined) ??
  `${name.charAt(0).toLowerCase()}${name.slice(1)}`;

const outputNames: Readonly<Record<string, string>> = {
  Regions: 'regionInfo',
  Reservations: 'reservationSet',
  Instances: 'instancesSet',
  Groups: 'groupSet',
  Tags: 'tagSet',
  State: 'instanceState',
};
