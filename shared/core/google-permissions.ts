import type { ResourceKind } from './google-resource.ts';

/**
 * The permissions that a Google role may have to be granted on a kind of resource, and those that it may never have. Google
 * changes its predefined roles, so a role is judged by what it permits and never by its name.
 */

/** Whether a permission is never granted, whatever a rule says. */
export const isDenied = (permission: string): boolean => denials.some(({ matches }) => matches(permission));

/** Why it is never granted; completes a sentence. */
export const reasonOfDenial = (permission: string): string =>
  denials.find(({ matches }) => matches(permission))?.reason ?? '';

/**
 * The permissions that a Google role may have on this kind of resource. On a project, each Google role of a fixed table has its own
 * list, because a project contains everything; undefined for any other role there.
 */
export const allowedPermissions = (
  kind: ResourceKind,
  googleRole: string,
): ReadonlySet<string> | undefined => (kind === 'project' ? projectRoles.get(googleRole) : resources[kind]);

/** The Google roles that may be granted on a project. */
export const projectRoleNames = (): readonly string[] => [...projectRoles.keys()];

/** Owner, editor and viewer: each permits nearly everything, and Google takes no condition with them. */
export const isBasicRole = (googleRole: string): boolean =>
  ['roles/owner', 'roles/editor', 'roles/viewer', 'roles/browser'].includes(googleRole);

interface Denial {
  readonly matches: (permission: string) => boolean;
  readonly reason: string;
}

/** https://cloud.google.com/iam/docs/permissions-reference */
const denials: readonly Denial[] = [
  {
    matches: (one) => one.endsWith('.setIamPolicy') || one.endsWith('.setIamPolicyEffectiveTagBindings'),
    reason: 'it lets the role give access to anyone',
  },
  {
    matches: oneOf('iam.serviceAccounts', [
      'getAccessToken',
      'getOpenIdToken',
      'signBlob',
      'signJwt',
      'implicitDelegation',
      'actAs',
    ]),
    reason: 'it lets the role act as service accounts',
  },
  {
    matches: oneOf('iam.serviceAccountKeys', ['create', 'upload']),
    reason: 'it makes keys, which outlive every binding',
  },
  { matches: oneOf('iam.roles', ['create', 'update', 'undelete']), reason: 'it changes what roles permit' },
  {
    matches: (one) =>
      /^iam\.(workloadIdentityPool|workforcePool|googleapis\.com\/workloadIdentityPool)\w*\.(create|update|undelete)$/.test(
        one,
      ),
    reason: 'it lets the role trust other identities',
  },
  {
    matches: (one) => /^iam\.(denypolicies|policybindings|principalaccessboundarypolicies)\./.test(one),
    reason: 'it changes what limits everyone',
  },
  {
    matches: (one) => /^orgpolicy\.\w+\.(set|create|update|delete)$/.test(one),
    reason: 'it changes what limits everyone',
  },
  {
    matches: oneOf('deploymentmanager.deployments', ['create', 'update']),
    reason: "it deploys with the project's own service account",
  },
  {
    matches: (one) => /^cloudbuild\.(builds|buildtriggers|workerpools)\.(create|update|approve)$/.test(one),
    reason: 'it runs code as a service account',
  },
  {
    matches: (one) =>
      /^(run\.(services|jobs|workerpools|functions)|cloudfunctions\.functions|compute\.(instances|instanceTemplates)|appengine\.versions|dataflow\.jobs|dataproc\.(jobs|clusters|batches)|composer\.environments|workflows\.workflows|notebooks\.instances|aiplatform\.(customJobs|pipelineJobs|trainingPipelines|notebookRuntimes|reasoningEngines))\.(create|update|setMetadata|sourceCodeSet|use|execute)$/.test(
        one,
      ),
    reason: 'it runs code as a service account',
  },
  {
    matches: oneOf('compute.projects', ['setCommonInstanceMetadata']),
    reason: 'it runs code on every instance',
  },
  {
    matches: (one) =>
      /^resourcemanager\.(tagValueBindings|hierarchyNodes)\.(create|createTagBinding)$/.test(one) ||
      one.endsWith('.createTagBinding'),
    reason: 'it changes which conditions hold',
  },
  {
    matches: (one) => /^resourcemanager\.projects\.(update|delete|undelete|move|updateLiens)$/.test(one),
    reason: 'it changes the project itself',
  },
  { matches: (one) => one.includes('*'), reason: 'it stands for more than one permission' },
];

function oneOf(prefix: string, verbs: readonly string[]): (permission: string) => boolean {
  const all = new Set(verbs.map((verb) => `${prefix}.${verb}`));
  return (permission) => all.has(permission);
}

/** `names('storage.objects', 'get list')` */
const names = (prefix: string, verbs: string): readonly string[] =>
  verbs.split(' ').map((verb) => `${prefix}.${verb}`);

/** Most predefined roles have these; on a single resource they permit nothing. */
const harmless: readonly string[] = [
  ...names('resourcemanager.projects', 'get list'),
  ...names('orgpolicy.policy', 'get'),
  ...names('recommender.locations', 'get list'),
  ...names('monitoring.timeSeries', 'list'),
];

const resources: Readonly<Record<Exclude<ResourceKind, 'project'>, ReadonlySet<string>>> = {
  bucket: new Set([
    ...harmless,
    ...names('storage.buckets', 'get getIamPolicy listEffectiveTags getObjectInsights'),
    ...names(
      'storage.objects',
      'create createContext delete deleteContext get getIamPolicy list move restore update updateContext',
    ),
    ...names('storage.folders', 'create delete get list rename'),
    ...names('storage.managedFolders', 'create delete get getIamPolicy list'),
    ...names('storage.multipartUploads', 'abort create list listParts'),
  ]),
  dataset: new Set([
    ...harmless,
    ...names('bigquery.config', 'get'),
    ...names(
      'bigquery.datasets',
      'get getIamPolicy listEffectiveTags listTagBindings updateTag listSharedDatasetUsage',
    ),
    ...names(
      'bigquery.tables',
      'create createIndex createSnapshot delete deleteIndex export get getData getIamPolicy list listEffectiveTags listTagBindings replicateData restoreSnapshot update updateData updateIndex updateTag',
    ),
    ...names(
      'bigquery.models',
      'create delete export getData getMetadata list updateData updateMetadata updateTag',
    ),
    ...names('bigquery.routines', 'create delete get list update updateTag'),
    ...names('bigquery.rowAccessPolicies', 'getIamPolicy list'),
    ...names('dataplex.datascans', 'get list getData create delete update'),
    ...names('dataplex.operations', 'get list'),
  ]),
  secret: new Set([
    ...harmless,
    ...names('secretmanager.locations', 'get list'),
    ...names('secretmanager.secrets', 'get getIamPolicy list listEffectiveTags listTagBindings'),
    ...names('secretmanager.versions', 'access add destroy disable enable get list'),
  ]),
  topic: new Set([
    ...harmless,
    ...names('pubsub.topics', 'attachSubscription detachSubscription get getIamPolicy list publish'),
    ...names('pubsub.schemas', 'attach get list listRevisions validate'),
    ...names('pubsub.messageTransforms', 'validate'),
    ...names('pubsub.subscriptions', 'consume get getIamPolicy list'),
    ...names('pubsub.snapshots', 'get getIamPolicy list seek'),
    ...names('serviceusage.services', 'get list'),
  ]),
  subscription: new Set([
    ...harmless,
    ...names('pubsub.subscriptions', 'consume get getIamPolicy list'),
    ...names('pubsub.snapshots', 'get getIamPolicy list seek'),
    ...names('pubsub.topics', 'attachSubscription get getIamPolicy list publish'),
    ...names('pubsub.schemas', 'attach get list listRevisions validate'),
    ...names('pubsub.messageTransforms', 'validate'),
    ...names('serviceusage.services', 'get list'),
  ]),
};

/** Roles that clients need on a project besides a grant on a resource, and that reach no data by themselves. */
const projectRoles: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    'roles/bigquery.jobUser',
    new Set([
      ...harmless,
      ...names('bigquery.config', 'get'),
      ...names('bigquery.jobs', 'create'),
      ...names('dataform.locations', 'get list'),
      ...names('dataform.repositories', 'create list'),
    ]),
  ],
  [
    'roles/bigquery.readSessionUser',
    new Set([...harmless, ...names('bigquery.readsessions', 'create getData update')]),
  ],
  [
    'roles/serviceusage.serviceUsageConsumer',
    new Set([
      ...harmless,
      ...names('monitoring.timeSeries', 'list'),
      ...names('serviceusage.quotas', 'get'),
      ...names('serviceusage.services', 'get list use'),
      ...names('serviceusage.operations', 'get list'),
    ]),
  ],
  ['roles/logging.logWriter', new Set([...harmless, ...names('logging.logEntries', 'create route')])],
  [
    'roles/monitoring.metricWriter',
    new Set([
      ...harmless,
      ...names('monitoring.metricDescriptors', 'create get list'),
      ...names('monitoring.monitoredResourceDescriptors', 'get list'),
      ...names('monitoring.timeSeries', 'create'),
    ]),
  ],
  [
    'roles/cloudtrace.agent',
    new Set([...harmless, ...names('cloudtrace.traces', 'patch'), ...names('telemetry.traces', 'write')]),
  ],
]);
