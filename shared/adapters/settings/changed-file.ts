import { isSetBy } from '../../config/layers.ts';
import type { ConfigTexts } from '../../config/read.ts';
import { readYaml } from '../../config/yaml.ts';
import { isRecord } from '../../core/json.ts';
import type { SettingChange } from '../../setup/step.ts';

/**
 * The file to write a setting into. A value is corrected where it stands, and an entry of a list is completed where the list
 * stands. Anything new belongs to the stage, so it goes into the override file, if there is one.
 */
export const changedFile = ([base, override]: ConfigTexts, path: SettingChange['path']): string => {
  if (override === undefined) return base.path;
  const [ofBase, ofOverride] = [base, override].map(({ path: file, text }) => readYaml(text, file).value);
  const firstIndex = path.findIndex((key) => typeof key === 'number');
  const known = firstIndex < 0 ? path : path.slice(0, firstIndex);
  return hasValue(ofBase, known) && !(isRecord(ofOverride) && isSetBy(ofOverride, ofBase, known))
    ? base.path
    : override.path;
};

const hasValue = (value: unknown, [key, ...rest]: SettingChange['path']): boolean =>
  key === undefined
    ? value !== undefined && value !== null
    : isRecord(value) && hasValue(value[String(key)], rest);
