import type { Forecast, ForecastChange, RoleForecast } from '../../../shared/app/plan.ts';
import type { Change } from '../../../shared/core/change.ts';
import { endOf } from '../../../shared/core/iam-policy.ts';
import type { Grant } from '../../../shared/core/model.ts';
import { roleLabel } from '../../../shared/core/role-argument.ts';
import { accessOf, accessText, siteOfAccess } from '../../../shared/core/target.ts';
import { counted } from '../../../shared/counted.ts';
import { rolebridge } from '../../../shared/doctor/commands.ts';
import { visibleText } from '../../../shared/report/visible-text.ts';
import { colors } from '../../colors.ts';
import { leftAccountLines } from '../../left-account-lines.ts';
import { leftAloneLines } from '../../left-alone-lines.ts';
import { limitLines } from '../../limit-lines.ts';
import { missingLines } from '../../missing-role.ts';
import { notReadableLines } from '../../not-readable-lines.ts';
import { revokedLines } from '../../revoked-lines.ts';

const modeText = {
  sync: '',
  'upsert-only': ' Mode upsert-only: nothing is revoked.',
  'dry-run': ' Mode dry-run: nothing is written.',
} as const;

/** A plan for people: grouped by role, with the reasons of refusals and a summary. */
export const forecastText = (found: Forecast, stage: string, warnings: readonly string[] = []): string => {
  const { roles, limits, blindSpots, notReadable, leftAlone, notTagged, revokeAll } = found;
  const held = roles.flatMap(({ changes }) => changes).some(({ isHeld }) => isHeld);
  return [
    accountsText(found),
    ...warnings.map((warning) => colors.yellow(`! ${warning}`)),
    ...roles.flatMap((role) => ['', roleText(role, roleLabel(found.accounts, role.ref))]),
    ...newRoleLines(found),
    ...notTagged.map((key) => colors.yellow(`    The role has no tag ${key} to remove.`)),
    '',
    ...leftAloneLines(leftAlone),
    ...inheritedLines(stage, found),
    ...leftAccountLines(stage, found.leftAccounts),
    ...missingLines(found.accounts, found.missing).map(colors.red),
    ...blindSpots.map(({ what, reason }) => colors.red(`Not seen: ${what} (${reason})`)),
    ...(blindSpots.length === 0 ? [] : [colors.red('This plan does not cover what was not seen.')]),
    ...notReadableLines(notReadable.length),
    ...(held ? limitLines(stage, limits, { isPlan: true }) : []),
    ...revokedLines(stage, revokeAll),
    colors.bold(summary(found)),
  ].join('\n');
};

/** One line for each Google role on a resource. */
const inheritedLines = (stage: string, { inherited, accounts }: Forecast): readonly string[] =>
  [...Map.groupBy(inherited, accessOf)].map(([access, members]) => {
    const names = members.slice(0, 5).map(({ role }) => roleLabel(accounts, role));
    const more = members.length > names.length ? ', …' : '';
    const { resource } = siteOfAccess(access);
    return colors.yellow(
      `Bound before rolebridge used it: ${counted(members.length, 'member')} of ${access} (${names.join(', ')}${more}). ` +
        `They stay until you answer: ${rolebridge(stage, `adopt --resource ${resource} --keep`)} (or --remove)`,
    );
  });

/** The names of the roles show the account, if there are several. */
const accountsText = ({ accountId, accounts }: Forecast): string =>
  accounts.length === 1 ? `Account ${accountId}` : `${accounts.length} accounts, deployed to ${accountId}`;

const newRoleLines = ({ accounts, newRole }: Forecast): readonly string[] =>
  newRole === undefined
    ? []
    : [colors.yellow(`    There is no role ${roleLabel(accounts, newRole)} yet.${newRole.suggestion}`)];

const roleText = (role: RoleForecast, label: string): string => {
  const { roleId, isRoleUnseen, changes, refusals, unknown, nearMisses, hints } = role;
  const nothing = changes.length + refusals.length + unknown.length === 0 ? ['    nothing to do'] : [];
  const gone =
    isRoleUnseen === true ? ' (not seen: its account is not in rolebridge.yml)' : ' (there is no such role)';
  return [
    `  ${colors.bold(label)}${roleId === undefined ? gone : ''}`,
    ...changeLines(changes),
    ...reasonLines(role),
    ...unknown.map((email) =>
      colors.yellow(`    ? unknown    ${email} (its allow policy could not be read)`),
    ),
    ...refusals.flatMap(({ tagKey, value, reason }) => [
      `    ${colors.yellow(`x refused    ${tagKey} = ${value}`)}`,
      `      ${reason}`,
    ]),
    ...nothing,
    ...hints.map((hint) => colors.yellow(`    ! ${hint}`)),
    ...nearMisses.map((key) =>
      colors.yellow(`    ! The role has a tag ${key}, which rolebridge does not read. Is it misspelled?`),
    ),
  ].join('\n');
};

const changeLines = (changes: readonly ForecastChange[]): readonly string[] => {
  const lines = changes.map((one) => `    ${changeLine(one)}${one.isHeld ? colors.yellow(' (held)') : ''}`);
  const obstacles = new Set(
    changes.flatMap(({ change, obstacle }) =>
      obstacle === undefined || !('access' in change) ? [] : [`${accessText(change.access)}: ${obstacle}`],
    ),
  );
  return [...lines, ...[...obstacles].map((obstacle) => `    ${colors.yellow(`! ${obstacle}`)}`)];
};

/** Marked as Terraform marks changes. */
const changeLine = ({ change, differs, isImpossible }: ForecastChange): string => {
  switch (change.kind) {
    case 'bind':
      if (isImpossible === true)
        return colors.yellow(`x cannot bind ${accessText(change.access)}${until(change)}`);
      return colors.green(`+ bind       ${accessText(change.access)}${until(change)}`);
    case 'unbind':
      return colors.red(`- unbind     ${accessText(change.access)}${until(change)}`);
    case 'publish':
      return change.isNew
        ? colors.green(`+ publish    ${change.name} in ${change.region}`)
        : colors.yellow(`~ publish    ${change.name} in ${change.region} (${difference(change, differs)})`);
    case 'unpublish':
      return colors.red(`- unpublish  ${change.name} in ${change.region}`);
    case 'writeStatus':
      return colors.yellow(`~ status     ${change.name} in ${change.region}`);
    case 'removeStatus':
      return colors.yellow(`- status     ${change.name} in ${change.region}`);
    case 'list':
      return colors.yellow(`~ ledger     will list the binding on ${accessText(change.access)}`);
    case 'unlist':
      return colors.yellow(
        `~ ledger     will no longer list the binding on ${accessText(change.access)}: it is gone`,
      );
  }
};

const until = ({ edit }: Extract<Change, { kind: 'bind' | 'unbind' }>): string => {
  const moment = endOf(edit.condition);
  if (edit.condition === undefined) return '';
  return moment === undefined
    ? ` under the condition "${visibleText(edit.condition.title ?? '')}"`
    : ` until ${moment}`;
};

const difference = (
  { otherType }: Extract<Change, { kind: 'publish' }>,
  differs: readonly string[] | undefined,
): string => {
  if (otherType !== undefined)
    return `it is a ${otherType}; if AWS refuses to overwrite it, it is deleted and created again`;
  return differs === undefined ? 'differs from the expected config' : `differs in ${differs.join(', ')}`;
};

const reasonLines = ({ changes, grants }: RoleForecast): readonly string[] => {
  const named = new Set(changes.flatMap(({ change }) => change.grants));
  return grants
    .filter(({ name }) => named.has(name))
    .map(({ name, rule }: Grant) => colors.dim(`    ${name}: allowed by ${rule}`));
};

const summary = (found: Forecast): string => {
  const { roles, mode } = found;
  const changes = roles.flatMap((role) => role.changes);
  const refusals = roles.flatMap((role) => role.refusals);
  const possible = changes.filter(({ isImpossible }) => isImpossible !== true);
  const impossible = changes.length - possible.length;
  const count = (kind: Change['kind']) => possible.filter(({ change }) => change.kind === kind).length;
  const doubtful = possible.filter(
    ({ change, obstacle }) => change.kind === 'bind' && obstacle !== undefined,
  ).length;
  const mayFail = doubtful === 0 ? '' : ` (${doubtful} may fail)`;
  const corrected = count('list') + count('unlist');
  const ledger =
    corrected === 0 ? '' : `, ${counted(corrected, 'entry', 'entries')} of the ledger to correct`;
  const published = count('writeStatus') + count('removeStatus');
  const statuses = published === 0 ? '' : `, ${counted(published, 'status', 'statuses')} to write`;
  const changed =
    changes.length === 0
      ? nothingText(found)
      : `Plan: ${count('bind')} to bind${mayFail}, ${count('unbind')} to unbind, ${count('publish')} to publish, ${count('unpublish')} to unpublish${ledger}${statuses}.${impossible === 0 ? '' : ` ${counted(impossible, 'binding')} cannot be made.`}`;
  return `${changed}${refusals.length === 0 ? '' : ` ${counted(refusals.length, 'request')} refused.`}${modeText[mode]}`;
};

/** Why a role has no change. */
const nothingText = ({ blindSpots, revokeAll }: Forecast): string => {
  if (blindSpots.length > 0) return 'Nothing to do in what was seen.';
  return revokeAll === undefined
    ? 'Nothing to do: access matches the tags.'
    : 'Nothing to do: everything is revoked.';
};
