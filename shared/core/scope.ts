import { isRecord, parseJson } from './json.ts';
import type { Timestamp } from './model.ts';
import { type Settings, watchedPrefixes } from './settings.ts';

export type ScopeKind = 'project' | 'region' | 'prefix';

/** One thing that the sweep watches. `droppedAt`: since when it is no longer in rolebridge.yml. */
export interface Watched {
  readonly kind: ScopeKind;
  readonly name: string;
  readonly droppedAt?: Timestamp;
}

/** What the sweep watches: what the file names now, and what it named until it is found clean. */
export type Scope = readonly Watched[];

/** A function that started under the old file may still write for so long; twice its time-out, and some. */
const settleMilliseconds = 60 * 60 * 1000;

const configured = (settings: Settings): Scope => [
  ...settings.google.projects.map((name) => ({ kind: 'project', name }) as const),
  ...settings.regions.map((name) => ({ kind: 'region', name }) as const),
  ...watchedPrefixes(settings).map((name) => ({ kind: 'prefix', name }) as const),
];

const isSame = (a: Watched, b: Watched): boolean => a.kind === b.kind && a.name === b.name;

/** Everything to look through now. */
export const watchedScope = (settings: Settings, remembered: Scope, now: Date): Scope => {
  const current = configured(settings);
  const dropped = remembered
    .filter((one) => !current.some((other) => isSame(one, other)))
    .map(({ kind, name, droppedAt = now.toISOString() }) => ({ kind, name, droppedAt }));
  return [...current, ...dropped];
};

/** What to remember after a sweep that found some dropped things clean. */
export const rememberedScope = (scope: Scope, clean: readonly Watched[], now: Date): Scope =>
  scope.filter(
    (one) =>
      one.droppedAt === undefined ||
      now.getTime() - Date.parse(one.droppedAt) < settleMilliseconds ||
      !clean.some((other) => isSame(one, other)),
  );

export const namesIn = (scope: Scope, kind: ScopeKind): readonly string[] =>
  scope.filter((one) => one.kind === kind).map(({ name }) => name);

const kinds: readonly string[] = ['project', 'region', 'prefix'] satisfies readonly ScopeKind[];

const isWatched = (value: unknown): value is Watched => {
  if (!isRecord(value)) return false;
  const { kind, name, droppedAt } = value;
  return (
    typeof kind === 'string' &&
    kinds.includes(kind) &&
    typeof name === 'string' &&
    (droppedAt === undefined || (typeof droppedAt === 'string' && !Number.isNaN(Date.parse(droppedAt))))
  );
};

export const writeScope = (scope: Scope): string => JSON.stringify({ version: 1, watched: scope });

/** Reads the parameter; undefined for what is not a scope of this version. */
export const readScope = (text: string): Scope | undefined => {
  const value = parseJson(text);
  if (!isRecord(value) || value['version'] !== 1) return undefined;
  const { watched } = value;
  return Array.isArray(watched) && watched.every(isWatched) ? watched : undefined;
};
