import { isMetadataToken, maxTokenSeconds, metadataToken } from './metadata-token.ts';

/** What a client of EC2's instance metadata service, version 2, sends. */
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

/** What decides who may ask. */
export interface MetadataGate {
  /** Signs the tokens; known to this process alone. */
  readonly key: Uint8Array;
  readonly nowMilliseconds: number;
  /** Values of the Host header that mean this very server. */
  readonly hosts: readonly string[];
}

/** What a request that passed the gate asks for. */
export type MetadataQuestion =
  | { readonly kind: 'answered'; readonly answer: MetadataAnswer }
  | { readonly kind: 'role-name' }
  | { readonly kind: 'credentials'; readonly roleName: string }
  | { readonly kind: 'availability-zone' }
  | { readonly kind: 'region' };

const ttlHeader = 'x-aws-ec2-metadata-token-ttl-seconds';
const rolesPath = '/latest/meta-data/iam/security-credentials';

const answered = (
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): MetadataQuestion => ({ kind: 'answered', answer: { status, headers, body } });

const notFound = answered(404, 'Not Found');

const startSession = ({ headers }: MetadataRequest, { key, nowMilliseconds }: MetadataGate) => {
  const wanted = headers[ttlHeader];
  const seconds = typeof wanted === 'string' && /^\d{1,5}$/.test(wanted) ? Number(wanted) : 0;
  if (seconds < 1 || seconds > maxTokenSeconds)
    return answered(400, `${ttlHeader} must be a number from 1 to ${maxTokenSeconds}`);
  return answered(200, metadataToken(key, nowMilliseconds + seconds * 1000), { [ttlHeader]: `${seconds}` });
};

/** Without a slash at the end; empty for what is no path. */
const pathOf = (target: string): string => {
  try {
    return decodeURIComponent(target.replace(/[?#].*$/s, '').replace(/\/$/, ''));
  } catch {
    return '';
  }
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

/**
 * Reads a request as EC2 does, and answers what needs no credentials. Two kinds of caller are kept out besides those
 * without a token: proxies that forward (as EC2 does), and pages of a browser that came by a name of their own.
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
