import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RoleSession } from './session-cache.ts';

/** A request of a client of EC2's instance metadata service, version 2. */
export interface MetadataRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface MetadataAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The conditions on a caller. */
export interface MetadataGate {
  /** Signs the tokens; known only to this process. */
  readonly key: Uint8Array;
  readonly nowMilliseconds: number;
  /** Values of the Host header that name this very server. */
  readonly hosts: readonly string[];
}

/** The question of a request that passed the gate. */
export type MetadataQuestion =
  | { readonly kind: 'answered'; readonly answer: MetadataAnswer }
  | { readonly kind: 'role-name' }
  | { readonly kind: 'credentials'; readonly roleName: string }
  | { readonly kind: 'availability-zone' }
  | { readonly kind: 'region' };

const ttlHeader = 'x-aws-ec2-metadata-token-ttl-seconds';
const rolesPath = '/latest/meta-data/iam/security-credentials';

/**
 * Reads a request as EC2 does, and answers requests that need no credentials. It refuses callers without a token, proxies
 * that forward a request (as EC2 does), and pages in a browser that reached this server by a host name of their own.
 */
export const routeMetadata = (request: MetadataRequest, gate: MetadataGate): MetadataQuestion => {
  const { method, target, headers } = request;
  if (headers['x-forwarded-for'] !== undefined) return answered(403, 'Forbidden: the request was forwarded');
  const { host } = headers;
  if (typeof host !== 'string' || !gate.hosts.includes(host.toLowerCase()))
    return answered(403, 'Forbidden: the Host header names another server');
  const path = pathOf(target);
  if (method === 'PUT' && path === '/latest/api/token') return startSession(request, gate);
  const token = headers['x-aws-ec2-metadata-token'];
  if (typeof token !== 'string' || !isMetadataToken(gate.key, token, gate.nowMilliseconds))
    return answered(401, 'Unauthorized');
  return method === 'GET' ? questionOf(path) : notFound;
};

const answered = (
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): MetadataQuestion => ({ kind: 'answered', answer: { status, headers, body } });

const notFound = answered(404, 'Not Found');

/** An answer needs an end: AWS's own clients ask again before then. */
const unknownEndMilliseconds = 3_600_000;

export interface MetadataSource {
  readonly region: string;
  readonly nowMilliseconds: number;
  /** @throws if no session is still valid */
  readonly session: () => Promise<RoleSession>;
}

/** There are no valid credentials; the client may try again. */
const unavailable: MetadataAnswer = { status: 503, body: 'Service Unavailable' };

/** EC2's limit: six hours. */
export const maxTokenSeconds = 21_600;

/** Answers the question of a caller that passed the gate. */
export const answerMetadata = async (
  question: MetadataQuestion,
  source: MetadataSource,
): Promise<MetadataAnswer> => {
  switch (question.kind) {
    case 'answered':
      return question.answer;
    case 'region':
      return text(source.region);
    case 'availability-zone':
      // Google's libraries cut off the last character to get the region. Nothing uses the zone itself.
      return text(`${source.region}a`);
    case 'role-name':
      return answerFromSession(source, ({ roleName }) => text(roleName));
    case 'credentials':
      return answerFromSession(source, (session) =>
        session.roleName === question.roleName
          ? {
              ...text(credentialsDocument(session, source.nowMilliseconds)),
              headers: { 'content-type': 'application/json' },
            }
          : { status: 404, body: 'Not Found' },
      );
  }
};

/** A token of the IMDSv2 handshake. It carries its own end, signed, so the server stores nothing for each client. */
export const metadataToken = (key: Uint8Array, endMilliseconds: number): string => {
  const end = endMilliseconds.toString(36);
  return `${end}.${signatureOf(key, end)}`;
};

export const isMetadataToken = (key: Uint8Array, token: string, nowMilliseconds: number): boolean => {
  const end = token.replace(/\..*$/s, '');
  const [given, expected] = [Buffer.from(token), Buffer.from(`${end}.${signatureOf(key, end)}`)];
  return (
    given.length === expected.length &&
    timingSafeEqual(given, expected) &&
    Number.parseInt(end, 36) > nowMilliseconds
  );
};

/** The path without a slash at the end; empty if the target is not a path. */
const pathOf = (target: string): string => {
  try {
    return decodeURIComponent(target.replace(/[?#].*$/s, '').replace(/\/$/, ''));
  } catch {
    return '';
  }
};

const startSession = ({ headers }: MetadataRequest, { key, nowMilliseconds }: MetadataGate) => {
  const ttl = headers[ttlHeader];
  const seconds = typeof ttl === 'string' && /^\d{1,5}$/.test(ttl) ? Number(ttl) : 0;
  if (seconds < 1 || seconds > maxTokenSeconds)
    return answered(400, `${ttlHeader} must be a number from 1 to ${maxTokenSeconds}`);
  return answered(200, metadataToken(key, nowMilliseconds + seconds * 1000), { [ttlHeader]: `${seconds}` });
};

const questionOf = (path: string): MetadataQuestion => {
  switch (path) {
    case rolesPath:
      return { kind: 'role-name' };
    case '/latest/meta-data/placement/availability-zone':
      return { kind: 'availability-zone' };
    case '/latest/meta-data/placement/region':
      return { kind: 'region' };
    default:
      return path.startsWith(`${rolesPath}/`)
        ? { kind: 'credentials', roleName: path.slice(rolesPath.length + 1) }
        : notFound;
  }
};

const text = (body: string): MetadataAnswer => ({ status: 200, body });

/** The session cache logs why there is no session, once. */
const answerFromSession = (
  { session }: MetadataSource,
  answer: (session: RoleSession) => MetadataAnswer,
): Promise<MetadataAnswer> => session().then(answer, () => unavailable);

/** In the form of EC2's answer. */
const credentialsDocument = (session: RoleSession, nowMilliseconds: number): string =>
  JSON.stringify(
    {
      Code: 'Success',
      LastUpdated: toSeconds(session.loadedAt),
      Type: 'AWS-HMAC',
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      Token: session.sessionToken,
      Expiration: toSeconds(session.expiresAt ?? new Date(nowMilliseconds + unknownEndMilliseconds)),
    },
    null,
    2,
  );

const toSeconds = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;

const signatureOf = (key: Uint8Array, end: string): string =>
  createHmac('sha256', key).update(end).digest('base64url');
