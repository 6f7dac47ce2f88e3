import * as v from 'valibot';
import { globsMeet, patternCovers } from '../core/glob.ts';
import type { Condition, Statement } from './policy.ts';

/** Permissions that the roles would lose under a boundary: `ssm:PutParameter on arn:aws:ssm:…`. */
export interface BoundaryGaps {
  /** The boundary does not allow it, or denies it. */
  readonly missing: readonly string[];
  /** It depends on a condition or a policy variable, which we do not evaluate. */
  readonly undecided: readonly string[];
}

/**
 * Compares a permissions boundary with the permissions that the functions' roles need (boundaryStatements). It is a comparison of
 * texts, not an evaluation: it may report a gap where none is, but it reports every gap.
 * @param document the JSON of the policy version in effect
 */
export const boundaryGaps = (document: unknown, needed: readonly Statement[]): BoundaryGaps => {
  const parsed = v.safeParse(policy, document);
  if (!parsed.success)
    return { missing: ['everything: the boundary is not a policy document'], undecided: [] };
  const statements = parsed.output.Statement;
  const missing = new Set<string>();
  const undecided = new Set<string>();
  for (const { Action, Resource, Condition } of needed)
    for (const action of Action)
      for (const resource of Resource) {
        const verdict = verdictOn({ action, resource, condition: Condition }, statements);
        if (verdict === 'missing') missing.add(`${action} on ${resource}`);
        if (verdict === 'undecided') undecided.add(`${action} on ${resource}`);
      }
  return { missing: [...missing], undecided: [...undecided] };
};

const texts = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((value): readonly string[] => (typeof value === 'string' ? [value] : value)),
);
const statement = v.object({
  Effect: v.picklist(['Allow', 'Deny']),
  Action: v.exactOptional(texts),
  NotAction: v.exactOptional(texts),
  Resource: v.exactOptional(texts),
  NotResource: v.exactOptional(texts),
  Condition: v.exactOptional(v.record(v.string(), v.record(v.string(), v.unknown()))),
});
const policy = v.object({
  Statement: v.pipe(
    v.union([statement, v.array(statement)]),
    v.transform((value): readonly BoundaryStatement[] => (Array.isArray(value) ? value : [value])),
  ),
});
type BoundaryStatement = v.InferOutput<typeof statement>;

interface Need {
  readonly action: string;
  readonly resource: string;
  readonly condition: Condition | undefined;
}

type Verdict = 'allowed' | 'undecided' | 'missing';

const verdictOn = (need: Need, statements: readonly BoundaryStatement[]): Verdict => {
  const grants = new Set(statements.map((one) => (one.Effect === 'Allow' ? grant(one, need) : 'missing')));
  const denials = new Set(statements.map((one) => (one.Effect === 'Deny' ? denial(one, need) : 'allowed')));
  if (denials.has('missing')) return 'missing';
  if (!grants.has('allowed')) return grants.has('undecided') ? 'undecided' : 'missing';
  return denials.has('undecided') ? 'undecided' : 'allowed';
};

/** Judges one Allow statement for itself. */
const grant = (one: BoundaryStatement, { action, resource, condition }: Need): Verdict => {
  if (!matchesAction(one, action)) return 'missing';
  const covers = (pattern: string): boolean => patternCovers(pattern, resource);
  const isCovered =
    one.NotResource === undefined
      ? (one.Resource ?? []).some(covers)
      : !one.NotResource.some((pattern) => meets(pattern, resource));
  if (isCovered) return hasSameCondition(one, condition) ? 'allowed' : 'undecided';
  return (one.Resource ?? []).some((pattern) => covers(anyValue(pattern))) ? 'undecided' : 'missing';
};

/** Judges one Deny statement for itself. Under a condition it may or may not apply. */
const denial = (one: BoundaryStatement, { action, resource }: Need): Verdict => {
  if (!matchesAction(one, action)) return 'allowed';
  const { Resource = [], NotResource, Condition } = one;
  const isApart =
    NotResource === undefined
      ? !Resource.some((pattern) => meets(pattern, resource))
      : NotResource.some((pattern) => patternCovers(pattern, resource));
  if (isApart) return 'allowed';
  const isWhole =
    NotResource === undefined
      ? Resource.some((pattern) => patternCovers(pattern, resource))
      : !NotResource.some((pattern) => meets(pattern, resource));
  return Condition === undefined && isWhole ? 'missing' : 'undecided';
};

/** A call that needs the resource `*` names no other one, so a statement about some resources is not about it. */
const meets = (pattern: string, resource: string): boolean =>
  resource === '*' ? patternCovers(anyValue(pattern), '*') : globsMeet(anyValue(pattern), resource);

/** AWS ignores the casing of actions. */
const matchesAction = ({ Action = [], NotAction }: BoundaryStatement, action: string): boolean => {
  const matches = (pattern: string): boolean => patternCovers(pattern.toLowerCase(), action.toLowerCase());
  return NotAction === undefined ? Action.some(matches) : !NotAction.some(matches);
};

/** The text of a policy variable, such as `${aws:username}`, is not known here. */
const anyValue = (pattern: string): string => pattern.replaceAll(/\$\{[^}]*\}/g, '*');

const hasSameCondition = (one: BoundaryStatement, condition: Condition | undefined): boolean =>
  one.Condition === undefined || canonical(one.Condition) === canonical(condition ?? {});

/** A condition as a text that does not depend on the order of keys and values. */
const canonical = (condition: Readonly<Record<string, Readonly<Record<string, unknown>>>>): string =>
  JSON.stringify(
    Object.entries(condition)
      .flatMap(([operator, keys]) =>
        Object.entries(keys).map(([key, value]) => [operator, key, [value].flat().map(String).toSorted()]),
      )
      .toSorted((a, b) => (String(a) < String(b) ? -1 : 1)),
  );
