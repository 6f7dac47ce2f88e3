import { compile, type Scope } from './cel.ts';
import { invalid, TokenError } from './errors.ts';

export type Mapping = Readonly<Record<string, string>>;

// Limits of WorkloadIdentityPoolProvider (IAM v1 reference).
const maxSubjectBytes = 127;
const maxMappedBytes = 8192;

/** Maps an assertion and checks the condition. @throws TokenError */
export const mapAttributes = (
  mapping: Mapping,
  condition: string | undefined,
  assertion: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> => {
  const expressions = Object.keys(mapping).length === 0 ? defaultMapping : mapping;
  const mapped = Object.fromEntries(
    Object.entries(expressions).map(([key, expression]) => [key, evaluated(key, expression, { assertion })]),
  );
  if (Buffer.byteLength(mapped['google.subject'] ?? '') > maxSubjectBytes)
    throw new TokenError(
      'invalid_grant',
      `The size of mapped attribute google.subject exceeds the ${maxSubjectBytes} bytes limit.`,
    );
  if (Buffer.byteLength(Object.values(mapped).join('')) > maxMappedBytes)
    throw new TokenError(
      'invalid_grant',
      `The size of all mapped attributes exceeds the ${maxMappedBytes} bytes limit.`,
    );
  const scope = { assertion, google: under('google.', mapped), attribute: under('attribute.', mapped) };
  if (condition !== undefined && condition !== '' && !admits(condition, scope))
    throw new TokenError(
      'unauthorized_client',
      'The given credential is rejected by the attribute condition.',
    );
  return mapped;
};

/** Google's mapping for AWS providers without a mapping of their own. */
export const defaultMapping: Mapping = {
  'google.subject': 'assertion.arn',
  'attribute.aws_role':
    "assertion.arn.contains('assumed-role') ? assertion.arn.extract('{account_arn}assumed-role/') + 'assumed-role/' + assertion.arn.extract('assumed-role/{role_name}/') : assertion.arn",
};

const evaluated = (key: string, expression: string, scope: Scope): string => {
  try {
    const value = compile(expression, Object.keys(scope)).evaluate(scope);
    if (typeof value === 'string') return value;
  } catch {
    // Reported below, like a value of another type.
  }
  throw new TokenError('invalid_grant', `The mapped attribute ${key} must be of type STRING.`);
};

const under = (prefix: string, mapped: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(mapped).flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
    ),
  );

const admits = (condition: string, scope: Scope): boolean => {
  try {
    return compile(condition, Object.keys(scope)).evaluate(scope) === true;
  } catch {
    return false;
  }
};

const maxExpressionLength = 2048;
const maxCustomAttributes = 50;

const maxConditionLength = 4096;

/** @throws GoogleError if Google would refuse to store them. */
export const checkMapping = (mapping: Mapping, condition: string | undefined): void => {
  const keys = Object.keys(mapping);
  if (keys.length > 0 && mapping['google.subject'] === undefined)
    throw invalid('The attribute mapping must map google.subject.');
  for (const [key, expression] of Object.entries(mapping)) {
    if (!/^(google\.(subject|groups)|attribute\.[a-z0-9_]{1,100})$/.test(key))
      throw invalid(`Invalid key ${key} of the attribute mapping.`);
    checkExpression(`the attribute mapping of ${key}`, expression, maxExpressionLength, ['assertion']);
  }
  if (keys.filter((key) => key.startsWith('attribute.')).length > maxCustomAttributes)
    throw invalid(`At most ${maxCustomAttributes} custom attributes can be mapped.`);
  if (condition !== undefined && condition !== '')
    checkExpression('the attribute condition', condition, maxConditionLength, [
      'assertion',
      'google',
      'attribute',
    ]);
};

const checkExpression = (
  name: string,
  expression: string,
  most: number,
  variables: readonly string[],
): void => {
  if (expression.length > most) throw invalid(`${name} is longer than ${most} characters.`);
  try {
    compile(expression, variables);
  } catch (error) {
    throw invalid(`Error in ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
};
