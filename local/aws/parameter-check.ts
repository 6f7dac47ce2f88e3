import { AwsError, type Input, invalid, isOn, list, text } from './call.ts';

export type Tier = keyof typeof maxBytes;

interface Stored {
  readonly type?: string;
  readonly dataType?: string;
  readonly allowedPattern?: string;
}

const parameterTypes = new Set(['String', 'StringList', 'SecureString']);

/** The types of a parameter after a write. @throws AwsError if a stored type may not change */
export const typesOf = (
  input: Input,
  { type: oldType = 'String', dataType: oldDataType = 'text' }: Stored,
  mayChange: boolean,
): { readonly type: string; readonly dataType: string } => {
  const type = text(input, 'Type') || oldType;
  const dataType = text(input, 'DataType') || oldDataType;
  if (!parameterTypes.has(type))
    throw invalid(
      `Value '${type}' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [SecureString, StringList, String]`,
    );
  if (!mayChange && type !== oldType)
    throw new AwsError(
      'HierarchyTypeMismatchException',
      `Parameter Store doesn't support changing a parameter type in a hierarchy, from ${oldType} to ${type}. You must create a new, unique parameter.`,
    );
  if (!mayChange && dataType !== oldDataType)
    throw refused(`The data type of a parameter can't be changed, from ${oldDataType} to ${dataType}.`);
  return { type, dataType };
};

const refused = (message: string): AwsError => new AwsError('ValidationException', message);

const maxDescriptionCharacters = 1024;

/** The checks of PutParameter that do not depend on stored parameters. @throws AwsError */
export const checkParameter = (input: Input, arn: string): void => {
  checkName(text(input, 'Name'), arn);
  const value = text(input, 'Value');
  if (value === '') throw invalid("Value '' at 'value' must have length greater than or equal to 1");
  if (value.includes('{{'))
    throw refused('Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.');
  if (text(input, 'Description').length > maxDescriptionCharacters)
    throw invalid(
      `Value at 'description' must have length less than or equal to ${maxDescriptionCharacters}`,
    );
  if (isOn(input, 'Overwrite') && list(input, 'Tags').length > 0)
    throw refused(
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    );
};

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html */
const maxLevels = 15;
const maxArnCharacters = 1011;

const checkName = (name: string, arn: string): void => {
  if (/^\/aws\//i.test(name))
    throw new AwsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
  const isName = /^\/?[a-zA-Z0-9_.-]+(\/[a-zA-Z0-9_.-]+)*$/.test(name) && !/^\/?(aws|ssm)/i.test(name);
  if (!isName)
    throw refused(
      'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    );
  if (name.includes('/') && !name.startsWith('/'))
    throw refused('Parameter name must be a fully qualified name.');
  if (name.split('/').filter((level) => level !== '').length > maxLevels)
    throw new AwsError(
      'HierarchyLevelLimitExceededException',
      `Parameter name must not exceed ${maxLevels} levels.`,
    );
  if (arn.length > maxArnCharacters)
    throw refused(`Parameter name: must not exceed ${maxArnCharacters} characters, its ARN included.`);
};

/** The pattern after a write; an empty one removes it. @throws AwsError if the value does not match it */
export const patternOf = (input: Input, { allowedPattern = '' }: Stored): string => {
  const pattern = input['AllowedPattern'] === undefined ? allowedPattern : text(input, 'AllowedPattern');
  if (pattern !== '' && !new RegExp(pattern).test(text(input, 'Value')))
    throw new AwsError(
      'ParameterPatternMismatchException',
      `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
    );
  return pattern;
};

const maxBytes = { Standard: 4096, Advanced: 8192 };

/** The tier of a parameter after a write. @throws AwsError if the value is too large, or for a downgrade from Advanced */
export const tierOf = (input: Input, old: Tier = 'Standard'): Tier => {
  const bytes = Buffer.byteLength(text(input, 'Value'));
  const tier = chosen(text(input, 'Tier'), bytes, old);
  if (old === 'Advanced' && tier === 'Standard')
    throw refused(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier.",
    );
  if (bytes > maxBytes[tier])
    throw refused(
      `${tier} tier parameters support a maximum parameter value of ${maxBytes[tier]} characters.`,
    );
  return tier;
};

const chosen = (asked: string, bytes: number, old: Tier): Tier => {
  switch (asked) {
    case '':
      return old;
    case 'Standard':
    case 'Advanced':
      return asked;
    case 'Intelligent-Tiering':
      return old === 'Advanced' || bytes > maxBytes.Standard ? 'Advanced' : 'Standard';
    default:
      throw invalid(
        `Value '${asked}' at 'tier' failed to satisfy constraint: Member must satisfy enum value set: [Standard, Advanced, Intelligent-Tiering]`,
      );
  }
};
