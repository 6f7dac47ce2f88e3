import { isDeepStrictEqual } from 'node:util';
import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  parseDocument,
  Scalar,
  type YAMLMap,
} from 'yaml';
import { PermanentError } from '../../core/errors.ts';
import { pathText } from '../../setup/describe-step.ts';
import type { SettingChange } from '../../setup/step.ts';

/**
 * Edits of rolebridge.yml that leave every other byte as it is: the library says where a value stands, and only that is
 * exchanged. (Its own writing keeps comments, but not the blanks before them, nor those within brackets.)
 */

/** @throws PermanentError where that cannot be done in this text, with what to write by hand. */
export const editSettings = (text: string, changes: readonly SettingChange[]): string => {
  const edited = attempt(text, changes);
  // A text of unusual form: nothing is written that was not read back.
  if (edited !== undefined && isDeepStrictEqual(parseDocument(edited).toJS(), valuesAfter(text, changes)))
    return edited;
  throw new PermanentError(
    `rolebridge.yml is of a form that setup cannot edit. Write there yourself: ${changes.map(({ path, value }) => `${pathText(path)}: "${value}"`).join(', ')}`,
  );
};

const attempt = (text: string, changes: readonly SettingChange[]): string | undefined => {
  try {
    return changes.reduce(editOne, text);
  } catch {
    // Told below, like an edit that went wrong.
    return undefined;
  }
};

const editOne = (text: string, { path, value }: SettingChange): string => {
  const document: Document.Parsed = parseDocument(text);
  const node = document.getIn(path, true);
  if (isScalar(node) && node.range) {
    const [from, to] = node.range;
    if (from < to) return splice(text, from, to, spelled(value, node));
    // Nothing stands there: blanks keep it from the colon before and from a comment behind.
    const [before, behind] = [text.at(from - 1) === ':' ? ' ' : '', text.at(to) === '#' ? ' ' : ''];
    return splice(text, from, to, `${before}${spelled(value)}${behind}`);
  }
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) throw new Error('no map');
  return insertKey(text, parent, String(path.at(-1)), spelled(value));
};

const insertKey = (text: string, map: YAMLMap, key: string, value: string): string => {
  const after = neighbours[key]
    ?.map((name) => map.items.find((pair) => isScalar(pair.key) && pair.key.value === name))
    .find((pair) => pair !== undefined);
  const pair = after ?? map.items.at(-1);
  if (pair === undefined) throw new Error('an empty map');
  const end = endOf(pair);
  if (map.flow === true) return splice(text, end, end, `, ${key}: ${value}`);
  const [start] = rangeOf(pair.key);
  const column = start - (text.lastIndexOf('\n', start - 1) + 1);
  // The end of the line, behind a comment that belongs to it.
  const lineEnd = /\r?\n|$/.exec(text.slice(end))?.index ?? 0;
  const at = end + lineEnd;
  return splice(text, at, at, `${lineBreakIn(text)}${' '.repeat(column)}${key}: ${value}`);
};

/** After which of its siblings a new key is put, the first that is there. */
const neighbours: Readonly<Record<string, readonly string[]>> = {
  projectNumber: ['project'],
  pool: ['projectNumber', 'project'],
  serviceAccount: ['pool', 'projectNumber', 'project'],
  provider: ['id'],
  mode: ['tagKey', 'formerParameterPrefixes', 'parameterPrefix', 'regions'],
};

const lineBreakIn = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

const spelled = (value: string, like?: Scalar): string => {
  if (like?.type === Scalar.QUOTE_SINGLE) return `'${value}'`;
  // Digits alone would be read as a number.
  return like?.type === Scalar.QUOTE_DOUBLE || /^\d+$/.test(value) ? `"${value}"` : value;
};

const splice = (text: string, from: number, to: number, insertion: string): string =>
  `${text.slice(0, from)}${insertion}${text.slice(to)}`;

/** Where the last thing within a node ends; what the library tells of a block includes comments behind it. */
const endOf = (node: unknown): number => {
  if (isPair(node)) return endOf(node.value ?? node.key);
  if (isCollection(node) && node.flow !== true && node.items.length > 0) return endOf(node.items.at(-1));
  return rangeOf(node)[1];
};

const rangeOf = (node: unknown): readonly [start: number, end: number, ...number[]] => {
  if (isNode(node) && node.range) return node.range;
  throw new Error('what has no place in the text');
};

/** The values of a text after changes that do not care how they are spelled. */
const valuesAfter = (text: string, changes: readonly SettingChange[]): unknown => {
  const document = parseDocument(text);
  for (const { path, value } of changes) document.setIn(path, value);
  return document.toJS();
};
