import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { googleKeyReader } from '../../shared/adapters/google/key-reader.ts';
import { personalIdentity } from '../../shared/adapters/google/personal-identity.ts';
import { reader } from '../support/settings.ts';

const key = {
  name: `projects/acme-data/serviceAccounts/${reader}/keys/a1b2`,
  keyType: 'USER_MANAGED',
  keyOrigin: 'GOOGLE_PROVIDED',
  validAfterTime: '2024-01-02T03:04:05Z',
  validBeforeTime: '2025-01-01T00:00:00Z',
};
const usual = { id: 'a1b2', createdAt: '2024-01-02T03:04:05Z', isDisabled: false, alerts: [] };

let answer: unknown;
const server = createServer((_, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(answer));
});
beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => void server.close(resolve)));

it.each<readonly [string, object, object]>([
  ['an expiry', {}, { ...usual, expiresAt: '2025-01-01T00:00:00Z' }],
  ['no expiry', { validBeforeTime: '9999-12-31T23:59:59Z' }, { ...usual, neverExpires: true }],
  ['an impossible expiry', { validBeforeTime: '1970-01-01T00:00:00Z' }, usual],
])('reads a key with %s', async (_, changes, expected) => {
  answer = { keys: [{ ...key, ...changes }] };
  const { port } = server.address() as AddressInfo;
  const keys = await googleKeyReader({
    identity: personalIdentity({ region: 'eu-central-1', googleAccessToken: 'token' }),
    endpoints: {},
    googleEndpoint: `http://127.0.0.1:${port}`,
    signal: new AbortController().signal,
  }).keys(reader);
  expect(keys).toEqual([expected]);
});
