import { all, type PredefinedRole, role, seesProjects } from './role.ts';

const policies = ['getIamPolicy', 'setIamPolicy'];
const account = (...verbs: readonly string[]) => all('iam.serviceAccounts', ...verbs);
const crud = ['get', 'list', 'create', 'update', 'delete', 'undelete'];

export const federation = [
  ...all('iam.workloadIdentityPools', ...crud),
  ...all('iam.workloadIdentityPoolProviders', ...crud),
];
export const customRoles = all('iam.roles', ...crud);
export const projects = all('resourcemanager.projects', 'get', 'list', ...policies);
export const services = all('serviceusage.services', 'get', 'list', 'enable');
export const accountAdministration = account(
  'get',
  'list',
  'create',
  'delete',
  'enable',
  'disable',
  ...policies,
);

const isRead = (permission: string): boolean => /\.(get|list)$/.test(permission);

/** Administration of identities and grants. */
export const identityRoles: readonly PredefinedRole[] = [
  role(
    'iam.securityAdmin',
    'Security Admin',
    account('get', 'list', ...policies),
    all('iam.roles', 'get', 'list'),
    projects,
    ...[
      'storage.buckets',
      'bigquery.datasets',
      'bigquery.tables',
      'pubsub.topics',
      'pubsub.subscriptions',
    ].map((kind) => all(kind, 'getIamPolicy', 'setIamPolicy')),
    all('secretmanager.secrets', 'list', ...policies),
    all('cloudkms.cryptoKeys', 'list', ...policies),
    all('iam.denypolicies', 'get', 'list'),
  ),
  role(
    'iam.securityReviewer',
    'Security Reviewer',
    account('list', 'getIamPolicy'),
    all('iam.roles', 'get', 'list'),
    'resourcemanager.projects.getIamPolicy',
    all('storage.buckets', 'getIamPolicy', 'list'),
    'bigquery.datasets.getIamPolicy',
    all('pubsub.topics', 'getIamPolicy', 'list'),
    all('pubsub.subscriptions', 'getIamPolicy', 'list'),
    all('secretmanager.secrets', 'getIamPolicy', 'list'),
  ),
  role(
    'iam.workloadIdentityUser',
    'Workload Identity User',
    account('get', 'list', 'getAccessToken', 'getOpenIdToken'),
  ),
  role(
    'iam.serviceAccountTokenCreator',
    'Service Account Token Creator',
    account('get', 'list', 'getAccessToken', 'getOpenIdToken', 'implicitDelegation', 'signBlob', 'signJwt'),
  ),
  role(
    'iam.serviceAccountOpenIdTokenCreator',
    'Service Account OpenID Connect Identity Token Creator',
    account('getOpenIdToken'),
  ),
  role('iam.serviceAccountUser', 'Service Account User', account('get', 'list', 'actAs'), seesProjects),
  role(
    'iam.serviceAccountViewer',
    'View Service Accounts',
    account('get', 'list', 'getIamPolicy'),
    all('iam.serviceAccountKeys', 'get', 'list'),
    seesProjects,
  ),
  role(
    'iam.serviceAccountAdmin',
    'Service Account Admin',
    account('update', 'undelete'),
    accountAdministration,
    seesProjects,
  ),
  role(
    'iam.serviceAccountCreator',
    'Create Service Accounts',
    account('get', 'list', 'create'),
    seesProjects,
  ),
  role(
    'iam.serviceAccountKeyAdmin',
    'Service Account Key Admin',
    account('get', 'list'),
    all('iam.serviceAccountKeys', 'create', 'delete', 'disable', 'enable', 'get', 'list', 'upload'),
    seesProjects,
  ),
  role('iam.workloadIdentityPoolAdmin', 'IAM Workload Identity Pool Admin', federation, seesProjects),
  role(
    'iam.workloadIdentityPoolViewer',
    'IAM Workload Identity Pool Viewer',
    federation.filter(isRead),
    seesProjects,
  ),
  role(
    'iam.roleAdmin',
    'Role Administrator',
    customRoles,
    seesProjects,
    'resourcemanager.projects.getIamPolicy',
  ),
  role(
    'iam.roleViewer',
    'Role Viewer',
    customRoles.filter(isRead),
    seesProjects,
    'resourcemanager.projects.getIamPolicy',
  ),
  role('iam.denyAdmin', 'Deny Admin', all('iam.denypolicies', 'create', 'delete', 'get', 'list', 'update')),
  role('browser', 'Browser', seesProjects, 'resourcemanager.projects.getIamPolicy'),
  role('resourcemanager.projectIamAdmin', 'Project IAM Admin', projects),
  role(
    'resourcemanager.tagUser',
    'Tag User',
    all('resourcemanager.tagValueBindings', 'create', 'delete'),
    all('resourcemanager.tagValues', 'get', 'list'),
    seesProjects,
  ),
  role('orgpolicy.policyAdmin', 'Organization Policy Administrator', all('orgpolicy.policy', 'get', 'set')),
  role(
    'serviceusage.serviceUsageAdmin',
    'Service Usage Admin',
    services,
    'serviceusage.services.disable',
    'serviceusage.services.use',
    seesProjects,
  ),
  role(
    'serviceusage.serviceUsageConsumer',
    'Service Usage Consumer',
    all('serviceusage.services', 'get', 'list', 'use'),
    'serviceusage.quotas.get',
  ),
];
