import type { ReportRow } from './row.ts';

/**
 * Whether a row is about access to a service account, a resource or a Google role. A tag that cannot be read, such as
 * `writer@… until=2026-12-05`, is about each name in it: someone who asks who can reach writer@… must see it.
 * @param wanted in lower case
 */
export const isAccessTo = (
  { target, googleRole, resource }: Pick<ReportRow, 'target' | 'googleRole' | 'resource'>,
  wanted: string,
): boolean =>
  [target, googleRole, resource].some((name) => name?.toLowerCase() === wanted) ||
  (resource === undefined && hasName(target.toLowerCase(), wanted));

/** Whether a text contains a name, and not only as a part of a longer one. */
const hasName = (text: string, name: string): boolean => {
  for (let at = text.indexOf(name); at >= 0 && at < text.length; at = text.indexOf(name, at + 1))
    if (!/[\w.-]/.test(text.charAt(at - 1)) && !/^([\w-]|[.@]\w)/.test(text.slice(at + name.length)))
      return true;
  return false;
};
