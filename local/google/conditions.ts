import { CallAttributes, compile, isMissingField } from './cel.ts';
import { invalid } from './errors.ts';

export interface Condition {
  readonly title?: string;
  readonly expression?: string;
  readonly description?: string;
}

/** https://cloud.google.com/iam/docs/conditions-attribute-reference#resource-attributes */
export interface ResourceAttributes {
  readonly name: string;
  readonly service: string;
  readonly type: string;
}

/** Attributes of a call, as `iam.googleapis.com/modifiedGrantsByRole`. */
export type ApiAttributes = Readonly<Record<string, unknown>>;

interface Circumstances {
  readonly now: Date;
  readonly resource?: ResourceAttributes | undefined;
  readonly attributes?: ApiAttributes;
}

const variables = ['request', 'resource', 'api'];

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
    evaluate(scopeOf({ now: new Date(0) }));
  } catch (error) {
    if (isMissingField(error)) return;
    throw invalid(
      `Condition expression compilation failed: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
};

/** Service accounts have no resource attributes, so a condition on resource.name never holds. */
const scopeOf = ({ now, resource, attributes = {} }: Circumstances) => ({
  request: { time: now },
  resource: resource ?? {},
  api: new CallAttributes(attributes),
});

export const conditionHolds = ({ expression = '' }: Condition, circumstances: Circumstances): boolean => {
  try {
    return compile(expression, variables).evaluate(scopeOf(circumstances)) === true;
  } catch {
    return false;
  }
};
