import { AwsError, type Input, records, text, texts } from './call.ts';
import type { LocalParameter } from './local-parameter.ts';

type Test = (parameter: LocalParameter) => boolean;

/** A parameter must pass every filter, with any of the filter's values. @throws AwsError for an unsupported filter */
export const matchesFilters = (input: Input): Test => {
  if (input['Filters'] !== undefined)
    throw new AwsError('InvalidFilterKey', 'The stand-in takes ParameterFilters, not Filters.');
  const tests = records(input, 'ParameterFilters').map(testOf);
  return (parameter) => tests.every((test) => test(parameter));
};

const testOf = (filter: Input): Test => {
  const key = text(filter, 'Key');
  const values = texts(filter, 'Values');
  const option = text(filter, 'Option');
  const unknown = (): AwsError =>
    new AwsError('InvalidFilterOption', `The following filter option is not valid: ${option} of ${key}.`);
  switch (key) {
    case 'Name': {
      const tests: Readonly<Record<string, (name: string, value: string) => boolean>> = {
        '': (name, value) => name === value,
        Equals: (name, value) => name === value,
        BeginsWith: (name, value) => name.startsWith(value),
        Contains: (name, value) => name.includes(value),
      };
      const test = tests[option];
      if (test === undefined) throw unknown();
      return ({ name }) => values.some((value) => test(name, value));
    }
    case 'Path': {
      if (!['', 'OneLevel', 'Recursive'].includes(option)) throw unknown();
      const places = values.map((path) => below(path, option === 'Recursive'));
      return ({ name }) => places.some((isBelow) => isBelow(name));
    }
    case 'Type':
      return ({ type = 'String' }) => values.includes(type);
    case 'Tier':
      return ({ tier = 'Standard' }) => values.includes(tier);
    default:
      throw new AwsError('InvalidFilterKey', `The following filter key is not valid: ${key}.`);
  }
};

/** `/a/b` and `/a/b/` are the same path. Names below it start with `/a/b/`. */
export const below = (path: string, isRecursive: boolean): ((name: string) => boolean) => {
  const start = `${path.replace(/\/$/, '')}/`;
  return (name) => (isRecursive ? name.startsWith(start) : isChild(start, name));
};

const isChild = (path: string, name: string): boolean =>
  name.startsWith(path) && !name.slice(path.length).includes('/');
