import { findRole } from '../../../shared/app/find-role.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import { type NamedRole, parseRole } from '../../../shared/core/role-argument.ts';
import { accountIdsOf, homeOf, type Settings } from '../../../shared/core/settings.ts';
import { type Diagnosis, diagnose } from '../../../shared/doctor/diagnose.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { type CommandRuntime, createCommandRuntime } from '../../runtime.ts';
import type { Terminal } from '../../terminal.ts';
import { diagnosisText } from './text.ts';

export interface DoctorOptions {
  readonly role?: readonly string[];
  readonly account?: string;
  readonly exchange?: boolean;
  readonly all?: boolean;
}

/** Checks every link of the chain from a tag to a token; reads only. */
export const doctor = async (
  terminal: Terminal,
  { role = [], account, exchange = false, all = false }: DoctorOptions,
): Promise<ExitCode> => {
  const { stage, signal } = terminal;
  const runtime = createCommandRuntime(terminal);
  const settings = settingsIfAny(runtime);
  if (account !== undefined && settings !== undefined && !accountIdsOf(settings).includes(account))
    throw new PermanentError(`--account: rolebridge.yml does not configure ${account}.`);
  const named = role.map((one) => parseRole(one, settings && accountIdsOf(settings)));
  const roles = await Promise.all(named.map((one) => nameOf(runtime, settings, one)));
  const diagnosis = await terminal.progress('Checking every link', () =>
    diagnose(
      runtime.doctor(),
      {
        names: runtime.names,
        stage,
        readSettings: () => runtime.settings(),
        roles,
        ...(account === undefined ? {} : { accountId: account }),
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
const settingsIfAny = ({ settings }: CommandRuntime): Settings | undefined => {
  try {
    return settings();
  } catch {
    return undefined;
  }
};

/**
 * The name by which the checks know a role: with its account if that is not the home account.
 * @throws PermanentError if several accounts have a role of this name
 */
const nameOf = async (
  runtime: CommandRuntime,
  settings: Settings | undefined,
  named: NamedRole,
): Promise<string> => {
  if (settings === undefined) return named.roleName;
  const isElsewhere = ({ accountId }: NamedRole): boolean =>
    accountId !== undefined && accountId !== homeOf(settings);
  if (settings.accounts.length > 1 && named.accountId === undefined && (await isSignedIn(runtime, settings)))
    return nameOf(runtime, settings, await findRole(settings, runtime.own(settings).roles, named));
  return isElsewhere(named) ? `${named.accountId}/${named.roleName}` : named.roleName;
};

/** If not, a check reports that. */
const isSignedIn = ({ assertAccount }: CommandRuntime, settings: Settings): Promise<boolean> =>
  assertAccount(settings).then(
    () => true,
    () => false,
  );

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
