import type { ResourceName } from './service-account.ts';

/** A kind of resource on which a tag may ask for a Google role. */
export type ResourceKind = (typeof kinds)[number]['kind'];

/**
 * Names as Google's own documents limit them, as far as a tag can spell them. One resource has one name here: a project's
 * number, or a name with its API's host, would be a second one, and rules are compared exactly.
 */
const project = '(?:[a-z0-9.-]{1,63}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]';

const kinds = [
  { kind: 'project', form: 'projects/PROJECT', pattern: new RegExp(`^projects/${project}$`) },
  // https://cloud.google.com/storage/docs/buckets#naming
  {
    kind: 'bucket',
    form: 'buckets/BUCKET',
    pattern:
      /^buckets\/(?!goog)(?!\d+\.\d+\.\d+\.\d+$)(?=.{3,222}$)[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?)*$/,
  },
  // https://cloud.google.com/bigquery/docs/datasets#dataset-naming; the tag's own limit is below 1,024 characters.
  {
    kind: 'dataset',
    form: 'projects/PROJECT/datasets/DATASET',
    pattern: new RegExp(`^projects/${project}/datasets/[A-Za-z0-9_]{1,1024}$`),
  },
  // https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/create
  {
    kind: 'secret',
    form: 'projects/PROJECT/secrets/SECRET',
    pattern: new RegExp(`^projects/${project}/secrets/[A-Za-z0-9_-]{1,255}$`),
  },
  // https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names, without % and ~, which no tag can hold.
  {
    kind: 'topic',
    form: 'projects/PROJECT/topics/TOPIC',
    pattern: new RegExp(`^projects/${project}/topics/(?!goog)[A-Za-z][A-Za-z0-9_.+-]{2,254}$`),
  },
  {
    kind: 'subscription',
    form: 'projects/PROJECT/subscriptions/SUBSCRIPTION',
    pattern: new RegExp(`^projects/${project}/subscriptions/(?!goog)[A-Za-z][A-Za-z0-9_.+-]{2,254}$`),
  },
] as const;

/** The kind of the resource that a name names exactly; undefined for any other text. */
export const resourceKindOf = (name: ResourceName): ResourceKind | undefined =>
  kinds.find(({ pattern }) => pattern.test(name))?.kind;

/** Why a text names no resource, and the form that it should have. */
export const notAResource = (text: string): string => {
  const right = meant(text);
  if (right !== undefined) return `"${text}" is not a resource's name here. Write ${right}.`;
  const known = explained.find(({ pattern }) => pattern.test(text));
  return known === undefined
    ? `"${text}" is not a resource's name. Write ${kinds.map(({ form }) => form).join(', ')}.`
    : `"${text}": ${known.reason}`;
};

/** Other spellings of the same resource: full resource names, gsutil's and bq's forms, capital letters. */
const meant = (text: string): string | undefined => {
  const bare = text.replace(/^\/\/[a-z]+\.googleapis\.com\//, '').replace(/^\/+|\/+$/g, '');
  const [, gs] = /^gs:\/\/([^/]+)\/?$/.exec(text) ?? [];
  const [, ofProject] = /^projects\/[^/]+\/(buckets\/[^/]+)$/.exec(bare) ?? [];
  const [, versioned] = /^(projects\/[^/]+\/secrets\/[^/]+)\/versions\/[^/]+$/.exec(bare) ?? [];
  const candidates = [
    bare,
    ...(gs === undefined ? [] : [`buckets/${gs}`]),
    ...(ofProject === undefined ? [] : [ofProject]),
    ...(versioned === undefined ? [] : [versioned]),
    bare.replace(/^([a-z][a-z0-9-]+)[.:]([A-Za-z0-9_]+)$/, 'projects/$1/datasets/$2'),
  ];
  return [...candidates, ...candidates.map(lowerExceptLast)].find(
    (one) => one !== text && resourceKindOf(one) !== undefined,
  );
};

/** Everything but the last name of a dataset, secret, topic or subscription is lower-case. */
const lowerExceptLast = (name: string): string =>
  name
    .split('/')
    .map((part, index) => (index < 3 ? part.toLowerCase() : part))
    .join('/');

/** Names of things that have an allow policy, and that are not granted on. */
const explained: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  {
    pattern: /^projects\/\d+(\/|$)/,
    reason:
      "projects are named by their id here, not by their number, so that one resource has one name. Write the project's id.",
  },
  {
    pattern: /\/tables\/|\/routines\/|\/views\//,
    reason: 'access is granted on a whole dataset. Write projects/PROJECT/datasets/DATASET.',
  },
  {
    pattern: /^projects\/[^/]+\/locations\/[^/]+\/secrets\//,
    reason:
      'regional secrets are not supported. Ask for a secret that Google replicates: projects/PROJECT/secrets/SECRET.',
  },
  {
    pattern: /serviceAccounts\/|\.gserviceaccount\.com$/,
    reason: 'a service account is asked for by its e-mail alone, without a Google role.',
  },
  {
    pattern: /^(folders|organizations)\//,
    reason:
      'access is never granted on a folder or an organization: it would reach every project below. Write projects/PROJECT.',
  },
];

/** Whether a text is the full name of a Google role: a predefined one, or a custom one of a project or an organization. */
export const isGoogleRole = (text: string): boolean =>
  new RegExp(`^((projects/${project}|organizations/\\d{1,20})/)?roles/[A-Za-z0-9_.]{3,64}$`).test(text);

/** Why a text names no Google role, and the form that it should have. */
export const notAGoogleRole = (text: string): string =>
  isGoogleRole(`roles/${text}`)
    ? `"${text}" is not the full name of a Google role. Write roles/${text}.`
    : `"${text}" is not a Google role. Write roles/NAME, or projects/PROJECT/roles/NAME for a custom role.`;

/** The project that a resource's name names; undefined for a bucket, which names none. */
export const projectOfGoogleResource = (name: ResourceName): string | undefined => {
  const [first, id] = name.split('/');
  return first === 'projects' ? id : undefined;
};

/** Whether a binding on this kind of resource can end by its own condition (https://cloud.google.com/iam/docs/resource-types-with-conditional-roles). */
export const takesConditions = (kind: ResourceKind): boolean => kind !== 'topic' && kind !== 'subscription';
