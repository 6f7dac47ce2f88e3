import type { AllowPolicy, Binding, Condition } from './iam-policy.ts';
import { isRecord } from './json.ts';
import { isServiceAccountEmail } from './service-account.ts';

/**
 * BigQuery has no allow policy for a dataset, but an access list with one entry for each member:
 * https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets. An entry is kept as it was read.
 */
export interface AccessEntry {
  readonly role?: string;
  /** A member that is not a user, group, domain or special group: ours. */
  readonly iamMember?: string;
  /** A user or a service account: setup's member on an opted-in dataset. */
  readonly userByEmail?: string;
  readonly condition?: Condition;
}

/** An access list as an allow policy, for an edit. The list travels along, so that nothing else of it changes. */
export interface DatasetPolicy extends AllowPolicy {
  readonly access: readonly AccessEntry[];
}

/** Only service accounts and members that IAM alone knows become bindings: everything else in the list is other people's. */
export const policyOfAccess = (access: readonly AccessEntry[], etag: string): DatasetPolicy => ({
  etag,
  bindings: access.flatMap(bindingsOf),
  access,
});

/** The access list after an edit of its policy: foreign entries as they were read, in their order, and new ones at the end. */
export const accessOfPolicy = ({ access, bindings = [] }: DatasetPolicy): readonly AccessEntry[] => {
  const before = new Set(access.flatMap(bindingsOf).flatMap(rowsOf).map(keyOf));
  const rows = bindings.flatMap(rowsOf);
  const after = new Set(rows.map(keyOf));
  const staying = access.filter((entry) => bindingsOf(entry).every((row) => after.has(keyOf(row))));
  const added = rows.filter((row) => !before.has(keyOf(row))).map(entryOf);
  return added.length === 0 && staying.length === access.length ? access : [...staying, ...added];
};

export const isDatasetPolicy = (policy: AllowPolicy): policy is DatasetPolicy =>
  'access' in policy && isAccess(policy.access);

/** Whether an answer is an access list that can be edited. */
export const isAccess = (value: unknown): value is readonly AccessEntry[] =>
  Array.isArray(value) && value.every(isEntry);

const isEntry = (value: unknown): boolean =>
  isRecord(value) &&
  isTextOrMissing(value['role']) &&
  isTextOrMissing(value['iamMember']) &&
  (value['condition'] === undefined || isRecord(value['condition'])) &&
  !isHidden(String(value['role']));

const isTextOrMissing = (value: unknown): boolean => value === undefined || typeof value === 'string';

/** Versions below 3 hide a condition behind the role's name. We ask for version 3, so something in between dropped that. */
const isHidden = (role: string): boolean => /_with_?cond(itionalbinding)?_[0-9a-f]+$/.test(role);

const bindingsOf = (entry: AccessEntry): readonly Binding[] => {
  const { role, condition } = entry;
  const member = memberOf(entry);
  return role === undefined || member === undefined
    ? []
    : [
        {
          role: fullRoles.get(role) ?? role,
          members: [member],
          ...(condition === undefined ? {} : { condition }),
        },
      ];
};

/** BigQuery names a service account as it names a person. */
const memberOf = ({ iamMember, userByEmail }: AccessEntry): string | undefined =>
  iamMember ??
  (typeof userByEmail === 'string' && isServiceAccountEmail(userByEmail)
    ? `${accountPrefix}${userByEmail}`
    : undefined);

const accountPrefix = 'serviceAccount:';

/** BigQuery answers with the first name for the second, whichever of them was written. */
const fullRoles: ReadonlyMap<string, string> = new Map([
  ['READER', 'roles/bigquery.dataViewer'],
  ['WRITER', 'roles/bigquery.dataEditor'],
  ['OWNER', 'roles/bigquery.dataOwner'],
]);

/** One binding for each member. */
const rowsOf = ({ role, members, condition }: Binding): readonly Binding[] =>
  members.map((member) => ({ role, members: [member], ...(condition === undefined ? {} : { condition }) }));

/** An edit leaves the rows that it is not about as they were, so equal rows have equal texts. */
const keyOf = ({ role, members, condition }: Binding): string => JSON.stringify([role, members, condition]);

const entryOf = ({ role, members, condition }: Binding): AccessEntry => {
  const member = members.join();
  return {
    role,
    ...(member.startsWith(accountPrefix)
      ? { userByEmail: member.slice(accountPrefix.length) }
      : { iamMember: member }),
    ...(condition === undefined ? {} : { condition }),
  };
};
