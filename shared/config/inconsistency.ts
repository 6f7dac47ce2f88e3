import type { SettingPath } from './yaml.ts';

/** A setting that has the right form, and that cannot work with the others or at all. */
export interface Inconsistency {
  readonly path: SettingPath;
  readonly message: string;
}

export const errorsAt = (path: SettingPath, message: string | undefined): readonly Inconsistency[] =>
  message === undefined ? [] : [{ path, message }];

export const repeated = (path: SettingPath, values: readonly string[]): readonly Inconsistency[] =>
  values.flatMap((value, index) =>
    values.indexOf(value) === index ? [] : errorsAt([...path, index], `${value} is listed twice`),
  );
