import { similarNames } from '../core/similar-names.ts';
import { isAccessTo } from './access-to.ts';
import type { Report } from './report.ts';
import type { Selection } from './selection.ts';

/** A name that was selected, and that the report does not have: misspelled, or of something that no role reaches. */
export interface UnknownName {
  readonly kind: 'role' | 'to';
  readonly name: string;
  /** Names of the report that may have been meant, the nearest first. */
  readonly similar: readonly string[];
}

export const unknownNames = (report: Report, { role, to }: Selection): readonly UnknownName[] => [
  ...(role === undefined ? [] : unknown('role', role, roleNames(report, role))),
  ...(to === undefined || isKnown(report, to) ? [] : unknown('to', to, targetNames(report))),
];

const isKnown = ({ rows }: Report, to: string): boolean =>
  rows.some((row) => isAccessTo(row, to.toLowerCase()));

const unknown = (
  kind: UnknownName['kind'],
  name: string,
  names: readonly string[],
): readonly UnknownName[] =>
  names.some((one) => one.toLowerCase() === name.toLowerCase())
    ? []
    : [{ kind, name, similar: similarNames(name, names) }];

/** With their accounts, if an account was named. */
const roleNames = ({ rows }: Report, wanted: string): readonly string[] =>
  rows.map(({ role: { accountId, roleName } }) =>
    wanted.includes('/') ? `${accountId}/${roleName}` : roleName,
  );

const targetNames = ({ rows, unmanaged, policies }: Report): readonly string[] => [
  ...rows.flatMap(({ googleRole, resource }) =>
    googleRole === undefined || resource === undefined ? [] : [resource, googleRole],
  ),
  ...unmanaged.flatMap(({ googleRole, resource }) => [resource, googleRole]),
  ...policies.read,
  ...policies.unread,
];
