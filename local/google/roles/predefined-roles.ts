import { bigqueryRoles, ownsDatasets } from './bigquery.ts';
import { codeRoles } from './code.ts';
import { dataRoles } from './data.ts';
import {
  accountAdministration,
  customRoles,
  federation,
  identityRoles,
  projects,
  services,
} from './identity.ts';
import { ownsMessages, ownsSecrets, pubsubRoles, secretRoles } from './messages-and-secrets.ts';
import { all, type PredefinedRole, role } from './role.ts';
import { storageRoles } from './storage.ts';

const ofOwner = [
  ...accountAdministration,
  ...federation,
  ...projects,
  ...services,
  ...customRoles,
  ...all('storage.buckets', 'create', 'delete', 'getIpFilter', 'list'),
  ...ownsDatasets,
  ...all('bigquery.jobs', 'create', 'get', 'list'),
  ...ownsMessages,
  ...ownsSecrets,
];

/** Editors cannot grant anything, and cannot read secrets. */
const isOfEditor = (permission: string): boolean =>
  !/\.setIamPolicy$|^iam\.(roles|workloadIdentityPool|denypolicies)|^secretmanager\.versions\.access$/.test(
    permission,
  );

const isOfViewer = (permission: string): boolean => /\.(get|list|getIamPolicy)$/.test(permission);

const basicRoles = [
  role('owner', 'Owner', ofOwner),
  role('editor', 'Editor', ofOwner.filter(isOfEditor)),
  role('viewer', 'Viewer', ofOwner.filter(isOfViewer), 'bigquery.jobs.create'),
];

/**
 * An excerpt: about 100 of Google's 2,000 predefined roles, and of the larger ones not every permission. The roles for
 * storage, BigQuery, Pub/Sub and secrets follow https://github.com/iann0036/iam-dataset (2026-08), which reads them from
 * Google's API; the others follow https://cloud.google.com/iam/docs/roles-permissions. Google changes them at any time.
 */
export const predefinedRoles: ReadonlyMap<string, PredefinedRole> = new Map(
  [
    ...basicRoles,
    ...identityRoles,
    ...storageRoles,
    ...bigqueryRoles,
    ...pubsubRoles,
    ...secretRoles,
    ...codeRoles,
    ...dataRoles,
  ].map((each) => [each.name, each]),
);
