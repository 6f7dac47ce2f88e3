import { rolebridge } from '../shared/doctor/commands.ts';

/** AWS accounts that left rolebridge.yml, as in the text of every command that looks at the table. */
export const leftAccountLines = (stage: string, accountIds: readonly string[]): readonly string[] =>
  accountIds.map(
    (id) =>
      `Still in the ledger, because its parameters can no longer be read: account ${id}. If it is gone: ${rolebridge(stage, `forget --account ${id}`)}`,
  );
