import { all, type PredefinedRole, role, seesProjects } from './role.ts';

const usage = ['serviceusage.quotas.get', ...all('serviceusage.services', 'get', 'list')];
const topics = (...verbs: readonly string[]) => all('pubsub.topics', ...verbs);
const subscriptions = (...verbs: readonly string[]) => all('pubsub.subscriptions', ...verbs);
const snapshots = (...verbs: readonly string[]) => all('pubsub.snapshots', ...verbs);

const editsMessages = [
  ...topics(
    'attachSubscription',
    'create',
    'delete',
    'detachSubscription',
    'get',
    'list',
    'publish',
    'update',
    'updateTag',
  ),
  ...subscriptions('consume', 'create', 'delete', 'get', 'list', 'update'),
  ...snapshots('create', 'delete', 'get', 'list', 'seek', 'update'),
  ...all(
    'pubsub.schemas',
    'attach',
    'commit',
    'create',
    'delete',
    'get',
    'list',
    'listRevisions',
    'rollback',
    'validate',
  ),
];
export const ownsMessages = [
  ...editsMessages,
  ...[topics, subscriptions, snapshots].flatMap((of) => of('getIamPolicy', 'setIamPolicy')),
];

const secrets = (...verbs: readonly string[]) => all('secretmanager.secrets', ...verbs);
const versions = (...verbs: readonly string[]) => all('secretmanager.versions', ...verbs);
const editsSecrets = [
  ...all('secretmanager.locations', 'get', 'list'),
  ...secrets('create', 'delete', 'get', 'getIamPolicy', 'list', 'update'),
  ...versions('add', 'destroy', 'disable', 'enable', 'get', 'list'),
];
export const ownsSecrets = [...editsSecrets, ...secrets('setIamPolicy'), ...versions('access')];

export const pubsubRoles: readonly PredefinedRole[] = [
  role('pubsub.publisher', 'Pub/Sub Publisher', topics('publish')),
  role(
    'pubsub.subscriber',
    'Pub/Sub Subscriber',
    snapshots('seek'),
    subscriptions('consume'),
    topics('attachSubscription'),
  ),
  role(
    'pubsub.viewer',
    'Pub/Sub Viewer',
    topics('get', 'list'),
    subscriptions('get', 'list'),
    snapshots('get', 'list'),
    all('pubsub.schemas', 'get', 'list', 'listRevisions', 'validate'),
    usage,
    'resourcemanager.projects.get',
  ),
  role('pubsub.editor', 'Pub/Sub Editor', editsMessages, usage, 'resourcemanager.projects.get'),
  role('pubsub.admin', 'Pub/Sub Admin', ownsMessages, usage, 'resourcemanager.projects.get'),
];

export const secretRoles: readonly PredefinedRole[] = [
  role('secretmanager.secretAccessor', 'Secret Manager Secret Accessor', versions('access'), seesProjects),
  role(
    'secretmanager.viewer',
    'Secret Manager Viewer',
    all('secretmanager.locations', 'get', 'list'),
    secrets('get', 'getIamPolicy', 'list'),
    versions('get', 'list'),
    seesProjects,
  ),
  role(
    'secretmanager.secretVersionAdder',
    'Secret Manager Secret Version Adder',
    versions('add'),
    seesProjects,
  ),
  role(
    'secretmanager.secretVersionManager',
    'Secret Manager Secret Version Manager',
    versions('add', 'destroy', 'disable', 'enable', 'get', 'list'),
    seesProjects,
  ),
  role('secretmanager.admin', 'Secret Manager Admin', ownsSecrets, seesProjects),
];
