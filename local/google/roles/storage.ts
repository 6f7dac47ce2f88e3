import { all, type PredefinedRole, role, seesProjects } from './role.ts';

const readsFolders = [
  ...all('storage.folders', 'get', 'list'),
  ...all('storage.managedFolders', 'get', 'list'),
];
const writesFolders = [
  ...readsFolders,
  ...all('storage.folders', 'create', 'delete', 'rename'),
  ...all('storage.managedFolders', 'create', 'delete'),
];
const uploads = all('storage.multipartUploads', 'abort', 'create', 'list', 'listParts');
const objects = (...verbs: readonly string[]) => all('storage.objects', ...verbs);
const buckets = (...verbs: readonly string[]) => all('storage.buckets', ...verbs);
const policiesOfFolders = all('storage.managedFolders', 'getIamPolicy', 'setIamPolicy');

export const storageRoles: readonly PredefinedRole[] = [
  role('storage.objectViewer', 'Storage Object Viewer', readsFolders, objects('get', 'list'), seesProjects),
  role(
    'storage.objectCreator',
    'Storage Object Creator',
    'orgpolicy.policy.get',
    'storage.folders.create',
    'storage.managedFolders.create',
    all('storage.multipartUploads', 'abort', 'create', 'listParts'),
    objects('create'),
    seesProjects,
  ),
  role(
    'storage.objectUser',
    'Storage Object User',
    'orgpolicy.policy.get',
    writesFolders,
    uploads,
    objects('create', 'delete', 'get', 'list', 'move', 'restore', 'update'),
    seesProjects,
  ),
  role(
    'storage.objectAdmin',
    'Storage Object Admin',
    'orgpolicy.policy.get',
    writesFolders,
    policiesOfFolders,
    uploads,
    objects('create', 'delete', 'get', 'getIamPolicy', 'list', 'move', 'overrideUnlockedRetention'),
    objects('restore', 'setIamPolicy', 'setRetention', 'update'),
    seesProjects,
  ),
  role(
    'storage.admin',
    'Storage Admin',
    'orgpolicy.policy.get',
    buckets('create', 'createTagBinding', 'delete', 'deleteTagBinding', 'enableObjectRetention', 'get'),
    buckets('getIamPolicy', 'getIpFilter', 'list', 'listEffectiveTags', 'listTagBindings', 'relocate'),
    buckets('restore', 'setIamPolicy', 'setIpFilter', 'update'),
    writesFolders,
    policiesOfFolders,
    uploads,
    objects('create', 'delete', 'get', 'getIamPolicy', 'list', 'move', 'overrideUnlockedRetention'),
    objects('restore', 'setIamPolicy', 'setRetention', 'update'),
    seesProjects,
  ),
  role('storage.bucketViewer', 'Storage Bucket Viewer', buckets('get', 'list')),
  role(
    'storage.legacyBucketReader',
    'Storage Legacy Bucket Reader',
    buckets('get'),
    'storage.multipartUploads.list',
    readsFolders,
    objects('list'),
  ),
  role(
    'storage.legacyBucketWriter',
    'Storage Legacy Bucket Writer',
    buckets('get'),
    writesFolders,
    uploads,
    objects('create', 'delete', 'list', 'restore', 'setRetention'),
  ),
  role(
    'storage.legacyBucketOwner',
    'Storage Legacy Bucket Owner',
    buckets('createTagBinding', 'deleteTagBinding', 'enableObjectRetention', 'get', 'getIamPolicy'),
    buckets('getIpFilter', 'listEffectiveTags', 'listTagBindings', 'restore', 'setIamPolicy', 'setIpFilter'),
    buckets('update'),
    writesFolders,
    policiesOfFolders,
    uploads,
    objects('create', 'delete', 'list', 'restore', 'setRetention'),
  ),
  role('storage.legacyObjectReader', 'Storage Legacy Object Reader', objects('get')),
  role(
    'storage.legacyObjectOwner',
    'Storage Legacy Object Owner',
    objects('get', 'getIamPolicy', 'overrideUnlockedRetention', 'setIamPolicy', 'setRetention', 'update'),
  ),
];
