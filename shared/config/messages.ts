import type * as v from 'valibot';
import { isRecord } from '../core/json.ts';
import { similarNames } from '../core/similar-names.ts';
import type { Problem } from './error.ts';
import { settingsSchema } from './schema.ts';
import { pathText, type SettingPath, type YamlText } from './yaml.ts';

/** An issue in the terms of the file, where the library's message names types. */
export const formProblems = (issue: v.BaseIssue<unknown>, yaml: YamlText): readonly Problem[] => {
  const path = pathOf(issue);
  if (issue.type === 'strict_object' && issue.expected === 'never')
    return unknownPaths(issue, path).map((unknown) => ({
      setting: pathText(unknown),
      message: unknownSetting(unknown),
      position: yaml.positionOf(unknown, true),
    }));
  return [
    {
      setting: pathText(path),
      message: messageOf(issue, path, yaml),
      position: yaml.positionOf(path),
      ...(issue.input === undefined ? { isMissing: true } : {}),
    },
  ];
};

/** The library reports only the first unknown setting of a group. */
const unknownPaths = (issue: v.BaseIssue<unknown>, path: SettingPath): readonly SettingPath[] => {
  const parent = path.slice(0, -1);
  const known = new Set([...settingNames(schemaAt(parent)), path.at(-1)]);
  const group = issue.path?.at(-1)?.input;
  const others = isRecord(group) ? Object.keys(group).filter((key) => !known.has(key)) : [];
  return [path, ...others.map((key) => [...parent, key])];
};

const pathOf = (issue: v.BaseIssue<unknown>): SettingPath =>
  (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)));

/** `tagkey: unknown setting (did you mean tagKey?)` */
const unknownSetting = (path: SettingPath): string => {
  const key = String(path.at(-1));
  const names = settingNames(schemaAt(path.slice(0, -1)));
  const meant = names.find((name) => plain(name) === plain(key)) ?? similarNames(key, names)[0];
  if (meant !== undefined) return `unknown setting (did you mean ${meant}?)`;
  const elsewhere = parentsOf(key);
  if (elsewhere.length > 0) return `unknown setting here; ${key} belongs under ${elsewhere.join(' or ')}`;
  return `unknown setting; ${path.length === 1 ? 'rolebridge.example.yml lists all settings' : `known are ${names.join(', ')}`}`;
};

/** Without casing, hyphens and underscores. */
const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z]/g, '');

/** The schema of a setting, without what makes it optional or checks it. */
const schemaAt = (path: SettingPath): unknown =>
  path.reduce<unknown>(
    (schema, key) =>
      unwrapped(
        typeof key === 'number'
          ? (field(schema, 'item') ?? field(schema, 'rest'))
          : field(field(schema, 'entries'), key),
      ),
    settingsSchema,
  );

const unwrapped = (schema: unknown): unknown => {
  const wrapped = field(schema, 'wrapped');
  return wrapped === undefined ? schema : unwrapped(wrapped);
};

const field = (value: unknown, key: string): unknown => (isRecord(value) ? value[key] : undefined);

const settingNames = (schema: unknown): readonly string[] => Object.keys(field(schema, 'entries') ?? {});

/** The settings of the top level below which a name is known. */
const parentsOf = (key: string): readonly string[] =>
  settingNames(settingsSchema).filter((name) => {
    const group = schemaAt([name]);
    return settingNames(unwrapped(field(group, 'item') ?? group)).some(
      (inner) => plain(inner) === plain(key),
    );
  });

const messageOf = (issue: v.BaseIssue<unknown>, path: SettingPath, yaml: YamlText): string => {
  const { kind, type, input } = issue;
  const absence = input === undefined ? 'is missing' : 'is empty';
  if ((input ?? undefined) === undefined && setupFillsIn.test(pathText(path)))
    return `${absence}: run "rolebridge setup", which fills it in`;
  if (input === undefined) return absence;
  return kind === 'schema'
    ? wrongKind(issue, path, yaml)
    : (outOfBounds(type, issue.requirement) ?? issue.message);
};

const setupFillsIn = /^google\.(pool|projectNumber|serviceAccount)$/;

/** A value of another kind than the setting's. */
const wrongKind = (issue: v.BaseIssue<unknown>, path: SettingPath, yaml: YamlText): string => {
  const { type, input } = issue;
  const written = yaml.sourceOf(path) ?? String(input);
  const before = input === null ? 'is empty: it ' : '';
  switch (type) {
    case 'array':
    case 'tuple_with_rest':
      return `${before}must be a list${listHint(path, input, written)}`;
    case 'strict_object':
      return `${before}must be a group of settings: ${settingNames(schemaAt(path)).join(', ')}`;
    case 'picklist':
      return `${before}must be one of ${issue.expected?.replaceAll(/[()"]/g, '').replaceAll(' | ', ', ')}`;
    case 'number':
      return `${before}must be a number${/^\d+$/.test(String(input)) ? ', without quotes' : ''}`;
    default: {
      const form = issue.message.startsWith('Invalid type') ? 'must be a text' : issue.message;
      if (typeof input !== 'number' && typeof input !== 'boolean')
        return `${before}${form}${Array.isArray(input) ? ', not a list' : ''}`;
      return `${form.replace(/, in quotes$/, '')}, in quotes: "${written}"`;
    }
  }
};

/** `: [app-*]` for a text, and the hyphen for a group. */
const listHint = (path: SettingPath, input: unknown, written: string): string => {
  const isOfGroups = settingNames(schemaAt([...path, 0])).length > 0;
  if (isOfGroups) return ': begin each entry with "- "';
  if (input === null || typeof input === 'object') return '';
  return `: [${written
    .split(/\s*,\s*/)
    .filter((part) => part !== '')
    .map(inList)
    .join(', ')}]`;
};

/** A text as it can stand in a list of YAML. */
const inList = (text: string): string => (/^[A-Za-z/][\w/.+@*?-]*$/.test(text) ? text : JSON.stringify(text));

const outOfBounds = (type: string, bound: unknown): string | undefined => {
  switch (type) {
    case 'min_length':
      return 'must have at least one entry';
    case 'max_length':
      return `must have at most ${String(bound)} entries`;
    case 'min_value':
      return `must be at least ${String(bound)}`;
    case 'max_value':
      return `must be at most ${String(bound)}`;
    case 'integer':
      return 'must be a whole number';
    default:
      return undefined;
  }
};
