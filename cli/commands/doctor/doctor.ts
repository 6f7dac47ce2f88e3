import { parseRole } from '../../../shared/core/role-argument.ts';
import { type Diagnosis, diagnose } from '../../../shared/doctor/diagnose.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { type CommandRuntime, createCommandRuntime } from '../../runtime.ts';
import type { Terminal } from '../../terminal.ts';
import { diagnosisText } from './text.ts';

export interface DoctorOptions {
  readonly role?: readonly string[];
  readonly exchange?: boolean;
  readonly all?: boolean;
}

/** Checks every link of the chain from a tag to a token; reads only. */
export const doctor = async (
  terminal: Terminal,
  { role = [], exchange = false, all = false }: DoctorOptions,
): Promise<ExitCode> => {
  const { stage, signal } = terminal;
  const runtime = createCommandRuntime(terminal);
  const accountIds = configuredAccounts(runtime);
  const roles = role.map((one) => parseRole(one, accountIds).roleName);
  const diagnosis = await terminal.progress('Checking every link', () =>
    diagnose(
      runtime.doctor(),
      {
        names: runtime.names,
        stage,
        readSettings: () => runtime.settings(),
        roles,
        isExchanging: exchange,
      },
      signal,
    ),
  );
  terminal.show(toDocument(diagnosis), () =>
    diagnosisText(diagnosis, { isUnfolded: all, isDetailed: role.length > 0 }),
  );
  const { failed, unknown } = diagnosis.counts;
  return failed + unknown > 0 ? exitCodes.failed : exitCodes.done;
};

/** Undefined if rolebridge.yml has errors, which a check reports. */
const configuredAccounts = ({ settings }: CommandRuntime): readonly string[] | undefined => {
  try {
    return settings().accounts.map(({ id }) => id);
  } catch {
    return undefined;
  }
};

/** The published format of `--json`, in which a message is called `found`. */
const toDocument = ({ results, counts }: Diagnosis) => ({
  results: results.map(({ id, group, title, status, message, ...details }) => ({
    id,
    group,
    title,
    status,
    found: message,
    ...details,
  })),
  counts,
});
