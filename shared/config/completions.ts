import { isRecord } from '../core/json.ts';
import { usualStage } from '../core/stack.ts';
import { defaults } from './defaults.ts';
import type { ConfigPaths } from './paths.ts';
import type { SettingPath } from './yaml.ts';

/** A value for a setting that setup decides. */
export interface Completion {
  readonly path: SettingPath;
  readonly value: string;
  /** The value that it replaces; undefined if there is none. */
  readonly before?: string;
}

export interface CompletionRequest {
  /** The values of the file. */
  readonly value: unknown;
  /** Undefined while it is not known. */
  readonly projectNumber?: string | undefined;
  /** The id of the pool, unless the file names one. */
  readonly pool: string;
}

/** The settings that setup decides and the file leaves out, with their values. */
export const completions = ({ value, projectNumber, pool }: CompletionRequest): readonly Completion[] => {
  const { google } = isRecord(value) ? value : {};
  const project = textAt(google, 'project');
  if (project === undefined) return [];
  const found = projectNumber ?? textAt(google, 'projectNumber') ?? placeholderNumber(value);
  return [
    ...numberChange(google, found),
    ...missing(google, ['google', 'pool'], pool),
    ...missing(
      google,
      ['google', 'serviceAccount'],
      `rolebridge@${domainOf(project)}.iam.gserviceaccount.com`,
    ),
  ];
};

/** Stages that share rolebridge.yml must not share the pool. Google allows 32 characters. */
export const defaultPool = (stage: string, paths: ConfigPaths): string =>
  paths.length === 1 || stage === usualStage
    ? defaults.pool
    : `${defaults.pool}-${stage.toLowerCase()}`.slice(0, 32);

const textAt = (map: unknown, key: string): string | undefined => {
  const value = isRecord(map) ? map[key] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** A placeholder until the project number is known. Rules are checked against it, so use the number that a rule names, if any. */
const placeholderNumber = (value: unknown): string =>
  /(\d{6,19})-compute@developer/.exec(JSON.stringify(value))?.[1] ?? '000000000000';

const numberChange = (google: unknown, found: string): readonly Completion[] => {
  const before = isRecord(google) ? google['projectNumber'] : undefined;
  if (before === found) return [];
  const isText = typeof before === 'string' || typeof before === 'number';
  return [{ path: ['google', 'projectNumber'], value: found, ...(isText ? { before: String(before) } : {}) }];
};

const missing = (map: unknown, path: SettingPath, value: string): readonly Completion[] => {
  const key = String(path.at(-1));
  const isThere = isRecord(map) && map[key] !== undefined && map[key] !== null;
  return isThere ? [] : [{ path, value }];
};

/** `legacy.example.com` for the project `example.com:legacy`. */
const domainOf = (project: string): string => project.split(':').toReversed().join('.');
