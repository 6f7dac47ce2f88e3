import { isRecord } from '../core/json.ts';
import type { SettingPath, YamlText } from './yaml.ts';

/**
 * Two texts as one: the override's settings over those of the base, by the rules of JSON Merge Patch (RFC 7396). Groups merge
 * key by key, an explicit null removes a setting of the base, and everything else replaces it, lists included. Each value keeps
 * its place in the text that sets it.
 */
export const layered = (base: YamlText, override: YamlText): YamlText => {
  // A key without a value removes nothing: someone forgot the value. The schema reports it.
  const isRemoval = (path: SettingPath): boolean => (override.sourceOf(path) ?? '') !== '';
  const layerOf = (path: SettingPath): YamlText =>
    isSetBy(override.value, base.value, path) ? override : base;
  return {
    value: merged(base.value, override.value, isRemoval),
    problems: [...base.problems, ...override.problems],
    isComplete: base.isComplete && override.isComplete,
    positionOf: (path, isKey) => layerOf(path).positionOf(path, isKey),
    sourceOf: (path) => layerOf(path).sourceOf(path),
  };
};

const merged = (
  base: unknown,
  override: unknown,
  isRemoval: (path: SettingPath) => boolean,
  path: SettingPath = [],
): unknown => {
  if (!isRecord(override)) return override;
  const result = new Map(isRecord(base) ? Object.entries(base) : []);
  for (const [key, value] of Object.entries(override)) {
    const at = [...path, key];
    if (value === null && isRemoval(at)) result.delete(key);
    else result.set(key, merged(result.get(key), value, isRemoval, at));
  }
  return Object.fromEntries(result);
};

/**
 * Whether the value at a path comes from the override. Below a list, or below a group that only the override has, all of them do.
 */
export const isSetBy = (override: unknown, base: unknown, path: SettingPath): boolean => {
  const [key, ...rest] = path;
  if (override === undefined) return false;
  if (key === undefined || !isRecord(override) || !isRecord(base)) return true;
  const own = (values: Readonly<Record<string, unknown>>): unknown =>
    Object.hasOwn(values, key) ? values[String(key)] : undefined;
  return isSetBy(own(override), own(base), rest);
};
