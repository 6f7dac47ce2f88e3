import { RetryableError } from '../core/errors.ts';
import { isRecord } from '../core/json.ts';

/**
 * The elements of a list in a service's answer, each with these texts; a list that the answer lacks is empty.
 * @throws RetryableError for anything else: if we skipped an element, what it names would look gone
 */
export const itemsOf = <T extends object, Field extends keyof T & string>(
  things: string,
  list: readonly T[] | null | undefined,
  fields: readonly Field[],
): readonly (T & Readonly<Record<Field, string>>)[] => {
  const elements: unknown = list ?? [];
  if (!Array.isArray(elements)) throw unreadable(things, 'is not a list');
  return (list ?? []).map((element) => {
    if (!isRecord(element)) throw unreadable(things, `contains ${JSON.stringify(element)}`);
    if (hasTexts(element, fields)) return element;
    const missing = fields.filter((name) => typeof element[name] !== 'string');
    throw unreadable(things, `contains an element without ${missing.join(' and ')}`);
  });
};

/**
 * The same, where a service sends the list in every answer, also if it is empty.
 * @throws RetryableError also if the list is missing, as in a proxy's answer: that is not an empty list
 */
export const presentItemsOf = <T extends object, Field extends keyof T & string>(
  things: string,
  list: readonly T[] | null | undefined,
  fields: readonly Field[],
): readonly (T & Readonly<Record<Field, string>>)[] => {
  if (list === undefined || list === null) throw unreadable(things, 'lacks the list');
  return itemsOf(things, list, fields);
};

/** The texts of a list that a service sends in every answer. @throws RetryableError for anything else */
export const presentTextsOf = (things: string, list: readonly string[] | undefined): readonly string[] => {
  if (list === undefined) throw unreadable(things, 'lacks the list');
  const elements: unknown = list;
  if (!Array.isArray(elements)) throw unreadable(things, 'is not a list');
  const other: unknown = elements.find((element) => typeof element !== 'string');
  if (other !== undefined) throw unreadable(things, `contains ${JSON.stringify(other)}`);
  return list;
};

const hasTexts = <T extends object, Field extends keyof T & string>(
  element: T,
  fields: readonly Field[],
): element is T & Readonly<Record<Field, string>> =>
  fields.every((name) => typeof element[name] === 'string');

const unreadable = (things: string, problem: string): RetryableError =>
  new RetryableError(
    `The answer with ${things} ${problem}. If a proxy stands between here and the cloud, ask its owner to check it; then try again.`,
  );
