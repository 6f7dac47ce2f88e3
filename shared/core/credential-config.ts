import { isDeepStrictEqual } from 'node:util';
import { isRecord, parseJson } from './json.ts';
import { isServiceAccountEmail } from './service-account.ts';
import { ourPools, poolPath, type Settings } from './settings.ts';

/** The `external_account` JSON of Google's client libraries (AIP-4117), in its own spelling. */
export interface CredentialConfig {
  readonly universe_domain: 'googleapis.com';
  readonly type: 'external_account';
  /** `//iam.googleapis.com/projects/N/locations/global/workloadIdentityPools/POOL/providers/PROVIDER` */
  readonly audience: string;
  readonly subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request';
  readonly token_url: string;
  readonly credential_source: {
    readonly environment_id: 'aws1';
    readonly region_url: string;
    readonly url: string;
    readonly regional_cred_verification_url: string;
    /** Always present: instances that require IMDSv2 answer 401 without it. */
    readonly imdsv2_session_token_url: string;
  };
  readonly service_account_impersonation_url?: string;
  /** gcloud writes it only where no service account is impersonated. */
  readonly token_info_url?: string;
}

const metadataService = 'http://169.254.169.254/latest';

/**
 * The config that `gcloud iam workload-identity-pools create-cred-config --aws --enable-imdsv2` writes (a conformance test
 * compares).
 */
export const credentialConfig = (
  settings: Settings,
  provider: string,
  serviceAccountEmail?: string,
): CredentialConfig =>
  configFor(settings.google.endpoints, audienceOf(poolPath(settings), provider), serviceAccountEmail);

const configFor = (
  {
    sts = 'https://sts.googleapis.com',
    iamcredentials = 'https://iamcredentials.googleapis.com',
  }: Settings['google']['endpoints'],
  audience: string,
  serviceAccountEmail: string | undefined,
): CredentialConfig => {
  return {
    universe_domain: 'googleapis.com',
    type: 'external_account',
    audience,
    subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request',
    token_url: `${sts}/v1/token`,
    credential_source: {
      environment_id: 'aws1',
      region_url: `${metadataService}/meta-data/placement/availability-zone`,
      url: `${metadataService}/meta-data/iam/security-credentials`,
      regional_cred_verification_url:
        'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15',
      imdsv2_session_token_url: `${metadataService}/api/token`,
    },
    ...(serviceAccountEmail === undefined
      ? { token_info_url: `${sts}/v1/introspect` }
      : {
          service_account_impersonation_url: `${iamcredentials}/v1/projects/-/serviceAccounts/${serviceAccountEmail}:generateAccessToken`,
        }),
  };
};

const audienceOf = (pool: string, provider: string): string =>
  `//iam.googleapis.com/${pool}/providers/${provider}`;

/**
 * `impersonates`: it names the service account `email`. `direct`: it names none. `unclear`: it names one in a form that no grant of ours
 * has. `pool`: the pool of ours that it names; a `foreign` value names none.
 */
export type Published =
  | { readonly kind: 'impersonates'; readonly pool: string; readonly email: string }
  | { readonly kind: 'direct' | 'unclear'; readonly pool: string }
  | { readonly kind: 'foreign' };

/** Whether a parameter's value looks like a config of ours: one that names a pool of ours. It proves no access. */
export const readPublished = (settings: Settings, value: string): Published =>
  readConfig(settings, value).published;

/**
 * Whether a config that looks like ours equals (as JSON) one that we publish, or published, for a pool of ours: with any provider, and
 * with the present endpoints or others of Google's, such as those of a former rolebridge.yml. Anyone can write a config that looks
 * like ours and sends signed requests elsewhere.
 */
export const isExactConfig = (settings: Settings, value: string): boolean => {
  const { published, audience, config } = readConfig(settings, value);
  if (published.kind === 'foreign' || published.kind === 'unclear') return false;
  const email = published.kind === 'impersonates' ? published.email : undefined;
  const provider = audience.slice(audienceOf(published.pool, '').length);
  const endpoints = { ...settings.google.endpoints, ...googleEndpointsIn(config) };
  return (
    /^[a-z0-9-]{4,32}$/.test(provider) && isDeepStrictEqual(config, configFor(endpoints, audience, email))
  );
};

/**
 * The origins that a config names, as far as they are Google's public, private or regional ones of these services. A bucket has a name
 * below googleapis.com, too. https://cloud.google.com/vpc/docs/about-accessing-google-apis-endpoints
 */
const googleEndpointsIn = (config: unknown): Partial<Settings['google']['endpoints']> => {
  const [, sts] = googleSts.exec(textField(config, 'token_url') ?? '') ?? [];
  const [, iamcredentials] =
    googleIamCredentials.exec(textField(config, 'service_account_impersonation_url') ?? '') ?? [];
  return {
    ...(sts === undefined ? {} : { sts }),
    ...(iamcredentials === undefined ? {} : { iamcredentials }),
  };
};

const googleSts = /^(https:\/\/sts(?:-[a-z0-9-]{1,59}\.p|\.[a-z0-9-]{1,63}\.rep)?\.googleapis\.com)\//;
const googleIamCredentials =
  /^(https:\/\/iamcredentials(?:-[a-z0-9-]{1,48}\.p|\.[a-z0-9-]{1,63}\.rep)?\.googleapis\.com)\//;

const readConfig = (
  settings: Settings,
  value: string,
): { readonly config: unknown; readonly audience: string; readonly published: Published } => {
  const config = parseJson(value);
  const audience = textField(config, 'audience') ?? '';
  return { config, audience, published: publishedIn(settings, config, audience) };
};

const publishedIn = (settings: Settings, config: unknown, audience: string): Published => {
  const pool = ourPools(settings).find((one) => audience.startsWith(audienceOf(one, '')));
  if (textField(config, 'type') !== 'external_account' || pool === undefined) return { kind: 'foreign' };
  const url = textField(config, 'service_account_impersonation_url');
  if (url === undefined) return { kind: 'direct', pool };
  const email = /\/serviceAccounts\/([^/]+):generateAccessToken$/.exec(url)?.[1] ?? '';
  // An account's unique id would be a second name for it, which no grant has.
  return isServiceAccountEmail(email) ? { kind: 'impersonates', pool, email } : { kind: 'unclear', pool };
};

const textField = (value: unknown, field: string): string | undefined => {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, field)) return undefined;
  const text: unknown = Reflect.get(value, field);
  return typeof text === 'string' ? text : undefined;
};

/**
 * The fields in which a published text differs from the config that should be there: `audience`, `credential_source.url`.
 * Others may write parameters, so only fields of our own configs are named; `other fields` stands for the rest.
 */
export const differingFields = (published: string, wanted: string): readonly string[] => {
  const [found, expected] = [parseJson(published), parseJson(wanted)];
  if (!isRecord(found) || !isRecord(expected)) return ['all fields'];
  const { credential_source: foundSource, ...foundRest } = found;
  const { credential_source: expectedSource, ...expectedRest } = expected;
  const fields =
    isRecord(foundSource) && isRecord(expectedSource)
      ? [
          ...differing(foundRest, expectedRest),
          ...differing(foundSource, expectedSource).map((field) => `credential_source.${field}`),
        ]
      : differing(found, expected);
  const known = fields.filter((field) => ourFields.has(field));
  return known.length === fields.length ? known : [...known, 'other fields'];
};

const differing = (
  found: Readonly<Record<string, unknown>>,
  expected: Readonly<Record<string, unknown>>,
): readonly string[] =>
  [...new Set([...Object.keys(expected), ...Object.keys(found)])].filter(
    (field) => !isDeepStrictEqual(found[field], expected[field]),
  );

/** Fields of both forms of a config, with and without impersonation. */
const ourFields: ReadonlySet<string> = new Set([
  'universe_domain',
  'type',
  'audience',
  'subject_token_type',
  'token_url',
  'token_info_url',
  'service_account_impersonation_url',
  'credential_source',
  ...[
    'environment_id',
    'region_url',
    'url',
    'regional_cred_verification_url',
    'imdsv2_session_token_url',
  ].map((field) => `credential_source.${field}`),
]);

/**
 * Equal as parsed JSON: white space and the order of keys do not matter. Ends at the first difference, so a value that
 * is nested thousands of levels deep is read only as deep as the one that it is compared with.
 */
export const sameJson = (a: string, b: string): boolean => {
  const [left, right] = [parseJson(a), parseJson(b)];
  return left !== undefined && isDeepStrictEqual(left, right);
};
