import Table from 'cli-table3';
import type { Template } from '../../local/stack/template.ts';
import {
  type AuthorizedCall,
  exceptions,
  type Permission,
  permissionsOf,
  unusedPermissions,
} from './permission-log.ts';

export interface PermissionReport {
  readonly text: string;
  readonly unused: readonly Permission[];
}

/** A table without colors, because it is kept in docs/reports. */
const newTable = (head: readonly string[]) =>
  new Table({ head: [...head], style: { head: [], border: [], compact: true } });

const resourcesText = (resources: readonly string[]): string => {
  const [first = '', ...others] = resources.toSorted();
  return others.length === 0 ? first : `${first} and ${others.length} more`;
};

/** Call → resource → statement that allowed it, for the roles of a template; and the permissions that nothing used. */
export const permissionReport = (template: Template, calls: readonly AuthorizedCall[]): PermissionReport => {
  const permissions = permissionsOf(template);
  const unused = unusedPermissions(permissions, calls);
  const roles = new Set(permissions.map(({ role }) => role));
  const ofRoles = calls.filter(({ role }) => roles.has(role));
  const table = newTable(['role', 'call', 'resource', 'allowed by']);
  const rows = Map.groupBy(
    ofRoles.filter(({ statement }) => statement !== undefined),
    ({ role, action, statement = '' }) => JSON.stringify([role, action, statement]),
  );
  for (const [row, same] of [...rows].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const [role = '', action = '', statement = ''] = JSON.parse(row) as readonly string[];
    table.push([role, action, resourcesText(same.map(({ resource }) => resource)), statement]);
  }
  const excepted = newTable(['not called by the functions’ own code', 'why it is there']);
  for (const [action, reason] of Object.entries(exceptions)) excepted.push([action, reason]);
  const denied = ofRoles.filter(({ statement }) => statement === undefined);
  const lines = [
    'What allowed each AWS call of a function:',
    table.toString(),
    excepted.toString(),
    `Unused permissions: ${unused.length === 0 ? 'none' : ''}`,
    ...unused.map(({ role, statement, action }) => `  ${role} ${statement} ${action}`),
    // Each has a test of its own: any other one fails its suite.
    ...denied.map(
      ({ role, action, resource }) => `Denied, as its test expects: ${role} ${action} ${resource}`,
    ),
  ];
  return { text: lines.join('\n'), unused };
};
