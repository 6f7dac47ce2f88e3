import type { SettingPath } from './yaml.ts';

/** A setting that has the right form, and that cannot work with the others or at all. */
export interface Inconsistency {
  readonly path: SettingPath;
  readonly message: string;
}
