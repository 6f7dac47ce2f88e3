/** A value of the Common Expression Language, as far as conditions and attribute mappings use it. */
export type Value =
  | string
  | number
  | boolean
  | null
  | Date
  | readonly Value[]
  | { readonly [key: string]: Value };

/** A field that is not there: such a condition does not hold, but it is no fault of its wording. */
export class NoSuchField extends Error {}

const string = (value: Value | undefined): string => {
  if (typeof value !== 'string') throw new Error('found no matching overload: a string was expected');
  return value;
};

const size = (value: Value | undefined): number => {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  throw new Error("found no matching overload for 'size'");
};

const timestamp = (value: Value | undefined): Date => {
  const text = string(value);
  const parsed = new Date(text);
  if (
    !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:\d\d)$/.test(text) ||
    Number.isNaN(parsed.getTime())
  )
    throw new Error(`cannot parse "${text}" as a timestamp`);
  return parsed;
};

/** Google's own addition: what stands between the first prefix and the first suffix after it; empty where either is missing. */
const extract = (text: string, template: string): string => {
  const [, prefix, suffix] = /^([^{}]*)\{[A-Za-z_]\w*\}([^{}]*)$/.exec(template) ?? [];
  if (prefix === undefined || suffix === undefined)
    throw new Error(`the template of extract() needs exactly one {name}: ${template}`);
  const start = text.indexOf(prefix);
  if (start < 0) return '';
  const from = start + prefix.length;
  const to = suffix === '' ? text.length : text.indexOf(suffix, from);
  return to < 0 ? '' : text.slice(from, to);
};

type Implementation = (...values: readonly Value[]) => Value;

export const functions: ReadonlyMap<string, Implementation> = new Map<string, Implementation>([
  ['timestamp', timestamp],
  ['size', size],
  ['string', (value) => (value instanceof Date ? value.toISOString() : String(value))],
]);

/** The first value is what the method is called on. */
export const methods: ReadonlyMap<string, Implementation> = new Map<string, Implementation>([
  ['contains', (text, part) => string(text).includes(string(part))],
  ['startsWith', (text, part) => string(text).startsWith(string(part))],
  ['endsWith', (text, part) => string(text).endsWith(string(part))],
  ['matches', (text, pattern) => new RegExp(string(pattern)).test(string(text))],
  ['extract', (text, template) => extract(string(text), string(template))],
  ['lowerAscii', (text) => string(text).toLowerCase()],
  ['upperAscii', (text) => string(text).toUpperCase()],
  ['replace', (text, from, to) => string(text).replaceAll(string(from), string(to))],
  ['split', (text, separator) => string(text).split(string(separator))],
  ['size', size],
]);
