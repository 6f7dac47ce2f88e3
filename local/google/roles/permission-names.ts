import { invalid } from '../errors.ts';
import type { PredefinedRole } from './role.ts';

/**
 * Refuses permissions that a project's custom role cannot contain. The stand-in knows every verb of the kinds of resources
 * in its table, and accepts any permission of other kinds.
 * @throws GoogleError
 */
export const checkPermissionNames = (names: readonly string[], roles: Iterable<PredefinedRole>): void => {
  const known = new Set([...roles].flatMap(({ permissions }) => permissions));
  const kinds = new Set([...known].map(kindOf));
  const wrong = names.find(
    (name) => onlyForOrganizations.has(name) || (kinds.has(kindOf(name)) && !known.has(name)),
  );
  if (wrong !== undefined) throw invalid(`Permission ${wrong} is not valid.`);
};

const kindOf = (permission: string): string => permission.split('.').slice(0, 2).join('.');

/** Custom roles of projects cannot contain it: https://cloud.google.com/iam/docs/custom-roles-permissions-support */
const onlyForOrganizations: ReadonlySet<string> = new Set(['resourcemanager.projects.list']);
