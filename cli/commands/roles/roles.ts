import { knownRoles, missingRoles } from '../../../shared/app/missing-roles.ts';
import { leftAccountsIn, survey } from '../../../shared/app/survey.ts';
import { type Access, type AccessState, listAccess } from '../../../shared/core/access.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import {
  assertUnambiguous,
  isNamedRole,
  type NamedRole,
  parseNamedRole,
  roleLabel,
} from '../../../shared/core/role-argument.ts';
import { accountIdsOf } from '../../../shared/core/settings.ts';
import { bindingNotes } from '../../../shared/report/binding-notes.ts';
import { stateText } from '../../../shared/report/state-text.ts';
import { visibleText } from '../../../shared/report/visible-text.ts';
import { colors } from '../../colors.ts';
import { columns } from '../../columns.ts';
import { counted } from '../../counted.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { leftAccountLines } from '../../left-account-lines.ts';
import { assertExists, missingLines } from '../../missing-role.ts';
import { notReadableLines } from '../../not-readable-lines.ts';
import { openRuntime } from '../../open-runtime.ts';
import { revokedLines } from '../../revoked-lines.ts';
import type { Terminal } from '../../terminal.ts';
import { accessLines } from './csv.ts';
import { accessDocument } from './document.ts';

const stateColor: Readonly<Record<AccessState, (text: string) => string>> = {
  bound: colors.green,
  awaited: colors.yellow,
  refused: colors.red,
  unasked: colors.red,
  unclear: colors.yellow,
  inherited: colors.yellow,
  unseen: colors.yellow,
};

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
          text(found, {
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

interface TextOptions {
  readonly accountIds: readonly string[];
  readonly named: readonly NamedRole[];
  readonly isComplete: boolean;
  readonly width: number | undefined;
}

const text = (found: readonly Access[], options: TextOptions): string => {
  if (found.length === 0) return nothingText(options);
  const { accountIds, width } = options;
  const refused = found.filter(({ state }) => state === 'refused');
  const noted = found.flatMap((access) => {
    const notes = bindingNotes(access).map((note) => visibleText(note));
    return notes.length === 0
      ? []
      : [`${roleLabel(accountIds, access.ref)}, ${access.target}: ${notes.join(' ')}`];
  });
  const count = (state: AccessState) => found.filter((access) => access.state === state).length;
  return [
    columns(
      ['ROLE', 'GRANT', 'ACCESS TO', 'ENDS', 'STATE'],
      found.map((access) => rowOf(accountIds, access)),
      width,
    ),
    ...(refused.length + noted.length === 0 ? [] : ['']),
    ...refused.map(({ ref, grant, reason }) => `${roleLabel(accountIds, ref)}, ${grant}: ${reason}`),
    ...noted,
    '',
    `${counted(count('bound'), 'grant')} bound, ${count('unseen') === 0 ? '' : `${count('unseen')} not known, `}${counted(refused.length, 'request')} refused.`,
  ].join('\n');
};

const nothingText = ({ accountIds, named, isComplete }: TextOptions): string => {
  if (named.length > 0)
    return `${named.map((one) => roleLabel(accountIds, one)).join(', ')}: ${isComplete ? '' : 'in what was seen, '}none of our tags, and no binding.`;
  return isComplete
    ? 'No role has one of our tags, and none is bound.'
    : 'No role that was seen has one of our tags or is bound.';
};

const rowOf = (
  accountIds: readonly string[],
  { ref, roleId, isRoleUnseen, grant = '-', target, expiresAt = '-', state }: Access,
): readonly string[] => {
  const gone = isRoleUnseen === true ? '(not seen)' : '(gone)';
  const label = roleLabel(accountIds, ref);
  return [
    roleId === undefined ? `${label} ${gone}` : label,
    grant,
    target,
    expiresAt,
    stateColor[state](stateText[state]),
  ];
};
