import { createHash } from 'node:crypto';
import type { Condition } from '../conditions.ts';
import { invalid } from '../errors.ts';
import { type Fields, fieldsOf, textOf } from '../method.ts';
import type { LocalBinding } from '../policies.ts';

/** An entry of a dataset's access list, as sent: https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets */
export interface AccessEntry {
  readonly role?: string;
  readonly condition?: Condition;
  readonly [field: string]: unknown;
}

/** An access list as an allow policy. Authorized views, routines and datasets are not part of it. */
export const bindingsOf = (entries: readonly AccessEntry[], project: string): readonly LocalBinding[] =>
  entries.flatMap((entry) =>
    entry.role === undefined
      ? []
      : [
          {
            role: fullRole(entry.role),
            members: [memberOf(entry, project)],
            ...(entry.condition === undefined ? {} : { condition: entry.condition }),
          },
        ],
  );

/** READER, WRITER and OWNER come back for their roles, no matter which of the two was written. */
export const shownEntry = ({ role, condition, ...entry }: AccessEntry, version: number): AccessEntry => {
  if (role === undefined) return entry;
  if (condition === undefined) return { role: shortRole(role), ...entry };
  if (version >= 3) return { role: shortRole(role), ...entry, condition };
  const hash = createHash('sha256').update(JSON.stringify(condition)).digest('hex').slice(0, 10);
  return { role: `${fullRole(role)}_with_conditionalbinding_${hash}`, ...entry };
};

/** @throws GoogleError for an entry of an unknown form. */
export const entryOf = (value: unknown): AccessEntry => {
  const entry = fieldsOf(value);
  const kinds = [...members, ...authorized].filter((kind) => entry[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1)
    // https://github.com/terraform-google-modules/terraform-google-bigquery/issues/428; it leaves out iamMember.
    throw invalid(
      'An access entry must have exactly one of userByEmail, groupByEmail, domain, specialGroup defined, view, routine, or dataset.',
    );
  const hasRole = textOf(entry['role']) !== '';
  if (members.includes(kind) && !hasRole) throw invalid('Required parameter is missing: access.role');
  if (authorized.includes(kind) && hasRole)
    throw invalid(`An access entry for a ${kind} must not have a role.`);
  const { role, condition, ...rest } = entry;
  return {
    ...rest,
    ...(hasRole ? { role: textOf(role) } : {}),
    ...(condition === undefined ? {} : { condition: conditionOf(fieldsOf(condition)) }),
  };
};

/** A member as allow policies and GRANT name it. */
export const entryOfMember = (role: string, member: string): AccessEntry => {
  const [, kind = '', name = ''] = /^(serviceAccount|user|group|domain):(.+)$/.exec(member) ?? [];
  const field = fieldsOfMembers[kind] ?? 'iamMember';
  return { role, [field]: field === 'iamMember' ? member : name };
};

const fieldsOfMembers: Readonly<Record<string, string>> = {
  serviceAccount: 'userByEmail',
  user: 'userByEmail',
  group: 'groupByEmail',
  domain: 'domain',
};

const conditionOf = (condition: Fields): Condition =>
  Object.fromEntries(
    ['title', 'description', 'expression'].flatMap((field) =>
      condition[field] === undefined ? [] : [[field, textOf(condition[field])]],
    ),
  );

const members: readonly string[] = ['userByEmail', 'groupByEmail', 'domain', 'specialGroup', 'iamMember'];
const authorized: readonly string[] = ['view', 'routine', 'dataset'];

const memberOf = (entry: AccessEntry, project: string): string => {
  const email = textOf(entry['userByEmail']);
  if (email.startsWith('deleted:')) return email;
  if (email !== '') return `${email.endsWith('.gserviceaccount.com') ? 'serviceAccount' : 'user'}:${email}`;
  if (textOf(entry['groupByEmail']) !== '') return `group:${textOf(entry['groupByEmail'])}`;
  if (textOf(entry['domain']) !== '') return `domain:${textOf(entry['domain'])}`;
  const special = textOf(entry['specialGroup']);
  if (special === '') return textOf(entry['iamMember']);
  const basic = basicRoles[special];
  return basic === undefined ? special : `${basic}:${project}`;
};

const basicRoles: Readonly<Record<string, string>> = {
  projectOwners: 'projectOwner',
  projectWriters: 'projectEditor',
  projectReaders: 'projectViewer',
};

const legacy = { OWNER: 'dataOwner', WRITER: 'dataEditor', READER: 'dataViewer' } as const;

export const fullRole = (role: string): string =>
  role in legacy ? `roles/bigquery.${legacy[role as keyof typeof legacy]}` : role;

const shortRole = (role: string): string =>
  Object.entries(legacy).find(([, full]) => role === `roles/bigquery.${full}`)?.[0] ?? role;
