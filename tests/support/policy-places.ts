import type { LocalPolicy, PolicyCell } from '../../local/google/policies.ts';
import type { GoogleWorld } from '../../local/google/world.ts';
import { untilCondition } from '../../shared/core/iam-policy.ts';
import type { ResourceName } from '../../shared/core/service-account.ts';

/** One resource of each kind that has an allow policy, as its administrators see it. */
export interface Place {
  readonly resource: ResourceName;
  readonly googleRole: string;
  /** The stand-in's names of the two methods. */
  readonly methods: { readonly read: string; readonly write: string };
  readonly permissions: readonly string[];
  /** The stand-in's name of the resource. */
  readonly on: string;
  /** The name in the text of its NOT_FOUND; undefined if Google answers 403. */
  readonly notFound?: string;
  readonly takesConditions: boolean;
  readonly add: (google: GoogleWorld) => Stored;
}

export interface Stored {
  /** Everything as it is stored. */
  readonly rows: () => unknown;
  /** A write by someone else. */
  readonly rival: () => void;
  readonly remove: () => void;
}

export const rivalMember = 'user:rival@acme.com';
const until = untilCondition('2030-01-01T00:00:00Z');

const foreignRows = (googleRole: string, other: string, takesConditions: boolean): LocalPolicy => ({
  bindings: [
    { role: other, members: ['user:z@acme.com', 'deleted:user:x@acme.com?uid=1', 'user:a@acme.com'] },
    ...(takesConditions
      ? [{ role: googleRole, members: ['user:c@acme.com'], condition: { ...until, title: 'theirs' } }]
      : []),
    { role: googleRole, members: ['user:b@acme.com'] },
  ],
});

const storedIn = (
  policy: PolicyCell,
  foreign: LocalPolicy,
  googleRole: string,
  remove: () => void,
): Stored => {
  policy.replace(foreign);
  return {
    rows: () => policy.current().bindings,
    rival: () => {
      const bindings = policy.current().bindings ?? [];
      policy.replace({ bindings: [...bindings, { role: googleRole, members: [rivalMember] }] });
    },
    remove,
  };
};

interface StandardPlace extends Omit<Place, 'methods' | 'permissions' | 'add'> {
  readonly type: string;
  readonly otherRole: string;
  readonly alsoRead?: readonly string[];
  readonly make: (google: GoogleWorld) => { readonly policy: PolicyCell; readonly remove: () => void };
}

const standard = ({ type, otherRole, alsoRead = [], make, ...place }: StandardPlace): Place => ({
  ...place,
  methods: { read: `${methodType(type)}.getIamPolicy`, write: `${methodType(type)}.setIamPolicy` },
  permissions: [...alsoRead, `${type}.getIamPolicy`, `${type}.setIamPolicy`],
  add: (google) => {
    const { policy, remove } = make(google);
    return storedIn(
      policy,
      foreignRows(place.googleRole, otherRole, place.takesConditions),
      place.googleRole,
      remove,
    );
  },
});

const methodType = (type: string): string => type.replace('resourcemanager', 'cloudresourcemanager');

const account = 'in@acme-data.iam.gserviceaccount.com';

export const places: Readonly<Record<string, Place>> = {
  'service account': standard({
    resource: `projects/acme-data/serviceAccounts/${account}`,
    googleRole: 'roles/iam.workloadIdentityUser',
    otherRole: 'roles/iam.serviceAccountUser',
    type: 'iam.serviceAccounts',
    on: `projects/acme-data/serviceAccounts/${account}`,
    notFound: 'cannot be read: 404',
    takesConditions: true,
    make: (google) => ({
      policy: google.addServiceAccount(account, 'acme-data'),
      remove: () => google.removeServiceAccount(account),
    }),
  }),
  project: standard({
    resource: 'projects/acme-jobs',
    googleRole: 'roles/bigquery.jobUser',
    otherRole: 'roles/viewer',
    type: 'resourcemanager.projects',
    on: 'projects/acme-jobs',
    takesConditions: true,
    make: (google) => ({
      policy: google.addProject({ id: 'acme-jobs', number: '777000777000' }),
      remove: () => undefined,
    }),
  }),
  bucket: standard({
    resource: 'buckets/acme-in',
    googleRole: 'roles/storage.objectViewer',
    otherRole: 'roles/storage.legacyBucketOwner',
    type: 'storage.buckets',
    alsoRead: ['storage.buckets.get'],
    on: 'b/acme-in',
    notFound: 'The specified bucket does not exist.',
    takesConditions: true,
    make: (google) => ({
      policy: google.buckets.add('acme-in', 'acme-data').policy,
      remove: () => google.buckets.remove('acme-in'),
    }),
  }),
  dataset: {
    resource: 'projects/acme-data/datasets/In_1',
    googleRole: 'roles/bigquery.dataViewer',
    methods: { read: 'bigquery.datasets.get', write: 'bigquery.datasets.patch' },
    permissions: [
      'bigquery.datasets.get',
      'bigquery.datasets.getIamPolicy',
      'bigquery.datasets.setIamPolicy',
    ],
    on: 'projects/acme-data/datasets/In_1',
    notFound: 'Not found: Dataset acme-data:In_1',
    takesConditions: true,
    add: (google) => {
      const view = { projectId: 'acme-data', datasetId: 'Views', tableId: 'v1' };
      const dataset = google.datasets.add('acme-data', 'In_1', {
        access: [
          { role: 'WRITER', specialGroup: 'projectWriters' },
          { view },
          { role: 'OWNER', specialGroup: 'projectOwners' },
          { role: 'READER', userByEmail: 'z@acme.com' },
          { role: 'READER', userByEmail: 'c@acme.com', condition: { ...until, title: 'theirs' } },
          { routine: { projectId: 'acme-data', datasetId: 'Views', routineId: 'r1' } },
          { role: 'roles/bigquery.metadataViewer', groupByEmail: 'g@acme.com' },
        ],
      });
      return {
        rows: () => dataset.access(),
        rival: () =>
          dataset.replace([...dataset.access(), { role: 'READER', userByEmail: 'rival@acme.com' }]),
        remove: () => google.datasets.remove('acme-data', 'In_1'),
      };
    },
  },
  secret: standard({
    resource: 'projects/acme-data/secrets/db-password',
    googleRole: 'roles/secretmanager.secretAccessor',
    otherRole: 'roles/secretmanager.viewer',
    type: 'secretmanager.secrets',
    on: 'projects/acme-data/secrets/db-password',
    notFound: 'secrets/db-password] not found',
    takesConditions: true,
    make: (google) => ({
      policy: google.secretManager.add('acme-data', 'db-password', 'hush').policy,
      remove: () => google.secretManager.remove('acme-data', 'db-password'),
    }),
  }),
  topic: standard({
    resource: 'projects/acme-data/topics/orders.v1+eu',
    googleRole: 'roles/pubsub.publisher',
    otherRole: 'roles/pubsub.viewer',
    type: 'pubsub.topics',
    on: 'projects/acme-data/topics/orders.v1+eu',
    notFound: 'Resource not found (resource=orders.v1+eu).',
    takesConditions: false,
    make: (google) => ({
      policy: google.pubsub.addTopic('acme-data', 'orders.v1+eu').policy,
      remove: () => google.pubsub.remove('projects/acme-data/topics/orders.v1+eu'),
    }),
  }),
  subscription: standard({
    resource: 'projects/acme-data/subscriptions/orders-in',
    googleRole: 'roles/pubsub.subscriber',
    otherRole: 'roles/pubsub.viewer',
    type: 'pubsub.subscriptions',
    on: 'projects/acme-data/subscriptions/orders-in',
    notFound: 'Resource not found (resource=orders-in).',
    takesConditions: false,
    make: (google) => {
      google.pubsub.addTopic('acme-data', 'orders');
      return {
        policy: google.pubsub.addSubscription('acme-data', 'orders-in', 'orders').policy,
        remove: () => google.pubsub.remove('projects/acme-data/subscriptions/orders-in'),
      };
    },
  }),
};
