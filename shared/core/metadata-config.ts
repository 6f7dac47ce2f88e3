import { isRecord } from './json.ts';

/** A credential config whose AWS credentials come from another metadata endpoint. */
export type Pointed =
  | { readonly kind: 'config'; readonly config: Readonly<Record<string, unknown>> }
  | { readonly kind: 'fault'; readonly fault: string };

/** The same list as in boot/fetch: a poisoned parameter must not send signed requests elsewhere. */
const allowed = [
  /^urn:ietf:params:aws:token-type:aws4_request$/,
  /^https:\/\/(sts|iamcredentials)\.googleapis\.com\//,
  /^https:\/\/sts\.\{region\}\.amazonaws\.com\?Action=GetCallerIdentity&Version=2011-06-15$/,
];

/** Every string within, however deep: no deeper than the memory, since a parameter holds thousands of levels. */
const textsOf = (value: unknown): readonly string[] => {
  const texts: string[] = [];
  const open = [value];
  while (open.length > 0) {
    const one = open.pop();
    if (typeof one === 'string') texts.push(one);
    else if (typeof one === 'object' && one !== null)
      open.push(...(Object.values(one) as unknown[]).toReversed());
  }
  return texts;
};

const isUrl = (text: string): boolean => text.includes('://') || /^\s*[a-z][a-z0-9+.-]*:/i.test(text);

const strangeUrl = (config: unknown, trusted: readonly string[]): string | undefined =>
  textsOf(config).find(
    (text) =>
      isUrl(text) &&
      !allowed.some((pattern) => pattern.test(text)) &&
      !trusted.some((origin) => text.startsWith(`${origin}/`)),
  );

/** Replaces the addresses of the metadata service, and nothing else. `endpoint` has no slash at its end. */
export const pointToMetadata = (value: unknown, endpoint: string, trusted: readonly string[]): Pointed => {
  const source = isRecord(value) ? value['credential_source'] : undefined;
  if (!isRecord(value) || value['type'] !== 'external_account' || !isRecord(source))
    return { kind: 'fault', fault: 'is not an external_account credential config' };
  if (source['environment_id'] !== 'aws1')
    return { kind: 'fault', fault: 'does not take its credentials from AWS (environment_id is not aws1)' };
  const config = {
    ...value,
    credential_source: {
      ...source,
      region_url: `${endpoint}/latest/meta-data/placement/availability-zone`,
      url: `${endpoint}/latest/meta-data/iam/security-credentials`,
      imdsv2_session_token_url: `${endpoint}/latest/api/token`,
    },
  };
  const strange = strangeUrl(config, [...trusted, endpoint]);
  return strange === undefined
    ? { kind: 'config', config }
    : {
        kind: 'fault',
        fault: `names ${strange}, which is neither Google's nor AWS's (trust it with GOOGLE_ACCESS_TRUSTED_ENDPOINTS)`,
      };
};

/** `http://127.0.0.1:1338` of what a person typed; undefined for what is more, or less, than an origin. */
export const endpointOf = (text: string): URL | undefined => {
  const url = URL.parse(text);
  const isOrigin =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    `${url.username}${url.password}${url.search}${url.hash}` === '' &&
    url.pathname === '/';
  return isOrigin ? url : undefined;
};
