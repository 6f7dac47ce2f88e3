import { resourceText } from '../core/target.ts';
import type { Report } from './report.ts';
import type { Selection } from './selection.ts';
import type { UnmanagedMember } from './unmanaged-members.ts';
import { visibleText } from './visible-text.ts';

/**
 * The members of our pools that rolebridge does not manage, and that reach the selected service account, resource or Google role:
 * a reader who asks who can reach it must not miss them. A member may stand for several roles, so a selected role rules none out.
 */
export const besideRows = (
  { unmanaged }: Pick<Report, 'unmanaged'>,
  { to }: Pick<Selection, 'to'>,
): readonly string[] => {
  const wanted = to?.toLowerCase();
  return unmanaged
    .filter(
      ({ resource, googleRole }) =>
        wanted === undefined || [resource, googleRole].some((name) => name.toLowerCase() === wanted),
    )
    .map(textOf);
};

/** Whether the policy of the selected service account could not be read: members there are in neither the rows nor this list. */
export const isPolicyUnread = (
  { notReadable }: Pick<Report, 'notReadable'>,
  { to }: Pick<Selection, 'to'>,
): boolean => {
  const wanted = to?.toLowerCase();
  return notReadable.some((name) => [name, resourceText(name)].some((one) => one.toLowerCase() === wanted));
};

const textOf = ({ member, googleRole, resource, condition }: UnmanagedMember): string =>
  visibleText(
    `${member} has ${googleRole} on ${resource}${condition === undefined ? '' : `, under the condition "${condition}"`}`,
  );
