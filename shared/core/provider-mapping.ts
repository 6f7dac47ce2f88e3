import { Environment } from '@marcbachmann/cel-js';
import { toFailure } from './errors.ts';
import type { RoleRef } from './model.ts';

/** Expressions of the Common Expression Language, by attribute: `google.subject`, `attribute.aws_role`. */
export type AttributeMapping = Readonly<Record<string, string>>;

/** AWS's description of a session, as a provider's expressions see it. */
export interface AwsAssertion {
  readonly account: string;
  readonly arn: string;
  readonly userid: string;
}

/** A session as Google maps it. */
export type MappedSession =
  | { readonly kind: 'admitted'; readonly attributes: Readonly<Record<string, string>> }
  /** The condition does not hold. */
  | { readonly kind: 'rejected'; readonly attributes: Readonly<Record<string, string>> }
  /** A part of the mapping cannot be used. */
  | { readonly kind: 'unmappable'; readonly attribute: string; readonly reason: string };

/** Google's default mapping for an AWS provider (same reference). */
export const defaultMapping: AttributeMapping = {
  'google.subject': 'assertion.arn',
  'attribute.aws_role':
    "assertion.arn.contains('assumed-role') ? assertion.arn.extract('{account_arn}assumed-role/') + 'assumed-role/' + assertion.arn.extract('assumed-role/{role_name}/') : assertion.arn",
};

/** Evaluates a provider's mapping and condition for one session, as the token exchange does. */
export const mapSession = (
  mapping: AttributeMapping,
  condition: string,
  assertion: AwsAssertion,
): MappedSession => {
  const attributes: Record<string, string> = {};
  const expressions = Object.keys(mapping).length === 0 ? defaultMapping : mapping;
  for (const [attribute, expression] of Object.entries(expressions)) {
    const mapped = mapAttribute(attribute, expression, assertion);
    if ('reason' in mapped) return { kind: 'unmappable', attribute, reason: mapped.reason };
    attributes[attribute] = mapped.value;
  }
  if (condition === '') return { kind: 'admitted', attributes };
  const scope = {
    assertion: { ...assertion },
    google: under('google.', attributes),
    attribute: under('attribute.', attributes),
  };
  try {
    return { kind: evaluate(condition, scope) === true ? 'admitted' : 'rejected', attributes };
  } catch {
    // A field is missing: for Google, such a condition is false.
    return { kind: 'rejected', attributes };
  }
};

/** https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers */
export const maxSubjectBytes = 127;

const mapAttribute = (
  attribute: string,
  expression: string,
  assertion: AwsAssertion,
): { readonly value: string } | { readonly reason: string } => {
  try {
    const value = evaluate(expression, { assertion: { ...assertion } });
    if (typeof value !== 'string') return { reason: `"${expression}" yields no text` };
    const bytes = Buffer.byteLength(value);
    if (attribute !== 'google.subject') return { value };
    if (bytes === 0) return { reason: `"${expression}" yields nothing` };
    return bytes <= maxSubjectBytes
      ? { value }
      : { reason: `"${expression}" yields ${bytes} bytes ("${value}"); Google takes ${maxSubjectBytes}` };
  } catch (thrown) {
    return { reason: toFailure(thrown).message };
  }
};

/** Google's own addition to the language: what stands between a prefix and a suffix; empty where either is missing. */
const extract = (text: string, template: string): string => {
  const [, prefix, suffix] = /^([^{}]*)\{\w+\}([^{}]*)$/.exec(template) ?? [];
  if (prefix === undefined || suffix === undefined)
    throw new Error(`the template of extract() needs exactly one {name}, and "${template}" has not`);
  const start = text.indexOf(prefix);
  if (start === -1) return '';
  const from = start + prefix.length;
  const to = suffix === '' ? text.length : text.indexOf(suffix, from);
  return to === -1 ? '' : text.slice(from, to);
};

const language = new Environment({ unlistedVariablesAreDyn: true })
  .registerFunction('string.extract(string): string', extract)
  .registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) =>
    text.replaceAll(from, to),
  );

/** The value of an expression of the Common Expression Language. Integers are BigInts. */
export const evaluate = (expression: string, variables: Readonly<Record<string, unknown>>): unknown => {
  try {
    const { google, ...others } = variables;
    return language.evaluate(withGoogleRenamed(expression), { ...others, google_: google });
  } catch (thrown) {
    const [reason] = toFailure(thrown).message.split('\n');
    throw new Error(`"${expression}" cannot be evaluated: ${reason}`, { cause: thrown });
  }
};

/**
 * To the library, `google` is the package of `google.protobuf.Timestamp`, and hides a variable of that name. Renames the
 * variable outside of quotation marks.
 */
const withGoogleRenamed = (expression: string): string =>
  expression.replaceAll(
    /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<![\w.])google(?!\w)/g,
    (_, quoted?: string) => quoted ?? 'google_',
  );

const under = (
  prefix: string,
  attributes: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    ),
  );

const withoutSession =
  "assertion.arn.extract('{account}assumed-role/') + 'assumed-role/' + assertion.arn.extract('assumed-role/{role}/')";

/**
 * The mapping that rolebridge needs. Its members name a role by its ARN without the session; the subject is the role's
 * unique id, so that no session's name, however long, makes it longer than Google takes.
 */
export const wantedMapping: AttributeMapping = {
  'google.subject': "assertion.userid.extract('{id}:')",
  'attribute.aws_role': withoutSession,
};

/** Admits the account's assumed roles: neither its users nor its root. */
export const wantedCondition = (accountId: string): string =>
  `assertion.arn.startsWith('arn:aws:sts::${accountId}:assumed-role/')`;

/** AWS's description of a role's session. */
export const assertionOf = (ref: RoleRef, roleId: string, sessionName: string): AwsAssertion => ({
  account: ref.accountId,
  arn: `arn:${ref.partition}:sts::${ref.accountId}:assumed-role/${ref.roleName}/${sessionName}`,
  userid: `${roleId}:${sessionName}`,
});

/** Sessions as AWS's services name them, each at its longest (IAM takes 64 characters). */
export const typicalSessions = [
  { service: 'EC2', sessionName: 'i-0123456789abcdef0' },
  { service: 'Lambda', sessionName: 'f'.repeat(64) },
  { service: 'ECS', sessionName: '0123456789abcdef0123456789abcdef' },
  { service: 'EKS', sessionName: `eks-${'c'.repeat(23)}-${'0'.repeat(36)}` },
] as const;
