import { patternCovers } from '../core/glob.ts';
import { isRecord, parseJson } from '../core/json.ts';

/** A call, as the policy of a role, of its trust or of a bus sees it. */
export interface PolicyRequest {
  readonly action: string;
  /** Every spelling of the caller as a principal: its ARN, its account, that account's root, or a service. */
  readonly principals: readonly string[];
  readonly resource?: string;
  /** Condition keys in lower case, and their values. */
  readonly context: Readonly<Record<string, string>>;
}

/** `unclear`: a statement uses something that doctor does not evaluate. */
export type Verdict = 'allowed' | 'denied' | 'unclear';

/**
 * What one policy says about a call: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html.
 * It knows the elements and operators that our own policies use.
 */
export const policyVerdict = (document: string, request: PolicyRequest): Verdict => {
  const policy = parseJson(document);
  const statements = isRecord(policy) ? listOf(policy['Statement']) : [];
  const matches = statements.map((statement) => ({
    isDeny: isRecord(statement) && statement['Effect'] === 'Deny',
    match: isRecord(statement) ? statementMatch(statement, request) : ('maybe' as const),
  }));
  const denies = new Set(matches.flatMap(({ isDeny, match }) => (isDeny ? [match] : [])));
  const allows = new Set(matches.flatMap(({ isDeny, match }) => (isDeny ? [] : [match])));
  if (denies.has('yes')) return 'denied';
  if (denies.has('maybe')) return 'unclear';
  if (allows.has('yes')) return 'allowed';
  return allows.has('maybe') ? 'unclear' : 'denied';
};

type Match = 'yes' | 'no' | 'maybe';

type Statement = Readonly<Record<string, unknown>>;

const statementMatch = (statement: Statement, request: PolicyRequest): Match =>
  all([
    ...(['NotPrincipal', 'NotAction', 'NotResource'].some((key) => key in statement)
      ? (['maybe'] as const)
      : []),
    principalMatch(statement['Principal'], request),
    textMatch(statement['Action'], (pattern) =>
      patternCovers(pattern.toLowerCase(), request.action.toLowerCase()),
    ),
    textMatch(statement['Resource'], (pattern) => patternCovers(pattern, request.resource ?? '')),
    ...conditionMatches(statement['Condition'], request),
  ]);

const all = (matches: readonly Match[]): Match => {
  if (matches.includes('no')) return 'no';
  return matches.includes('maybe') ? 'maybe' : 'yes';
};

/** A role's policy names no principal: everyone who has the role is meant. */
const principalMatch = (principal: unknown, { principals }: PolicyRequest): Match => {
  if (principal === undefined) return 'yes';
  const texts = isRecord(principal) ? Object.values(principal).flatMap(listOf) : listOf(principal);
  return texts.some((text) => text === '*' || principals.some((one) => one === text)) ? 'yes' : 'no';
};

/** A trust policy and the statements of a bus may leave the resource out. */
const textMatch = (value: unknown, isMatch: (pattern: string) => boolean): Match =>
  value === undefined || listOf(value).some((text) => typeof text === 'string' && isMatch(text))
    ? 'yes'
    : 'no';

const conditionMatches = (conditions: unknown, { context }: PolicyRequest): readonly Match[] =>
  isRecord(conditions)
    ? Object.entries(conditions).flatMap(([operator, keys]) =>
        isRecord(keys)
          ? Object.entries(keys).map(([key, values]) =>
              conditionMatch(operator, context[key.toLowerCase()], listOf(values)),
            )
          : (['maybe'] as const),
      )
    : [];

const conditionMatch = (operator: string, value: string | undefined, wanted: readonly unknown[]): Match => {
  if (value === undefined || !knownOperators.has(operator)) return 'maybe';
  const isExact = operator === 'StringEquals';
  return wanted.some(
    (one) => typeof one === 'string' && (isExact ? one === value : patternCovers(one, value)),
  )
    ? 'yes'
    : 'no';
};

/** In these two, an ARN may have wildcards. */
const knownOperators = new Set(['StringEquals', 'StringLike', 'ArnEquals', 'ArnLike']);

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];
