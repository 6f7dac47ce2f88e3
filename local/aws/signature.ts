import { createHash, createHmac } from 'node:crypto';
import type { HttpRequest } from '../http.ts';

/** Checks an AWS Signature Version 4 as AWS does, by computing it again. */
export interface Signed {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
  readonly signature: string;
}

const authorizationPattern =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

export const isSignedWith = (request: HttpRequest, secretAccessKey: string): boolean => {
  const [, , date = '', region = '', service = '', signedHeaders = '', signature] =
    authorizationPattern.exec(request.headers['authorization'] ?? '') ?? [];
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = [
    'AWS4-HMAC-SHA256',
    request.headers['x-amz-date'] ?? '',
    scope,
    sha256(canonicalRequest(request, service, signedHeaders)),
  ].join('\n');
  return hmac(signingKey(secretAccessKey, scope), toSign).toString('hex') === signature;
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const canonicalRequest = (
  { method, url, headers, body }: HttpRequest,
  service: string,
  signedHeaders: string,
): string => {
  const query = [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).toSorted();
  const lines = signedHeaders
    .split(';')
    .map((name) => `${name}:${(headers[name] ?? '').trim().replaceAll(/ +/g, ' ')}\n`);
  // Escapes in the path are escaped once more. All services except S3 sign it this way.
  const path = service === 's3' ? url.pathname : url.pathname.split('/').map(encode).join('/');
  const payload = headers['x-amz-content-sha256'] ?? sha256(body);
  return [method, path, query.join('&'), lines.join(''), signedHeaders, payload].join('\n');
};

const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

const signingKeys = new Map<string, Buffer>();

/** All requests of a day, a region and a service share this key. Caching it saves four digests per request. */
const signingKey = (secretAccessKey: string, scope: string): Buffer => {
  const name = `${secretAccessKey} ${scope}`;
  const key =
    signingKeys.get(name) ?? scope.split('/').reduce<Buffer>(hmac, Buffer.from(`AWS4${secretAccessKey}`));
  signingKeys.set(name, key);
  return key;
};

/** The signature that a request claims to carry, or undefined without one. */
export const claimedSignature = (request: HttpRequest): Signed | undefined => {
  const [, accessKeyId, , region, service, , signature] =
    authorizationPattern.exec(request.headers['authorization'] ?? '') ?? [];
  return accessKeyId === undefined || region === undefined || service === undefined || signature === undefined
    ? undefined
    : { accessKeyId, region, service, signature };
};
