import * as v from 'valibot';
import { invalid } from './errors.ts';
import { type Fields, fieldsOf } from './method.ts';
import type { LocalPolicy } from './policies.ts';

/** The policy in a setIamPolicy request. @throws GoogleError if a field is unknown or has the wrong type. */
export const policyOf = (body: Fields): LocalPolicy => {
  const unknown = Object.keys(body).find((name) => name !== 'policy' && name !== 'updateMask');
  if (unknown !== undefined)
    throw invalid(`Invalid JSON payload received. Unknown name "${unknown}": Cannot find field.`);
  if (body['policy'] === undefined) throw invalid('The policy must be set.');
  return policyIn(body['policy'], 'policy.');
};

/** A policy in a request. @throws GoogleError if a field has the wrong type. */
export const policyIn = (value: unknown, at = ''): LocalPolicy => {
  const parsed = v.safeParse(policySchema, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw invalid(`Invalid value at '${at}${v.getDotPath(issue) ?? ''}': ${issue.message}`);
};

const conditionSchema = v.looseObject({
  title: v.exactOptional(v.string()),
  expression: v.exactOptional(v.string()),
  description: v.exactOptional(v.string()),
});

/** Loose, because Google knows fields that its clients may not know. */
const policySchema = v.looseObject({
  version: v.exactOptional(v.number()),
  etag: v.exactOptional(v.string()),
  bindings: v.exactOptional(
    v.array(
      v.looseObject({
        role: v.exactOptional(v.string(), ''),
        members: v.exactOptional(v.array(v.string()), []),
        condition: v.exactOptional(conditionSchema),
      }),
    ),
  ),
});

/** The version that a getIamPolicy request asks for, in the query (IAM) or in the body (Resource Manager). @default 0 */
export const requestedVersion = (query: URLSearchParams, body: Fields): number =>
  Number(
    query.get('options.requestedPolicyVersion') ?? fieldsOf(body['options'])['requestedPolicyVersion'] ?? 0,
  );
