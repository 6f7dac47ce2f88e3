import { AwsError, type Input, integer, invalid, isOn, records, text, texts } from './call.ts';
import { epochSeconds } from './clock.ts';
import type { LocalParameter, SsmRules } from './local-parameter.ts';
import { pageOf } from './pages.ts';
import { checkParameter, patternOf, tierOf, typesOf } from './parameter-check.ts';
import { below, matchesFilters } from './parameter-filters.ts';
import {
  historyBefore,
  historyPageOf,
  labelVersion,
  type ParameterVersion,
  unlabelVersion,
  type Versioned,
} from './parameter-versions.ts';
import type { SortedMap } from './sorted-map.ts';

export type SsmAction = (input: Input) => unknown;

/** Parameter Store in one region of one account. */
export interface Place {
  readonly parameters: SortedMap<LocalParameter>;
  readonly arnPrefix: string;
  readonly now: () => Date;
  /** Returns whether the parameter existed. */
  readonly remove: (name: string) => boolean;
  readonly isJustDeleted: (name: string) => boolean;
  readonly rules: SsmRules;
}

export const ssmActions = (place: Place): Readonly<Record<string, SsmAction>> => {
  const { parameters, arnPrefix, now } = place;
  const arnOf = (name: string): string => `${arnPrefix}${name.startsWith('/') ? '' : '/'}${name}`;
  const find = (name: string): LocalParameter => {
    const found = parameters.get(name);
    if (found === undefined) throw new AwsError('ParameterNotFound', `Parameter ${name} not found.`);
    return found;
  };
  /** The fields that a parameter's value and its metadata share. */
  const head = ({ name, dataType = 'text', ...last }: LocalParameter) => ({
    Name: name,
    ARN: arnOf(name),
    DataType: dataType,
    ...stateOf(last),
  });
  const withValue = (input: Input) => (parameter: LocalParameter) => ({
    ...head(parameter),
    Value: shownValue(parameter, input),
  });
  const described = (parameter: LocalParameter) => ({
    ...head(parameter),
    Tier: parameter.tier ?? 'Standard',
    Policies: [],
    ...(parameter.description === '' ? {} : { Description: parameter.description }),
  });
  const page = <T>(
    input: Input,
    most: number,
    passes: (parameter: LocalParameter) => boolean,
    shape: (parameter: LocalParameter) => T,
  ) => {
    const size = integer(input, 'MaxResults', { least: 1, most, otherwise: most });
    const wanted = { marker: text(input, 'NextToken'), size, passes };
    const { items, next } = pageOf(parameters.sorted(), ({ name }) => name, wanted);
    return { Parameters: items.map(shape), ...(next === undefined ? {} : { NextToken: next }) };
  };
  const create = (input: Input): LocalParameter => {
    const name = text(input, 'Name');
    if (place.isJustDeleted(name))
      throw new AwsError(
        'ParameterAlreadyExists',
        'The parameter was deleted less than 30 seconds ago; wait before you create one of the same name.',
      );
    if (text(input, 'Type') === '')
      throw new AwsError('ValidationException', 'A parameter type is required when you create a parameter.');
    return { name, value: '', description: '', version: 0, type: text(input, 'Type') };
  };
  const relabel = <T>({ changed, answer }: { readonly changed: LocalParameter; readonly answer: T }): T => {
    parameters.set(changed.name, changed);
    return answer;
  };
  const tagged = (input: Input): LocalParameter => {
    if (text(input, 'ResourceType') !== 'Parameter')
      throw new AwsError('InvalidResourceType', 'The stand-in tags parameters alone.');
    const found = parameters.get(text(input, 'ResourceId'));
    if (found === undefined)
      throw new AwsError(
        'InvalidResourceId',
        'The resource ID is not valid. Verify that you entered the correct ID and try again.',
      );
    return found;
  };
  const tagsIn = (input: Input): Readonly<Record<string, string>> =>
    Object.fromEntries(records(input, 'Tags').map((tag) => [text(tag, 'Key'), text(tag, 'Value')]));

  return {
    PutParameter: (input) => {
      const name = text(input, 'Name');
      checkParameter(input, arnOf(name));
      const old = parameters.get(name);
      if (old !== undefined && !isOn(input, 'Overwrite'))
        throw new AwsError(
          'ParameterAlreadyExists',
          'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
        );
      const base = old ?? create(input);
      const { type, dataType } = typesOf(input, base, place.rules.changesTypes || old === undefined);
      const allowedPattern = patternOf(input, base);
      const tier = tierOf(input, base.tier);
      const description = input['Description'] === undefined ? base.description : text(input, 'Description');
      const version = base.version + 1;
      const tags = { ...base.tags, ...tagsIn(input) };
      parameters.set(name, {
        ...base,
        value: text(input, 'Value'),
        description,
        version,
        type,
        dataType,
        allowedPattern,
        tier,
        tags,
        lastModified: now(),
        labels: [],
        history: old === undefined ? [] : historyBefore(old),
      });
      return { Version: version, Tier: tier };
    },
    GetParameter: (input) => ({ Parameter: withValue(input)(find(text(input, 'Name'))) }),
    GetParameters: (input) => {
      const names = namesOf(input);
      return {
        Parameters: names
          .filter((name) => parameters.has(name))
          .map(find)
          .map(withValue(input)),
        InvalidParameters: names.filter((name) => !parameters.has(name)),
      };
    },
    GetParametersByPath: (input) => {
      const path = text(input, 'Path');
      if (!path.startsWith('/'))
        throw new AwsError('ValidationException', `The parameter path must begin with a slash: ${path}`);
      const isBelow = below(path, isOn(input, 'Recursive'));
      const passes = matchesFilters(input);
      return page(input, 10, (parameter) => isBelow(parameter.name) && passes(parameter), withValue(input));
    },
    DescribeParameters: (input) => page(input, 50, matchesFilters(input), described),
    GetParameterHistory: (input) => {
      const parameter = find(text(input, 'Name'));
      const { versions, next } = historyPageOf(parameter, input);
      return {
        Parameters: versions.map((version) => ({
          Name: parameter.name,
          DataType: parameter.dataType ?? 'text',
          ...stateOf(version),
          Value: shownValue(version, input),
          Labels: version.labels ?? [],
          Tier: parameter.tier ?? 'Standard',
          Policies: [],
          ...(version.description === '' ? {} : { Description: version.description }),
        })),
        ...(next === undefined ? {} : { NextToken: next }),
      };
    },
    LabelParameterVersion: (input) => relabel(labelVersion(find(text(input, 'Name')), input)),
    UnlabelParameterVersion: (input) => relabel(unlabelVersion(find(text(input, 'Name')), input)),
    DeleteParameter: (input) => {
      const name = text(input, 'Name');
      if (!place.remove(name)) throw new AwsError('ParameterNotFound', `Parameter ${name} not found.`);
      return {};
    },
    DeleteParameters: (input) => {
      const names = namesOf(input);
      const deleted = names.filter(place.remove);
      return {
        DeletedParameters: deleted,
        InvalidParameters: names.filter((name) => !deleted.includes(name)),
      };
    },
    AddTagsToResource: (input) => {
      const found = tagged(input);
      parameters.set(found.name, { ...found, tags: { ...found.tags, ...tagsIn(input) } });
      return {};
    },
    ListTagsForResource: (input) => ({
      TagList: Object.entries(tagged(input).tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
    }),
  };
};

const stateOf = ({
  version,
  type = 'String',
  lastModified,
}: Omit<ParameterVersion, 'value' | 'description'>) => ({
  Type: type,
  Version: version,
  ...(lastModified === undefined ? {} : { LastModifiedDate: epochSeconds(lastModified) }),
});

/** Without decryption, a SecureString's value is its ciphertext. */
const shownValue = ({ type, value }: Pick<Versioned, 'type' | 'value'>, input: Input): string =>
  type === 'SecureString' && !isOn(input, 'WithDecryption')
    ? `AQICAHh${Buffer.from(value).toString('base64').split('').toReversed().join('')}`
    : value;

const maxNames = 10;

const namesOf = (input: Input): readonly string[] => {
  const names = texts(input, 'Names');
  if (names.length < 1 || names.length > maxNames)
    throw invalid(`Value at 'names' must have length between 1 and ${maxNames}`);
  return [...new Set(names)];
};
