import { type Input, isRecord, records, text, texts } from './call.ts';
import { type Parameters, validationError } from './stacks.ts';

/** A parameter of a template. */
export interface TemplateParameter {
  readonly type: string;
  readonly description: string;
  /** undefined: a stack has to give it a value. */
  readonly defaultValue: string | undefined;
  readonly allowedPattern: string | undefined;
  readonly allowedValues: readonly string[];
}

export const parametersOf = (declared: unknown): ReadonlyMap<string, TemplateParameter> =>
  new Map(
    Object.entries(isRecord(declared) ? declared : {}).map(([name, parameter]) => {
      const fields = isRecord(parameter) ? parameter : {};
      const { Default: defaultValue } = fields;
      return [
        name,
        {
          type: text(fields, 'Type'),
          description: text(fields, 'Description'),
          defaultValue: defaultValue === undefined ? undefined : String(defaultValue),
          allowedPattern: text(fields, 'AllowedPattern') || undefined,
          allowedValues: texts(fields, 'AllowedValues'),
        },
      ];
    }),
  );

/** The values of all parameters of a template, from a request, the stack and the template. @throws AwsError ValidationError */
export const parametersIn = (
  input: Input,
  parameters: ReadonlyMap<string, TemplateParameter>,
  previous: Parameters,
): Parameters => {
  const given = new Map(
    records(input, 'Parameters').map((parameter) => {
      const name = text(parameter, 'ParameterKey');
      const isKept = [true, 'true'].some((yes) => parameter['UsePreviousValue'] === yes);
      return [name, isKept ? previous[name] : text(parameter, 'ParameterValue')];
    }),
  );
  const unknown = [...given.keys()].filter((name) => !parameters.has(name));
  if (unknown.length > 0)
    throw validationError(`Parameters: [${unknown.join(', ')}] do not exist in the template`);
  const missing: string[] = [];
  const values = [...parameters].map(([name, parameter]) => {
    const value = given.get(name) ?? parameter.defaultValue;
    if (value === undefined) missing.push(name);
    else checkValue(name, value, parameter);
    return [name, value ?? ''];
  });
  if (missing.length > 0) throw validationError(`Parameters: [${missing.join(', ')}] must have values`);
  return Object.fromEntries(values) as Parameters;
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Parameter.html */
const maxValueBytes = 4_096;

const checkValue = (
  name: string,
  value: string,
  { type, allowedPattern, allowedValues }: TemplateParameter,
): void => {
  if (Buffer.byteLength(value) > maxValueBytes)
    throw validationError(`Parameter '${name}' must contain at most ${maxValueBytes} bytes`);
  // Both apply to each item of a list.
  for (const item of type === 'CommaDelimitedList' ? value.split(',').map((one) => one.trim()) : [value]) {
    if (allowedPattern !== undefined && !new RegExp(`^(?:${allowedPattern})$`).test(item))
      throw validationError(`Parameter '${name}' must match pattern ${allowedPattern}`);
    if (allowedValues.length > 0 && !allowedValues.includes(item))
      throw validationError(`Parameter '${name}' must be one of AllowedValues`);
  }
};
