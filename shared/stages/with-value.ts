import type { SettingPath } from '../config/yaml.ts';
import { isRecord } from '../core/json.ts';

/** A copy of a value in which the value at a path is another one. A path that leads nowhere changes nothing. */
export const withValue = (value: unknown, [key, ...rest]: SettingPath, filled: unknown): unknown => {
  if (key === undefined) return filled;
  if (Array.isArray(value))
    return value.map((entry: unknown, index) => (index === key ? withValue(entry, rest, filled) : entry));
  return isRecord(value) ? { ...value, [key]: withValue(value[key], rest, filled) } : value;
};
