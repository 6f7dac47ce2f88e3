import type { Caller } from '../access.ts';
import type { Surroundings } from '../surroundings.ts';
import { type AccessEntry, entryOfMember, fullRole } from './access-entries.ts';
import { bigqueryApi, invalidQuery } from './api.ts';
import { checkedAccess, getDataset } from './dataset-methods.ts';
import type { Datasets } from './datasets.ts';

/** GRANT or REVOKE on a dataset: https://cloud.google.com/bigquery/docs/reference/standard-sql/data-control-language */
export interface AccessStatement {
  readonly kind: 'GRANT' | 'REVOKE';
  readonly roles: readonly string[];
  /** Two parts, or the dataset's id alone. */
  readonly dataset: readonly string[];
  readonly members: readonly string[];
}

/** Undefined for any other statement. */
export const parseAccessStatement = (sql: string): AccessStatement | undefined => {
  const [, verb = '', roles = '', dataset = '', members = ''] =
    /^\s*(GRANT|REVOKE)\s+(.+?)\s+ON\s+SCHEMA\s+(\S+)\s+(?:TO|FROM)\s+(.+?)\s*;?\s*$/is.exec(sql) ?? [];
  if (verb === '') return undefined;
  return {
    kind: verb.toUpperCase() === 'GRANT' ? 'GRANT' : 'REVOKE',
    roles: listOf(roles, /^`([^`]+)`$/),
    dataset: dataset.replaceAll('`', '').split('.'),
    members: listOf(members, /^["']([^"']+)["']$/),
  };
};

/** Entries with a condition are other grants, and stay. @throws GoogleError */
export const changeAccess = (
  { kind, roles, dataset: name, members }: AccessStatement,
  inProject: string,
  caller: Caller,
  { datasets, surroundings }: { readonly datasets: Datasets; readonly surroundings: Surroundings },
): void => {
  const [project = '', id = ''] = name.length === 2 ? name : [inProject, ...name];
  const dataset = getDataset(datasets, surroundings, { project, dataset: id }, update, caller);
  for (const permission of [update, setPolicy])
    if (!surroundings.access.holds(caller, permission, dataset))
      throw bigqueryApi.denied(permission, dataset, caller);
  const named = roles.flatMap((role) => members.map((member) => entryOfMember(role, member)));
  const others = dataset.access().filter((entry) => !named.some((one) => isSame(one, entry)));
  const changed = kind === 'GRANT' ? [...others, ...named] : others;
  dataset.replace(checkedAccess(changed, dataset, 3, surroundings));
};

/** Google documents the first for these statements, and the second for every change of access (2026-03-17). */
const update = 'bigquery.datasets.update';
const setPolicy = 'bigquery.datasets.setIamPolicy';

const isSame = (one: AccessEntry, other: AccessEntry): boolean =>
  other.role !== undefined && textOf(one) === textOf(other);

const textOf = ({ role = '', ...entry }: AccessEntry): string =>
  JSON.stringify([fullRole(role), Object.entries(entry)]);

const listOf = (text: string, form: RegExp): readonly string[] =>
  text.split(',').map((item) => {
    const [, name] = form.exec(item.trim()) ?? [];
    if (name === undefined) throw invalidQuery(`Syntax error: Unexpected ${item.trim()}`);
    return name;
  });
