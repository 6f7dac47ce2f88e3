/** One API call to the stand-in, as interceptors, services and policy evaluators see it. */
export interface AwsCall {
  /** As IAM policies name it: `ssm:PutParameter`. */
  readonly action: string;
  readonly region: string;
  readonly accountId: string;
  readonly principalArn: string;
  /** Distinguishes the containers of a function: each has its own credentials. */
  readonly accessKeyId: string;
  /** In the SDK's spelling, regardless of the protocol. */
  readonly input: Input;
  /** ARNs as IAM policies name them. */
  readonly resources: readonly string[];
  /** Condition keys besides the global ones. */
  readonly context: Readonly<Record<string, string | string[]>>;
  readonly sequence: number;
}

export type Input = Readonly<Record<string, unknown>>;

export interface AwsFault {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Answered as a success instead of the error. */
  readonly output?: Input;
  /** The whole body of the answer, of which nothing is AWS's: the page of a proxy. */
  readonly page?: string;
}

/** An error in an answer of AWS. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

interface Bounds {
  readonly least: number;
  readonly most: number;
  readonly otherwise: number;
}

/** A whole number within bounds, or `otherwise` if none was sent. @throws AwsError */
export const integer = (
  input: Input,
  field: string,
  { least, most, otherwise }: Bounds,
  code?: string,
): number => {
  if (input[field] === undefined) return otherwise;
  const value = Number(input[field]);
  if (!Number.isInteger(value) || value < least || value > most)
    throw invalid(
      `Value '${String(input[field])}' at '${field}' failed to satisfy constraint: Member must have value between ${least} and ${most}`,
      code,
    );
  return value;
};

/** The error for input that breaks the API's model. The query protocol calls it ValidationError. */
export const invalid = (message: string, code = 'ValidationException'): AwsError =>
  new AwsError(code, `1 validation error detected: ${message}`);

export const isRecord = (value: unknown): value is Input =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const text = (input: Input, field: string): string => {
  const value = input[field];
  return typeof value === 'string' ? value : '';
};

export const list = (input: Input, field: string): readonly unknown[] => {
  const value = input[field];
  return Array.isArray(value) ? value : [];
};

export const texts = (input: Input, field: string): readonly string[] =>
  list(input, field).filter((item) => typeof item === 'string');

export const records = (input: Input, field: string): readonly Input[] => list(input, field).filter(isRecord);

/** The query protocol sends booleans as text. */
export const isOn = (input: Input, field: string): boolean =>
  input[field] === true || input[field] === 'true';
