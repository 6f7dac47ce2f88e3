import { survey } from '../../../shared/app/survey.ts';
import { type Access, type AccessState, listAccess } from '../../../shared/core/access.ts';
import { colors } from '../../colors.ts';
import { counted } from '../../counted.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { notReadableLines } from '../../not-readable-lines.ts';
import { openRuntime } from '../../open-runtime.ts';
import { revokedLines } from '../../revoked-lines.ts';
import type { Terminal } from '../../terminal.ts';
import { columns } from './columns.ts';

const stateText: Readonly<Record<AccessState, string>> = {
  bound: colors.green('bound'),
  awaited: colors.yellow('not bound yet'),
  refused: colors.red('refused'),
  unasked: colors.red('no tag requests it'),
  unseen: colors.yellow('cannot be read'),
};

export interface RolesOptions {
  readonly role?: readonly string[];
}

/** Lists what each role has, requests and was refused; the next to expire comes first. */
export const roles = async (terminal: Terminal, { role = [] }: RolesOptions): Promise<ExitCode> => {
  const runtime = await openRuntime(terminal);
  const settings = runtime.settings();
  const { seen, now, revokeAll } = await terminal.progress('Looking at both clouds', async () => {
    await runtime.signIn(settings);
    return survey(settings, runtime.survey(settings));
  });
  const names = role.map((name) => name.toLowerCase());
  const found = listAccess(settings, seen, now).filter(
    ({ ref }) => names.length === 0 || names.includes(ref.roleName.toLowerCase()),
  );
  const { blindSpots } = seen;
  const notReadable = seen.notReadable.length;
  const revoked = revokeAll && { revokeAll: { at: revokeAll.at, answeredBy: revokeAll.answeredBy } };
  terminal.show({ version: 1, roles: found, blindSpots, notReadable, ...revoked }, () =>
    [
      text(found, blindSpots.length === 0),
      ...revokedLines(terminal.stage, revokeAll),
      ...blindSpots.map(({ what, reason }) => colors.red(`Not seen: ${what} (${reason})`)),
      ...notReadableLines(notReadable),
    ].join('\n'),
  );
  return blindSpots.length === 0 ? exitCodes.done : exitCodes.failed;
};

const text = (found: readonly Access[], isComplete: boolean): string => {
  if (found.length === 0)
    return isComplete
      ? 'No role has one of our tags, and none is bound.'
      : 'No role that was seen has one of our tags or is bound.';
  const refused = found.filter(({ state }) => state === 'refused');
  return [
    columns(['ROLE', 'GRANT', 'SERVICE ACCOUNT', 'ENDS', 'STATE'], found.map(rowOf)),
    ...(refused.length === 0 ? [] : ['']),
    ...refused.map(({ ref, grant, reason }) => `${ref.roleName}, ${grant}: ${reason}`),
    '',
    `${counted(found.filter(({ state }) => state === 'bound').length, 'grant')} bound, ${counted(refused.length, 'request')} refused.`,
  ].join('\n');
};

const rowOf = ({ ref, roleId, grant = '-', target, expiresAt = '-', state }: Access): readonly string[] => [
  roleId === undefined ? `${ref.roleName} (gone)` : ref.roleName,
  grant,
  target,
  expiresAt,
  stateText[state],
];
