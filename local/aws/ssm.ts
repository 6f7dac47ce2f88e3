import { AwsError, type Input, list, text } from './call.ts';

export interface LocalParameter {
  readonly name: string;
  readonly value: string;
  readonly description: string;
  readonly version: number;
}

export interface Ssm {
  readonly perform: (action: string, region: string, input: Input) => unknown;
  /** All parameters of a region, by name; tests change it as other people would. */
  readonly parameters: (region: string) => Map<string, LocalParameter>;
}

/** Calls a second and region, as AWS's defaults: PutParameter 3, the reads 40 together. */
export interface SsmRates {
  readonly putsPerSecond: number;
  readonly readsPerSecond: number;
}

type Take = (region: string) => void;

const tokenBucket = (perSecond: number): Take => {
  const levels = new Map<string, { tokens: number; at: number }>();
  return (region) => {
    const now = performance.now();
    const { tokens, at } = levels.get(region) ?? { tokens: perSecond, at: now };
    const level = Math.min(perSecond, tokens + ((now - at) / 1000) * perSecond);
    levels.set(region, { tokens: level < 1 ? level : level - 1, at: now });
    if (level < 1) throw new AwsError('ThrottlingException', 'Rate exceeded');
  };
};

const checkParameter = (name: string, input: Input): void => {
  const isName =
    /^\/?[a-zA-Z0-9_.-]+(\/[a-zA-Z0-9_.-]+){0,14}$/.test(name) &&
    !/^\/?(aws|ssm)/i.test(name) &&
    name.length <= 1011;
  if (!isName)
    throw new AwsError(
      'ValidationException',
      `Parameter name: can't be prefixed with "aws" or "ssm", and must be a path of letters, numbers and _.- only: ${name}`,
    );
  if (text(input, 'Value').length > 4096)
    throw new AwsError(
      'ValidationException',
      'Standard tier parameters support a maximum parameter value of 4096 characters.',
    );
  if (text(input, 'Value').includes('{{'))
    throw new AwsError('ValidationException', 'Parameter value cannot nest another parameter.');
  if (text(input, 'Description').length > 1024)
    throw new AwsError('ValidationException', 'The description is longer than 1024 characters.');
  if (input['Overwrite'] === true && list(input, 'Tags').length > 0)
    throw new AwsError('ValidationException', 'Tags and overwrite can not be used together.');
};

export const createSsm = (accountId: string, rates: SsmRates): Ssm => {
  const regions = new Map<string, Map<string, LocalParameter>>();
  const parameters = (region: string): Map<string, LocalParameter> => {
    const known = regions.get(region) ?? new Map<string, LocalParameter>();
    regions.set(region, known);
    return known;
  };
  const takePut = tokenBucket(rates.putsPerSecond);
  const takeRead = tokenBucket(rates.readsPerSecond);
  const shape = (region: string, { name, value, version }: LocalParameter) => ({
    Name: name,
    Value: value,
    Version: version,
    Type: 'String',
    DataType: 'text',
    ARN: `arn:aws:ssm:${region}:${accountId}:parameter${name}`,
  });
  const remove = (region: string, name: string): boolean => parameters(region).delete(name);

  const actions: Readonly<Record<string, (region: string, input: Input) => unknown>> = {
    PutParameter: (region, input) => {
      takePut(region);
      const name = text(input, 'Name');
      checkParameter(name, input);
      const old = parameters(region).get(name);
      if (old !== undefined && input['Overwrite'] !== true)
        throw new AwsError('ParameterAlreadyExists', 'The parameter already exists.');
      const version = (old?.version ?? 0) + 1;
      parameters(region).set(name, {
        name,
        value: text(input, 'Value'),
        description: text(input, 'Description'),
        version,
      });
      return { Version: version, Tier: 'Standard' };
    },
    GetParameter: (region, input) => {
      takeRead(region);
      const found = parameters(region).get(text(input, 'Name'));
      if (found === undefined) throw new AwsError('ParameterNotFound', '');
      return { Parameter: shape(region, found) };
    },
    GetParametersByPath: (region, input) => {
      takeRead(region);
      const start = `${text(input, 'Path').replace(/\/$/, '')}/`;
      const isDirect = (name: string) =>
        input['Recursive'] === true || !name.slice(start.length).includes('/');
      const found = [...parameters(region).values()]
        .filter(({ name }) => name.startsWith(start) && isDirect(name))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const from = Number(text(input, 'NextToken') || 0);
      const size = Math.min(10, Number(input['MaxResults'] ?? 10));
      const next = from + size < found.length ? { NextToken: String(from + size) } : {};
      return { Parameters: found.slice(from, from + size).map((one) => shape(region, one)), ...next };
    },
    DeleteParameter: (region, input) => {
      if (!remove(region, text(input, 'Name'))) throw new AwsError('ParameterNotFound', '');
      return {};
    },
    DeleteParameters: (region, input) => {
      const names = list(input, 'Names').map(String);
      return {
        DeletedParameters: names.filter((name) => remove(region, name)),
        InvalidParameters: names.filter((name) => !parameters(region).has(name)),
      };
    },
  };
  return {
    parameters,
    perform: (action, region, input) => {
      const run = actions[action];
      if (run === undefined)
        throw new AwsError('UnknownOperationException', `The stand-in does not know ssm:${action}.`);
      return run(region, input);
    },
  };
};
