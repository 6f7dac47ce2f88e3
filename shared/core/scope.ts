import { isRecord, parseJson } from './json.ts';
import type { Timestamp } from './model.ts';
import type { Settings } from './settings.ts';

export type ScopeKind = 'project' | 'region' | 'prefix';

/** One thing that the sweep watches. */
export interface Watched {
  readonly kind: ScopeKind;
  readonly name: string;
  /** Since when it is no longer in rolebridge.yml. */
  readonly droppedAt?: Timestamp;
  /** Named under `formerParameterPrefixes`: the file itself remembers it. */
  readonly isFormer?: true;
}

/** What the sweep watches: what the file names now, and what it named until it is found clean. */
export type Scope = readonly Watched[];

/** A function that started under the old file may still write for so long; twice its time-out, and some. */
const settleMilliseconds = 60 * 60 * 1000;

const configured = (settings: Settings): Scope => [
  ...settings.google.projects.map((name) => ({ kind: 'project', name }) as const),
  ...settings.regions.map((name) => ({ kind: 'region', name }) as const),
  { kind: 'prefix', name: settings.parameterPrefix },
  ...settings.formerParameterPrefixes.map((name) => ({ kind: 'prefix', name, isFormer: true }) as const),
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
      one.isFormer === undefined &&
      (one.droppedAt === undefined ||
        now.getTime() - Date.parse(one.droppedAt) < settleMilliseconds ||
        !clean.some((other) => isSame(one, other))),
  );

export const namesIn = (scope: Scope, kind: ScopeKind): readonly string[] =>
  scope.filter((one) => one.kind === kind).map(({ name }) => name);

const kinds = ['project', 'region', 'prefix'] as const satisfies readonly ScopeKind[];

/** Names by kind, each with when it was dropped, or 0: some 250 projects fit in a parameter of 8 KB. */
export const writeScope = (scope: Scope): string =>
  JSON.stringify({
    version: 1,
    ...Object.fromEntries(
      kinds.map((kind) => [
        kind,
        Object.fromEntries(
          scope.filter((one) => one.kind === kind).map(({ name, droppedAt = 0 }) => [name, droppedAt]),
        ),
      ]),
    ),
  });

const readKind = (kind: ScopeKind, names: unknown): Scope | undefined => {
  if (!isRecord(names)) return undefined;
  const watched = Object.entries(names).map(([name, droppedAt]): Watched | undefined => {
    if (droppedAt === 0) return { kind, name };
    const isTime = typeof droppedAt === 'string' && !Number.isNaN(Date.parse(droppedAt));
    return isTime ? { kind, name, droppedAt } : undefined;
  });
  return watched.includes(undefined) ? undefined : watched.filter((one) => one !== undefined);
};

/** Reads the parameter; undefined for what is not a scope of this version. */
export const readScope = (text: string): Scope | undefined => {
  const value = parseJson(text);
  if (!isRecord(value) || value['version'] !== 1) return undefined;
  const read = kinds.map((kind) => readKind(kind, value[kind]));
  return read.includes(undefined) ? undefined : read.filter((one) => one !== undefined).flat();
};
