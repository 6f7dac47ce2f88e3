import type { ResourceKind } from './google-resource.ts';

/**
 * The permissions that a Google role may have to be granted on a kind of resource (denied-permissions.ts has those that it may
 * never have). Google changes its predefined roles, so a role is judged by what it permits and never by its name.
 */

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

/** Roles that permit something everywhere in a project (https://cloud.google.com/iam/docs/roles-overview#basic). */
export const isBasicRole = (googleRole: string): boolean =>
  /^roles\/(owner|editor|viewer|admin|writer|reader)$/.test(googleRole);

/** `names('storage.objects', 'get list')` */
const names = (prefix: string, verbs: string): readonly string[] =>
  verbs.split(' ').map((verb) => `${prefix}.${verb}`);

/** Most predefined roles have some of these. They are asked of a project, so on a single resource they permit nothing. */
const harmless: readonly string[] = [
  ...names('resourcemanager.projects', 'get list'),
  ...names('orgpolicy.policy', 'get'),
  ...names('recommender.locations', 'get list'),
  ...names('monitoring.timeSeries', 'list'),
  ...names('serviceusage.services', 'get list'),
  ...names('serviceusage.quotas', 'get'),
];

const resources: Readonly<Record<Exclude<ResourceKind, 'project'>, ReadonlySet<string>>> = {
  bucket: new Set([
    ...harmless,
    ...names(
      'storage.buckets',
      'get getIamPolicy getIpFilter getObjectInsights listEffectiveTags listTagBindings',
    ),
    // Asked of a project.
    ...names('storage.buckets', 'list'),
    ...names(
      'storage.objects',
      'create createContext delete deleteContext get getIamPolicy list move restore update updateContext',
    ),
    ...names('storage.folders', 'create delete get list rename'),
    ...names('storage.managedFolders', 'create delete get getIamPolicy list'),
    ...names('storage.multipartUploads', 'abort create list listParts'),
  ]),
  // roles/bigquery.dataEditor has bigquery.routines.create and update as well. They are left out: a procedure runs with the rights
  // of the person who calls it, or of the dataset that it is authorized for, so a role that can replace one reaches further
  // than this dataset (https://cloud.google.com/bigquery/docs/authorized-routines). A rule can permit them by name.
  dataset: new Set([
    ...harmless,
    ...names('bigquery.config', 'get'),
    ...names(
      'bigquery.datasets',
      'get getIamPolicy listEffectiveTags listSharedDatasetUsage listTagBindings updateTag',
    ),
    ...names(
      'bigquery.tables',
      'create createIndex createSnapshot delete deleteIndex export get getData getIamPolicy list listEffectiveTags listTagBindings replicateData restoreSnapshot update updateData updateIndex updateTag',
    ),
    ...names(
      'bigquery.models',
      'create delete export getData getMetadata list updateData updateMetadata updateTag',
    ),
    ...names('bigquery.propertyGraphs', 'create delete get list update'),
    ...names('bigquery.routines', 'delete get list updateTag'),
    ...names('bigquery.rowAccessPolicies', 'getIamPolicy list'),
    // roles/bigquery.dataEditor has these, too. They are asked of a project or a key ring, which no dataset contains.
    ...names('bigquery.datasets', 'create'),
    ...names('cloudkms.keyHandles', 'create get list'),
    ...names('cloudkms.operations', 'get'),
    ...names('cloudkms.projects', 'showEffectiveAutokeyConfig'),
    ...names('dataplex.datascans', 'cancel create delete get getData getIamPolicy list run update'),
    ...names('dataplex.operations', 'get list'),
    ...names('dataplex.projects', 'search'),
  ]),
  secret: new Set([
    ...harmless,
    ...names('secretmanager.locations', 'get list'),
    ...names('secretmanager.secrets', 'get getIamPolicy list listEffectiveTags listTagBindings'),
    ...names('secretmanager.versions', 'access add destroy disable enable get list'),
  ]),
  // Without detachSubscription: it ends the subscriptions of others.
  topic: new Set([
    ...harmless,
    ...names(
      'pubsub.topics',
      'attachSubscription get getIamPolicy list listEffectiveTags listTagBindings publish',
    ),
    ...names('pubsub.schemas', 'attach get list listRevisions validate'),
    ...names('pubsub.messageTransforms', 'validate'),
    ...names('pubsub.subscriptions', 'consume get getIamPolicy list'),
    ...names('pubsub.snapshots', 'get getIamPolicy list seek'),
  ]),
  subscription: new Set([
    ...harmless,
    ...names('pubsub.subscriptions', 'consume get getIamPolicy list'),
    ...names('pubsub.snapshots', 'get getIamPolicy list seek'),
    ...names('pubsub.topics', 'attachSubscription get getIamPolicy list publish'),
    ...names('pubsub.schemas', 'attach get list listRevisions validate'),
    ...names('pubsub.messageTransforms', 'validate'),
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
      ...names('serviceusage.services', 'use'),
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
