import type { UnmanagedParameter } from '../shared/app/survey.ts';

/** Parameters under our prefixes that are not ours. */
export const leftAloneLines = (parameters: readonly UnmanagedParameter[]): readonly string[] =>
  parameters.map(
    ({ accountId, region, name }) =>
      `Not ours, left as is: ${name} in ${region}${accountId === undefined ? '' : ` of account ${accountId}`}`,
  );
