/** One API call to the stand-in, as interceptors, services and policy evaluators see it. */
export interface AwsCall {
  /** As IAM policies name it: `ssm:PutParameter`. */
  readonly action: string;
  readonly region: string;
  readonly accountId: string;
  readonly principalArn: string;
  /** Tells apart the containers of a function: each has credentials of its own. */
  readonly accessKeyId: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** ARNs as IAM policies name them. */
  readonly resources: readonly string[];
  /** Condition keys besides the global ones. */
  readonly context: Readonly<Record<string, string | string[]>>;
  readonly sequence: number;
}

export interface AwsFault {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** An error as AWS answers it. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export type Input = Readonly<Record<string, unknown>>;

export const text = (input: Input, field: string): string => {
  const value = input[field];
  return typeof value === 'string' ? value : '';
};

export const list = (input: Input, field: string): readonly unknown[] => {
  const value = input[field];
  return Array.isArray(value) ? value : [];
};
