import fc from 'fast-check';
import {
  answerMetadata,
  isMetadataToken,
  type MetadataRequest,
  metadataToken,
  routeMetadata,
} from '../../shared/credentials/credential-server.ts';
import type { RoleSession } from '../../shared/credentials/session-cache.ts';

const key = Buffer.alloc(32, 7);
const nowMilliseconds = Date.parse('2026-11-24T12:00:00Z');
const gate = { key, nowMilliseconds, hosts: ['127.0.0.1:1338', 'localhost:1338'] };
const host = '127.0.0.1:1338';
const token = metadataToken(key, nowMilliseconds + 1000);
const roles = '/latest/meta-data/iam/security-credentials';

const asked = (target: string, more: Partial<MetadataRequest> = {}): MetadataRequest => ({
  method: 'GET',
  target,
  ...more,
  headers: { host, 'x-aws-ec2-metadata-token': token, ...more.headers },
});
const session: RoleSession = {
  roleName: 'app+=,.@-_',
  accessKeyId: 'ASIAPLANTED',
  secretAccessKey: 'planted-secret',
  sessionToken: 'planted-token',
  expiresAt: new Date('2026-11-24T18:00:00.500Z'),
  loadedAt: new Date('2026-11-24T11:59:00Z'),
};
const source = { region: 'eu-west-1', nowMilliseconds, session: () => Promise.resolve(session) };
const answer = (request: MetadataRequest, from = source) =>
  answerMetadata(routeMetadata(request, gate), from);

describe('the handshake', () => {
  const put = (seconds?: string | readonly string[]) =>
    answer({
      method: 'PUT',
      target: '/latest/api/token',
      headers: { host, 'x-aws-ec2-metadata-token-ttl-seconds': seconds },
    });

  it.each(['1', '300', '21600'])(
    '%s seconds: returns a token with this lifetime, and reports the lifetime',
    async (seconds) => {
      const { status, headers, body } = await put(seconds);
      expect({ status, headers }).toEqual({
        status: 200,
        headers: { 'x-aws-ec2-metadata-token-ttl-seconds': seconds },
      });
      expect(body).toMatch(/^[\w.-]+$/);
      const end = nowMilliseconds + Number(seconds) * 1000;
      expect(isMetadataToken(key, body, end - 1)).toBe(true);
      expect(isMetadataToken(key, body, end)).toBe(false);
    },
  );

  it.each([undefined, '', '0', '-1', '21601', '300 ', '1e3', '99999999999', ['300', '300']])(
    '%j seconds: 400',
    async (seconds) => {
      expect((await put(seconds)).status).toBe(400);
    },
  );

  it.each(['', 'x', `${token}x`, token.replace(/\..*/, '.'), token.replace(/^./, 'z'), '..'])(
    'token %j: 401',
    async (wrong) => {
      const headers = { 'x-aws-ec2-metadata-token': wrong };
      expect((await answer(asked(roles, { headers }))).status).toBe(401);
    },
  );

  it('no token, a token of another process, an expired one, two tokens: 401', async () => {
    const others = [
      undefined,
      metadataToken(Buffer.alloc(32, 8), nowMilliseconds + 1000),
      metadataToken(key, nowMilliseconds),
      [token, token],
    ];
    for (const other of others) {
      const headers = { 'x-aws-ec2-metadata-token': other };
      expect((await answer(asked(roles, { headers }))).status).toBe(401);
    }
  });
});

describe('other refused requests', () => {
  it('forwarded requests, with or without a token, including the handshake', async () => {
    const headers = { 'x-forwarded-for': '10.0.0.1', 'x-aws-ec2-metadata-token-ttl-seconds': '300' };
    expect((await answer(asked(roles, { headers }))).status).toBe(403);
    expect((await answer(asked('/latest/api/token', { method: 'PUT', headers }))).status).toBe(403);
  });

  it.each([undefined, '', 'evil.example:1338', '127.0.0.1', '127.0.0.1:80', 'localhost.evil.example:1338'])(
    'host %j: 403',
    async (foreign) => {
      expect((await answer(asked(roles, { headers: { host: foreign } }))).status).toBe(403);
    },
  );

  it('the host in capitals is the same host', async () => {
    expect((await answer(asked(roles, { headers: { host: 'LOCALHOST:1338' } }))).status).toBe(200);
  });
});

describe('answers', () => {
  it.each([roles, `${roles}/`, `${roles}?a=b`])('%s: the role’s name', async (target) => {
    expect(await answer(asked(target))).toEqual({ status: 200, body: session.roleName });
  });

  it.each([`${roles}/app+=,.@-_`, `${roles}/app%2B%3D%2C.%40-_`])(
    '%s: the same answer as from EC2',
    async (target) => {
      const { status, headers, body } = await answer(asked(target));
      expect({ status, headers }).toEqual({ status: 200, headers: { 'content-type': 'application/json' } });
      expect(JSON.parse(body)).toEqual({
        Code: 'Success',
        LastUpdated: '2026-11-24T11:59:00Z',
        Type: 'AWS-HMAC',
        AccessKeyId: 'ASIAPLANTED',
        SecretAccessKey: 'planted-secret',
        Token: 'planted-token',
        Expiration: '2026-11-24T18:00:00Z',
      });
    },
  );

  it('credentials without an expiry get one within the hour', async () => {
    const { expiresAt: _, ...endless } = session;
    const from = { ...source, session: () => Promise.resolve(endless) };
    const { body } = await answer(asked(`${roles}/app+=,.@-_`), from);
    expect(JSON.parse(body)).toMatchObject({ Expiration: '2026-11-24T13:00:00Z' });
  });

  it('the region, and a zone that becomes the region without its last character', async () => {
    const place = '/latest/meta-data/placement';
    expect((await answer(asked(`${place}/region`))).body).toBe('eu-west-1');
    expect((await answer(asked(`${place}/availability-zone`))).body.slice(0, -1)).toBe('eu-west-1');
  });

  it.each([
    ['GET', '/'],
    ['GET', '/latest/meta-data/'],
    ['GET', '/latest/user-data'],
    ['GET', '/latest/api/token'],
    ['GET', `${roles}/other`],
    ['GET', `${roles}/app+=,.@-_/x`],
    ['GET', '/%zz'],
    ['GET', `http://127.0.0.1:1338${roles}`],
    ['PUT', roles],
    ['POST', roles],
    ['HEAD', roles],
    ['DELETE', '/latest/api/token'],
  ])('%s %s: 404', async (method, target) => {
    expect((await answer(asked(target, { method }))).status).toBe(404);
  });

  it('without valid credentials: 503', async () => {
    const from = { ...source, session: () => Promise.reject(new Error('away')) };
    for (const target of [roles, `${roles}/x`]) expect((await answer(asked(target), from)).status).toBe(503);
  });
});

it('without a token no request of any kind gets more than the handshake', async () => {
  const path = fc.oneof(
    fc.string(),
    fc.array(fc.string()).map((parts) => `/${parts.map(encodeURIComponent).join('/')}`),
    fc.constantFrom(roles, `${roles}/app+=,.@-_`, '/latest/api/token', '/latest/meta-data/placement/region'),
  );
  const method = fc.oneof(fc.constantFrom('GET', 'PUT', 'POST', 'HEAD', 'OPTIONS'), fc.string());
  const headers = fc.dictionary(
    fc.constantFrom(
      'host',
      'x-aws-ec2-metadata-token',
      'x-aws-ec2-metadata-token-ttl-seconds',
      'x-forwarded-for',
    ),
    fc.oneof(fc.constantFrom(host, '300', ''), fc.string(), fc.array(fc.string())),
  );
  await fc.assert(
    fc.asyncProperty(method, path, headers, async (verb, target, sent) => {
      const { status, body } = await answer({ method: verb, target, headers: sent });
      expect(body).not.toMatch(/planted|ASIA|app\+=|eu-west-1/);
      expect([200, 400, 401, 403, 404]).toContain(status);
      if (status === 200) expect(verb).toBe('PUT');
    }),
    { numRuns: 2000 },
  );
});
