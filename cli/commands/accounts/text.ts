import type { AccountsComparison } from '../../../shared/accounts/compare.ts';
import type { AccountsEdit, OrganizationAccount } from '../../../shared/accounts/ports.ts';
import { counted } from '../../../shared/counted.ts';
import { colors } from '../../colors.ts';

/** The comparison for people. Accounts that need no change are only counted: there may be a thousand. */
export const comparisonText = (
  comparison: AccountsComparison,
  { write }: { readonly write?: boolean },
): string => {
  const { organization, toAdd, toRemove, blocked, unknown, outside, unchanged } = comparison;
  return [
    `Organization ${organization}: ${counted(unchanged.length, 'account')} of rolebridge.yml ${unchanged.length <= 1 ? 'needs' : 'need'} no change.`,
    ...section(
      'Active, and not in rolebridge.yml:',
      toAdd.map((account) => colors.green(`  + ${accountText(account)}`)),
    ),
    ...section(
      'Not active any more:',
      toRemove.map((account) => colors.red(`  - ${goneText(account)}`)),
    ),
    ...section(
      'Not active any more, but still needed by rolebridge.yml:',
      blocked.map((account) => colors.yellow(`  ! ${goneText(account)}: ${account.reason}`)),
    ),
    ...section(
      'Not in this organization. Remove them from rolebridge.yml by hand if they left it:',
      unknown.map((id) => colors.yellow(`  ! ${id}`)),
    ),
    ...section(
      'Outside of the units of --ou; they stay in rolebridge.yml:',
      outside.map((account) => `    ${accountText(account)}`),
    ),
    ...(toRemove.length === 0 ? [] : ['', drainText]),
    ...(toAdd.length + toRemove.length === 0 || write === true
      ? []
      : ['', 'To edit rolebridge.yml: rolebridge accounts --write']),
  ].join('\n');
};

const section = (heading: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', heading, ...lines];

const goneText = (account: OrganizationAccount): string => `${accountText(account)} (${account.state})`;

/** Anyone who can rename an account chooses its name. */
const accountText = ({ id, name }: OrganizationAccount): string =>
  `${id}  ${name.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, ' ')}`.trimEnd();

const drainText =
  'To remove an account drains it: after the next deploy, the sweep removes every binding of its roles, within the revocation limit (sweep.maxRevocations). If the account is reopened, add it again: its tags then ask for the same access.';

export const addQuestion = ({ toAdd }: AccountsComparison): string =>
  `Add ${counted(toAdd.length, 'account')} to rolebridge.yml?`;

export const removeQuestion = ({ toRemove }: AccountsComparison): string =>
  `Remove ${counted(toRemove.length, 'account')} from rolebridge.yml? Their roles lose all access after the next deploy.`;

export const writtenText = ({ add, remove }: AccountsEdit, path: string): string => {
  const done = [
    ...(add.length === 0 ? [] : [`added ${counted(add.length, 'account')}`]),
    ...(remove.length === 0 ? [] : [`removed ${counted(remove.length, 'account')}`]),
  ].join(' and ');
  return [
    `In ${path}: ${done}.`,
    '',
    'Next:',
    ...(add.length === 0 ? [] : ['  create their providers    rolebridge setup --only-providers']),
    '  deploy                    rolebridge deploy',
    // Not before: another account's rule needs the bus that a deploy creates.
    ...(add.length === 0 ? [] : ['  create their roles        rolebridge member --print stackset']),
  ].join('\n');
};
