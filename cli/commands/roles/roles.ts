import { knownRoles, missingRoles } from '../../../shared/app/missing-roles.ts';
import { leftAccountsIn, survey } from '../../../shared/app/survey.ts';
import { listAccess } from '../../../shared/core/access.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import {
  assertUnambiguous,
  isNamedRole,
  parseNamedRole,
  roleLabel,
} from '../../../shared/core/role-argument.ts';
import { accountIdsOf } from '../../../shared/core/settings.ts';
import { colors } from '../../colors.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { leftAccountLines } from '../../left-account-lines.ts';
import { assertExists, missingLines } from '../../missing-role.ts';
import { notReadableLines } from '../../not-readable-lines.ts';
import { openRuntime } from '../../open-runtime.ts';
import { revokedLines } from '../../revoked-lines.ts';
import type { Terminal } from '../../terminal.ts';
import { accessLines } from './csv.ts';
import { accessDocument } from './document.ts';
import { accessTable } from './text.ts';

export interface RolesOptions {
  readonly role?: readonly string[];
  readonly output?: 'table' | 'json' | 'csv';
}

/** Lists what each role has, requests and was refused; the next to expire comes first. */
export const roles = async (
  terminal: Terminal,
  { role = [], output = 'table' }: RolesOptions,
): Promise<ExitCode> => {
  if (terminal.isJson && output === 'csv')
    throw new PermanentError('--json and --output csv cannot be combined.');
  const runtime = await openRuntime(terminal);
  const settings = runtime.settings();
  const named = role.map((one) => parseNamedRole(one, settings));
  const surveyed = await terminal.progress('Looking at both clouds', async () => {
    await runtime.signIn(settings);
    return survey(settings, runtime.survey(settings));
  });
  const { seen, now, revokeAll } = surveyed;
  const { blindSpots } = seen;
  const known = knownRoles(surveyed);
  for (const one of named) assertUnambiguous(one, known);
  const missing = missingRoles(surveyed, named);
  assertExists({ missing, blindSpots });
  // With the pools that earlier files named, and the file's own guardrail, even while everything is revoked.
  const inPools = { ...settings, google: surveyed.settings.google };
  const found = listAccess(inPools, seen, now).filter(
    ({ ref }) => named.length === 0 || named.some((one) => isNamedRole(ref, one)),
  );
  const accountIds = accountIdsOf(settings);
  const { notReadable } = seen;
  const left = leftAccountsIn(surveyed);
  const revoked = revokeAll && { revokeAll: { at: revokeAll.at, answeredBy: revokeAll.answeredBy } };
  const missingNames = missing.map((one) => roleLabel(accountIds, one));
  const notes = [
    ...missingLines(accountIds, missing).map(colors.red),
    ...revokedLines(terminal.stage, revokeAll),
    ...leftAccountLines(terminal.stage, left),
    ...blindSpots.map(({ what, reason }) => colors.red(`Not seen: ${what} (${reason})`)),
    ...notReadableLines(notReadable.length),
  ];
  if (output === 'csv') {
    for (const line of accessLines(found)) terminal.print(`${line}\r`);
    for (const note of notes) terminal.say(note);
  } else
    terminal.show(
      {
        roles: found.map(accessDocument),
        missing: missingNames,
        blindSpots,
        notReadable,
        ...revoked,
        ...(left.length === 0 ? {} : { leftAccounts: left }),
      },
      () =>
        [
          accessTable(found, {
            accountIds,
            named,
            isComplete: blindSpots.length + notReadable.length === 0,
            width: terminal.width,
          }),
          ...notes,
        ].join('\n'),
    );
  return blindSpots.length === 0 ? exitCodes.done : exitCodes.failed;
};
