import { AwsError, type Input, invalid, records, text } from './call.ts';

export interface LocalTag {
  readonly key: string;
  readonly value: string;
}

const maxTags = 50;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html */
const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** The tags of a request. @throws AwsError with IAM's messages */
export const tagsOf = (input: Input): readonly LocalTag[] => {
  const tags = records(input, 'Tags').map((tag) => ({ key: text(tag, 'Key'), value: text(tag, 'Value') }));
  if (tags.length > maxTags)
    throw invalid(`The list at 'tags' must have length less than or equal to ${maxTags}`, 'ValidationError');
  for (const [index, { key, value }] of tags.entries()) {
    checkKey(key, `tags.${index + 1}.member.key`);
    if (value.length > 256 || !tagText.test(value))
      throw constraint(value, `tags.${index + 1}.member.value`, 'length between 0 and 256');
  }
  if (new Set(tags.map(({ key }) => key.toLowerCase())).size < tags.length)
    throw new AwsError(
      'InvalidInput',
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    );
  return tags;
};

const checkKey = (key: string, place: string): void => {
  if (key.length < 1 || key.length > 128 || !tagText.test(key))
    throw constraint(key, place, 'length between 1 and 128');
  if (/^aws:/i.test(key))
    throw new AwsError('InvalidInput', 'Tag keys beginning with aws: are reserved for system use.');
};

const constraint = (value: string, place: string, bounds: string): AwsError =>
  invalid(
    `Value '${value}' at '${place}' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]* and have ${bounds}`,
    'ValidationError',
  );

export const checkTagKeys = (keys: readonly string[]): void => {
  for (const [index, key] of keys.entries()) checkKey(key, `tagKeys.${index + 1}.member`);
};

/** Keys are unique regardless of case. The last writer's spelling wins. */
export const mergeTags = (old: readonly LocalTag[], added: readonly LocalTag[]): readonly LocalTag[] => {
  const merged = new Map([...old, ...added].map((tag) => [tag.key.toLowerCase(), tag]));
  if (merged.size > maxTags)
    throw new AwsError('LimitExceeded', 'The number of tags has reached the maximum limit.', 409);
  return [...merged.values()];
};

export const withoutTags = (tags: readonly LocalTag[], keys: readonly string[]): readonly LocalTag[] => {
  const gone = new Set(keys.map((key) => key.toLowerCase()));
  return tags.filter(({ key }) => !gone.has(key.toLowerCase()));
};
