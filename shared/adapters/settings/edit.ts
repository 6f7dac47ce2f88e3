import { isDeepStrictEqual } from 'node:util';
import { type Document, isMap, isScalar, parseDocument, Scalar, type YAMLMap } from 'yaml';
import { PermanentError } from '../../core/errors.ts';
import { pathText } from '../../setup/describe-step.ts';
import type { SettingChange } from '../../setup/step.ts';
import { endOf, lineBreakIn, rangeOf, splice } from './text-positions.ts';

/**
 * Edits rolebridge.yml and leaves every other byte as it is. The YAML library gives the position of a value, and we replace
 * only that. (Its own writer keeps comments, but not the blanks before them, nor those within brackets.)
 * @throws PermanentError that names the changes to make by hand, if this text cannot be edited
 */
export const editSettings = (
  text: string,
  changes: readonly SettingChange[],
  path = 'rolebridge.yml',
): string => {
  const edited = attempt(text, changes);
  // The text may have an unusual form, so we read the result back before it is written.
  if (edited !== undefined && isDeepStrictEqual(parseDocument(edited).toJS(), valuesAfter(text, changes)))
    return edited;
  throw new PermanentError(
    `Setup cannot edit ${path} in its current form. Write this into it: ${changes.map((change) => `${pathText(change.path)}: "${change.value}"`).join(', ')}`,
  );
};

const attempt = (text: string, changes: readonly SettingChange[]): string | undefined => {
  try {
    return changes.reduce(editOne, text);
  } catch {
    // editSettings reports it, like a wrong edit.
    return undefined;
  }
};

const editOne = (text: string, { path, value }: SettingChange): string => {
  const document: Document.Parsed = parseDocument(text);
  const node = document.getIn(path, true);
  if (isScalar(node) && node.range) {
    const [from, to] = node.range;
    if (from < to) return splice(text, from, to, spelled(value, node));
    // The value is empty: a blank separates it from the colon before, and from a comment behind.
    const [before, behind] = [text.at(from - 1) === ':' ? ' ' : '', text.at(to) === '#' ? ' ' : ''];
    return splice(text, from, to, `${before}${spelled(value)}${behind}`);
  }
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (isMap(parent)) return insertKey(text, parent, String(path.at(-1)), spelled(value));
  return appendGroup(text, document, path, value);
};

/** An override file may lack the group, or have comments only. */
const appendGroup = (
  text: string,
  { contents }: Document.Parsed,
  path: SettingChange['path'],
  value: string,
): string => {
  const [name, key, ...deeper] = path;
  const isPossible = contents === null || (isMap(contents) && contents.flow !== true && !contents.has(name));
  if (!isPossible || deeper.length > 0) throw new Error('the parent is not a map');
  const lines =
    key === undefined ? [`${name}: ${spelled(value)}`] : [`${name}:`, `  ${key}: ${spelled(value)}`];
  const lineBreak = lineBreakIn(text);
  const start = text === '' || text.endsWith('\n') ? text : `${text}${lineBreak}`;
  return `${start}${lines.map((line) => `${line}${lineBreak}`).join('')}`;
};

const insertKey = (text: string, map: YAMLMap, key: string, value: string): string => {
  const after = precedingKeys[key]
    ?.map((name) => map.items.find((pair) => isScalar(pair.key) && pair.key.value === name))
    .find((pair) => pair !== undefined);
  const pair = after ?? map.items.at(-1);
  if (pair === undefined) throw new Error('the map is empty');
  const end = endOf(pair);
  if (map.flow === true) return splice(text, end, end, `, ${key}: ${value}`);
  const [start] = rangeOf(pair.key);
  const column = start - (text.lastIndexOf('\n', start - 1) + 1);
  // The end of the line, behind a comment that belongs to it.
  const lineEnd = /\r?\n|$/.exec(text.slice(end))?.index ?? 0;
  const at = end + lineEnd;
  return splice(text, at, at, `${lineBreakIn(text)}${' '.repeat(column)}${key}: ${value}`);
};

/** A new key is inserted after the first of these siblings that exists. */
const precedingKeys: Readonly<Record<string, readonly string[]>> = {
  projectNumber: ['project'],
  pool: ['projectNumber', 'project'],
  serviceAccount: ['pool', 'projectNumber', 'project'],
  provider: ['id'],
  home: ['google'],
  organization: ['home', 'google'],
  mode: ['tagKey', 'formerParameterPrefixes', 'parameterPrefix', 'regions'],
};

const spelled = (value: string, like?: Scalar): string => {
  if (like?.type === Scalar.QUOTE_SINGLE) return `'${value}'`;
  // Digits alone would be read as a number.
  return like?.type === Scalar.QUOTE_DOUBLE || /^\d+$/.test(value) ? `"${value}"` : value;
};

/** The values after the changes, without regard to the text's form. */
const valuesAfter = (text: string, changes: readonly SettingChange[]): unknown => {
  const document = parseDocument(text);
  for (const { path, value } of changes) document.setIn(path, value);
  return document.toJS();
};
