import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  Scalar,
  visit,
  type YAMLError,
} from 'yaml';
import type { Position, Problem } from './error.ts';
import { maxDepth, parseYaml } from './parse-yaml.ts';

/** `['allow', 0, 'to']` */
export type SettingPath = readonly (string | number)[];

export interface YamlText {
  /** Undefined if the text has no value at all. */
  readonly value: unknown;
  /** Errors of the YAML itself, in the order of the text. */
  readonly problems: readonly Problem[];
  /** Whether everything was read: at most, quotes are missing, and what they belong around is known. */
  readonly isComplete: boolean;
  /** The place of a value, or of its nearest parent if it is missing. `isKey` asks for the place of its name. */
  readonly positionOf: (path: SettingPath, isKey?: boolean) => Position;
  /** A value as it is written, such as `012345678901`; undefined for lists and groups. */
  readonly sourceOf: (path: SettingPath) => string | undefined;
}

/** Reads YAML, and remembers where everything stands. Errors are collected, and the rest is still read. */
export const readYaml = (text: string, file: string): YamlText => {
  const lines = new LineCounter();
  const { document, tooDeepAt } = parseYaml(text, lines);
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const aliases = quoteAliases(document);
  const errors = withoutConsequences(document.errors);
  const found =
    tooDeepAt === undefined
      ? firstOf(
          [...aliases, ...errors.slice(0, maxFound + 1).map((error) => reported(document, error))],
          aliases.length + errors.length,
        )
      : [{ offset: tooDeepAt, message: tooDeep }];
  const problems = found.map(({ offset, setting, message }) => ({
    ...(setting === undefined ? {} : { setting }),
    message,
    position: positionAt(offset),
  }));
  const { value, reason } = valueOf(document);
  return {
    value,
    problems: reason === undefined ? problems : [...problems, { file, message: reason }],
    isComplete: reason === undefined && found.every(({ lacksQuotes }) => lacksQuotes === true),
    positionOf: (path, isKey = false) => positionAt(offsetOf(document, path, isKey)),
    sourceOf: (path) => {
      const node = document.getIn(path, true);
      return isScalar(node) ? node.source : undefined;
    },
  };
};

/** `allow[0].to` */
export const pathText = (path: SettingPath): string =>
  path.length === 0
    ? '(top)'
    : path
        .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${key}`))
        .join('');

interface Found extends Pick<Problem, 'setting' | 'message'> {
  readonly offset: number;
  readonly lacksQuotes?: true;
}

const tooDeep = `lists and groups nest more than ${maxDepth} levels deep here; rolebridge.yml needs 5`;

/** No one corrects more at a time, and finding the setting of each error takes a walk through the text. */
const maxFound = 100;

/** In the order of the text. */
const firstOf = (found: readonly Found[], count: number): readonly Found[] => {
  const sorted = found.toSorted((a, b) => a.offset - b.offset);
  const next = sorted[maxFound];
  return next === undefined
    ? sorted
    : [
        ...sorted.slice(0, maxFound),
        {
          offset: next.offset,
          message: `and ${count - maxFound} more YAML errors; correct these first`,
        },
      ];
};

/** Globs begin with `*`, and YAML takes that for an alias. We report each one, and read on as if it were in quotes. */
const quoteAliases = (document: Document.Parsed): readonly Found[] => {
  const anchors = new Set<string>();
  const found: Found[] = [];
  visit(document, {
    Node: (_key, node) => {
      if ('anchor' in node && node.anchor !== undefined) anchors.add(node.anchor);
    },
    Alias: (key, node: Alias, ancestors) => {
      const written = `*${node.source}`;
      if (ancestors.some((ancestor) => 'anchor' in ancestor && ancestor.anchor === node.source)) {
        found.push({
          offset: node.range?.[0] ?? 0,
          setting: pathText(pathOf(key, ancestors)),
          message: `${written} stands for a value that contains it. Write the value out.`,
        });
        // Read as a text: a value without an end would keep us busy forever.
        return new Scalar(written);
      }
      if (anchors.has(node.source)) return undefined;
      found.push({
        offset: node.range?.[0] ?? 0,
        lacksQuotes: true,
        setting: pathText(pathOf(key, ancestors)),
        message: `put it in quotes: "${written}" (in YAML, a * at the beginning names an alias)`,
      });
      const scalar = new Scalar(written);
      scalar.source = written;
      if (node.range) scalar.range = node.range;
      return scalar;
    },
  });
  return found;
};

type Ancestors = readonly (Document | Node | Pair)[];

/** The path of a visited node, by the keys and indices on the way to it. */
const pathOf = (key: unknown, ancestors: Ancestors): SettingPath => {
  const steps = ancestors.flatMap((ancestor, index): SettingPath => {
    if (isPair(ancestor)) return [isScalar(ancestor.key) ? String(ancestor.key.value) : '?'];
    const next = ancestors[index + 1];
    return isSeq(ancestor) && next !== undefined ? [ancestor.items.indexOf(next)] : [];
  });
  return typeof key === 'number' ? [...steps, key] : steps;
};

/** The errors that a person has to correct. */
const withoutConsequences = (errors: readonly YAMLError[]): readonly YAMLError[] => {
  // After a wrong indentation, nothing is read as it was meant.
  const at = errors.findIndex(({ code }) => code === 'BAD_INDENT' || code === 'TAB_AS_INDENT');
  // An alias without a name is reported with the other aliases.
  return (at === -1 ? errors : errors.slice(0, at + 1)).filter(({ code }) => code !== 'BAD_ALIAS');
};

/** An error of the library, in the terms of the file. */
const reported = (document: Document.Parsed, { code, message, pos: [offset] }: YAMLError): Found => {
  const { path, scalar } = scalarAt(document, offset);
  const written = scalar === undefined ? '' : String(scalar.value);
  if (code === 'BAD_SCALAR_START')
    return {
      offset,
      lacksQuotes: true,
      setting: pathText(path),
      message: `put it in quotes: ${JSON.stringify(written)} (a YAML value cannot begin with ${written.charAt(0)})`,
    };
  if (code === 'DUPLICATE_KEY') return { offset, setting: pathText(path), message: 'is set twice' };
  return { offset, message: ownWords[code] ?? ownWords[message] ?? message };
};

/** Our words for the library's codes and messages. */
const ownWords: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'a second YAML document begins here (---); the file must have only one',
  TAB_AS_INDENT: 'indent with spaces; YAML does not allow tabs',
  'All mapping items must start at the same column':
    'the indentation differs from that of the settings above',
  'Sequence item without - indicator':
    'the indentation differs from that of the settings above, or "- " is missing',
  'Implicit keys need to be on a single line':
    'a setting must be "name: value", with a blank after the colon',
  'Implicit map keys need to be followed by map values': 'a setting must be "name: value"',
  'Nested mappings are not allowed in compact mappings': 'the value contains ": "; put it in quotes',
};

/** The scalar that begins at an offset, as a key or as a value. */
const scalarAt = (
  document: Document.Parsed,
  offset: number,
): { readonly path: SettingPath; readonly scalar?: Scalar } => {
  let found: { readonly path: SettingPath; readonly scalar?: Scalar } = { path: [] };
  visit(document, {
    Scalar: (key, node: Scalar, ancestors) => {
      if (node.range?.[0] !== offset) return undefined;
      found = { path: pathOf(key, ancestors), scalar: node };
      return visit.BREAK;
    },
  });
  return found;
};

/** An alias may expand to more than fits into memory. */
const valueOf = (document: Document.Parsed): { readonly value?: unknown; readonly reason?: string } => {
  try {
    return { value: document.toJS() };
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return {
      reason: reason.startsWith('Excessive alias count')
        ? 'its aliases (*name) expand to too many values. Write the values out.'
        : reason,
    };
  }
};

const offsetOf = (document: Document.Parsed, path: SettingPath, isKey: boolean): number => {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, key] of path.entries()) {
    const collection = isAlias(node) ? node.resolve(document) : node;
    if (!isCollection(collection)) return offset;
    const isLast = index === path.length - 1;
    const pair = isMap(collection)
      ? collection.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))
      : undefined;
    node = isSeq(collection) ? collection.items[Number(key)] : pair?.value;
    const atKey = startOf(pair?.key);
    const atValue = isEmpty(node) ? undefined : startOf(node);
    const found = isLast && !isKey ? (atValue ?? atKey) : (atKey ?? atValue);
    if (found === undefined) return offset;
    offset = found;
  }
  return offset;
};

const startOf = (node: unknown): number | undefined =>
  isNode(node) && node.range ? node.range[0] : undefined;

/** A key without a value: the place of the key says more than the end of its line. */
const isEmpty = (node: unknown): boolean => isScalar(node) && node.value === null && node.source === '';
