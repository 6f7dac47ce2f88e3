import { compile, isMissingField } from './cel.ts';
import { invalid } from './errors.ts';

export interface Condition {
  readonly title?: string;
  readonly expression?: string;
  readonly description?: string;
}

const variables = ['request', 'resource'];

/** https://cloud.google.com/iam/quotas */
const maxLogicalOperators = 12;

/** @throws GoogleError if Google would refuse to store the condition. */
export const checkCondition = ({ title, expression }: Condition): void => {
  if (!title) throw invalid('Title is required for a condition. Condition title must not be empty.');
  if (!expression) throw invalid('Condition expression must not be empty.');
  try {
    const { evaluate, logicalOperators } = compile(expression, variables);
    if (logicalOperators > maxLogicalOperators)
      throw new Error(`more than ${maxLogicalOperators} logical operators`);
    // Like Google's type check, this finds invalid dates.
    evaluate(scopeAt(new Date(0)));
  } catch (error) {
    if (isMissingField(error)) return;
    throw invalid(
      `Condition expression compilation failed: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
};

/** Service accounts have no resource attributes, so a condition on resource.name never holds. */
const scopeAt = (now: Date) => ({ request: { time: now }, resource: {} });

export const conditionHolds = ({ expression = '' }: Condition, now: Date): boolean => {
  try {
    return compile(expression, variables).evaluate(scopeAt(now)) === true;
  } catch {
    return false;
  }
};
