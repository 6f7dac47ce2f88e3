import { isGoogleRole, projectOfGoogleResource } from '../core/google-resource.ts';
import { projectOf } from '../core/service-account.ts';
import { conditionText } from './binding-notes.ts';
import type { Report } from './report.ts';
import type { Selection } from './selection.ts';
import type { UnmanagedMember } from './unmanaged-members.ts';
import { visibleText } from './visible-text.ts';

/**
 * The members of our pools that rolebridge does not manage, and that reach the selected service account, resource or Google role:
 * a reader who asks who can reach it must not miss them. A Google role on a project reaches everything in it. A member may stand for
 * several roles, so a selected role rules none out.
 */
export const besideRows = (
  { unmanaged }: Pick<Report, 'unmanaged'>,
  { to }: Pick<Selection, 'to'>,
): readonly string[] => {
  const wanted = to?.toLowerCase();
  return unmanaged.filter((one) => wanted === undefined || isBeside(one, wanted)).map(textOf);
};

/** `wanted`: a service account, a resource, a Google role, or `<Google role> on <resource>`. */
const isBeside = ({ googleRole, resource }: UnmanagedMember, wanted: string): boolean => {
  const names = [resource, googleRole, `${googleRole} on ${resource}`];
  if (names.some((name) => name.toLowerCase() === wanted)) return true;
  const { role, place } = partsOf(wanted);
  return isAbove(resource, place) && (role === undefined || role === googleRole.toLowerCase());
};

const partsOf = (wanted: string): { readonly role: string | undefined; readonly place: string } => {
  const [, role, place = wanted] = /^(\S+) on (\S+)$/.exec(wanted) ?? [];
  return { role, place };
};

/** Whether a resource is the project of a place, or may be: a bucket does not name its project, and some accounts only its number. */
const isAbove = (resource: string, place: string): boolean => {
  const [, project] = /^projects\/([^/]+)$/.exec(resource) ?? [];
  if (project === undefined || isGoogleRole(place)) return false;
  const own = projectOf(place) ?? projectOfGoogleResource(place);
  return own === undefined || /^\d+$/.test(own) || own === project;
};

/**
 * Whether the policy of the selected service account or resource, or that of its project, was not read: members there are in
 * neither the rows nor this list. It may have failed, its project may not have been listed, or nothing names it.
 */
export const isPolicyUnread = (
  { policies: { read, unread } }: Pick<Report, 'policies'>,
  { to }: Pick<Selection, 'to'>,
): boolean => {
  if (to === undefined) return false;
  const { place } = partsOf(to.toLowerCase());
  if (isGoogleRole(place)) return false;
  const name = place.replace(/^projects\/[^/]+\/serviceaccounts\//, '');
  return !read.some((one) => one.toLowerCase() === name) || unread.some((one) => isAbove(one, name));
};

const textOf = ({ member, googleRole, resource, condition }: UnmanagedMember): string =>
  visibleText(
    `${member} has ${googleRole} on ${resource}${condition === undefined ? '' : `, under the condition ${conditionText(condition)}`}`,
  );
