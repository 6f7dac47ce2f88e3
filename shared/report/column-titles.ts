import type { Column } from './selection.ts';

/** The columns, as people read them. */
export const columnTitles: Readonly<Record<Column, string>> = {
  role: 'Role',
  account: 'AWS account',
  grant: 'Grant',
  access: 'Service account or Google role',
  resource: 'Resource',
  since: 'Since',
  until: 'Until',
  state: 'State',
  requester: 'Requested by',
  event: 'Event',
  rule: 'Rule',
};
