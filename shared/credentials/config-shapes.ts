/**
 * The credential configs that rolebridge publishes, exactly: every key, its nesting and the form of its value. boot/fetch
 * (which holds a generated copy, `npm run shapes`) and `rolebridge credentials config` accept these and nothing else,
 * because Google's libraries send signed requests wherever a config points them.
 *
 * A released shape never changes: instances keep the boot/fetch that they were built with. A new form of config becomes
 * a new shape beside these.
 */
export interface ConfigShape {
  readonly name: 'impersonated' | 'direct';
  /** In the order in which they are published. */
  readonly fields: readonly ConfigField[];
}

export interface ConfigField {
  /** `outer.inner` for a key of a nested object; no key of ours holds a dot itself. */
  readonly key: string;
  /** Literal text, in which `<name>` stands for one of the values that are trusted under that name. */
  readonly form: string;
}

/** The names that may stand in a form; `email` is any service account's, the others are lists of exact texts. */
export const formNames = ['sts', 'iamcredentials', 'metadata', 'provider', 'email'] as const;
export type FormName = (typeof formNames)[number];

const common: readonly ConfigField[] = [
  { key: 'universe_domain', form: 'googleapis.com' },
  { key: 'type', form: 'external_account' },
  { key: 'audience', form: '//iam.googleapis.com/<provider>' },
  { key: 'subject_token_type', form: 'urn:ietf:params:aws:token-type:aws4_request' },
  { key: 'token_url', form: '<sts>/v1/token' },
  { key: 'credential_source.environment_id', form: 'aws1' },
  {
    key: 'credential_source.region_url',
    form: '<metadata>/latest/meta-data/placement/availability-zone',
  },
  { key: 'credential_source.url', form: '<metadata>/latest/meta-data/iam/security-credentials' },
  {
    key: 'credential_source.regional_cred_verification_url',
    form: 'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15',
  },
  { key: 'credential_source.imdsv2_session_token_url', form: '<metadata>/latest/api/token' },
];

export const impersonatedShape: ConfigShape = {
  name: 'impersonated',
  fields: [
    ...common,
    {
      key: 'service_account_impersonation_url',
      form: '<iamcredentials>/v1/projects/-/serviceAccounts/<email>:generateAccessToken',
    },
  ],
};

const directShape: ConfigShape = {
  name: 'direct',
  fields: [...common, { key: 'token_info_url', form: '<sts>/v1/introspect' }],
};

export const configShapes: readonly ConfigShape[] = [impersonatedShape, directShape];

/** Google's public endpoints and EC2's metadata service: trusted by every deployment. */
export const publicOrigins = {
  sts: 'https://sts.googleapis.com',
  iamcredentials: 'https://iamcredentials.googleapis.com',
  metadata: 'http://169.254.169.254',
} as const;

/** An origin that a shell, a list of variables and a URL read alike: without user, path or a slash at its end. */
export const isPlainOrigin = (text: string): boolean => /^https?:\/\/[A-Za-z0-9.:[\]-]+$/.test(text);

/** The table as boot/fetch holds it: `origin NAME ORIGIN`, then one line per field. No part of it holds a space or a quote. */
export const shapesText = (): string =>
  [
    ...Object.entries(publicOrigins).map(([name, origin]) => `origin ${name} ${origin}`),
    ...configShapes.flatMap(({ name, fields }) => fields.map(({ key, form }) => `${name} ${key} ${form}`)),
  ].join('\n');
