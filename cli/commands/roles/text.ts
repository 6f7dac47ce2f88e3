import type { Access, AccessState } from '../../../shared/core/access.ts';
import { dayEndText } from '../../../shared/core/end-text.ts';
import { type NamedRole, roleLabel } from '../../../shared/core/role-argument.ts';
import { counted } from '../../../shared/counted.ts';
import { bindingNotes } from '../../../shared/report/binding-notes.ts';
import { stateText } from '../../../shared/report/state-text.ts';
import { visibleText } from '../../../shared/report/visible-text.ts';
import { colors } from '../../colors.ts';
import { columns } from '../../columns.ts';

interface TextOptions {
  readonly accountIds: readonly string[];
  readonly named: readonly NamedRole[];
  readonly isComplete: boolean;
  readonly width: number | undefined;
}

/** A table of access, then the reasons of refusals and anything unusual about a binding. */
export const accessTable = (found: readonly Access[], options: TextOptions): string => {
  if (found.length === 0) return nothingText(options);
  const { accountIds, width } = options;
  const refused = found.filter(({ state }) => state === 'refused');
  const noted = found.flatMap((access) => {
    const notes = bindingNotes(access).map((note) => visibleText(note));
    return notes.length === 0
      ? []
      : [`${roleLabel(accountIds, access.ref)}, ${access.target}: ${notes.join(' ')}`];
  });
  const count = (...states: readonly AccessState[]) =>
    found.filter(({ state }) => states.includes(state)).length;
  const others = count('unasked', 'unclear', 'inherited');
  const unseen = count('unseen');
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
    `${counted(count('bound'), 'grant')} bound, ${others === 0 ? '' : `${counted(others, 'other binding')}, `}${unseen === 0 ? '' : `${unseen} not known, `}${counted(refused.length, 'request')} refused.`,
  ].join('\n');
};

const nothingText = ({ accountIds, named, isComplete }: TextOptions): string => {
  if (named.length > 0)
    return `${named.map((one) => roleLabel(accountIds, one)).join(', ')}: ${isComplete ? '' : 'in what was seen, '}none of our tags, and no binding.`;
  return isComplete
    ? 'No role has one of our tags, and none is bound.'
    : 'No role that was seen has one of our tags or is bound.';
};

const stateColor: Readonly<Record<AccessState, (text: string) => string>> = {
  bound: colors.green,
  awaited: colors.yellow,
  refused: colors.red,
  unasked: colors.red,
  unclear: colors.yellow,
  inherited: colors.yellow,
  unseen: colors.yellow,
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
    dayEndText(expiresAt) ?? expiresAt,
    stateColor[state](stateText[state]),
  ];
};
