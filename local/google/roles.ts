const policies = ['getIamPolicy', 'setIamPolicy'];

const all = (prefix: string, ...verbs: readonly string[]) => verbs.map((verb) => `${prefix}.${verb}`);

const federation = [
  ...all('iam.workloadIdentityPools', 'get', 'list', 'create', 'update', 'delete', 'undelete'),
  ...all('iam.workloadIdentityPoolProviders', 'get', 'list', 'create', 'update', 'delete', 'undelete'),
];

const projects = all('resourcemanager.projects', 'get', ...policies);
const services = all('serviceusage.services', 'get', 'list', 'enable');
const customRoles = all('iam.roles', 'get', 'list', 'create', 'update', 'delete', 'undelete');

const account = (...verbs: readonly string[]) => verbs.map((verb) => `iam.serviceAccounts.${verb}`);

const reading = [
  ...account('get', 'list', 'getIamPolicy'),
  ...[...federation, ...customRoles, ...services].filter((permission) => /\.(get|list)$/.test(permission)),
  ...all('resourcemanager.projects', 'get', 'getIamPolicy'),
];

/** Google's predefined roles that the stand-in knows, with their permissions. */
export const predefinedRoles: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'roles/owner',
    [
      ...account('get', 'list', 'create', 'delete', 'enable', 'disable', ...policies),
      ...federation,
      ...projects,
      ...services,
      ...customRoles,
    ],
  ],
  ['roles/viewer', reading],
  [
    'roles/iam.securityReviewer',
    [...account('list', 'getIamPolicy'), 'resourcemanager.projects.getIamPolicy'],
  ],
  ['roles/browser', ['resourcemanager.projects.get']],
  ['roles/iam.workloadIdentityUser', account('get', 'list', 'getAccessToken', 'getOpenIdToken')],
  [
    'roles/iam.serviceAccountTokenCreator',
    account('get', 'list', 'getAccessToken', 'getOpenIdToken', 'signBlob', 'signJwt'),
  ],
  ['roles/iam.serviceAccountUser', [...account('get', 'list', 'actAs'), 'resourcemanager.projects.get']],
  [
    'roles/iam.serviceAccountViewer',
    [...account('get', 'list', 'getIamPolicy'), 'resourcemanager.projects.get'],
  ],
  [
    'roles/iam.serviceAccountAdmin',
    [
      ...account('get', 'list', 'create', 'update', 'delete', 'enable', 'disable', ...policies),
      'resourcemanager.projects.get',
    ],
  ],
  ['roles/iam.serviceAccountCreator', [...account('get', 'list', 'create'), 'resourcemanager.projects.get']],
  ['roles/iam.workloadIdentityPoolAdmin', [...federation, 'resourcemanager.projects.get']],
  [
    'roles/iam.workloadIdentityPoolViewer',
    [...federation.filter((permission) => /\.(get|list)$/.test(permission)), 'resourcemanager.projects.get'],
  ],
  [
    'roles/iam.roleAdmin',
    [...customRoles, 'resourcemanager.projects.get', 'resourcemanager.projects.getIamPolicy'],
  ],
  ['roles/resourcemanager.projectIamAdmin', projects],
  ['roles/serviceusage.serviceUsageAdmin', [...services, 'resourcemanager.projects.get']],
]);
