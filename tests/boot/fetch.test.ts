import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startInstanceMetadata } from '../../local/aws/instance-metadata.ts';
import { type AwsWorld, type Credentials, startAws } from '../../local/aws/world.ts';
import type { LoopbackServer } from '../../local/http.ts';
import { run } from '../../local/run-workload.ts';
import { credentialConfig } from '../../shared/core/credential-config.ts';
import { parameterName } from '../../shared/core/parameter-name.ts';
import { accountId, reader, roleRef, settings, writer } from '../support/settings.ts';

const region = 'eu-west-1';
let aws: AwsWorld;
let metadata: LoopbackServer;
let folder: string;
let roleName: string | undefined;
let credentials: Credentials;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-boot-'));
  aws = await startAws({ accountId });
  roleName = 'reports';
  credentials = aws.issueRoleCredentials('reports', 'i-0123456789abcdef0');
  metadata = await startInstanceMetadata(() => ({
    region,
    ...(roleName === undefined ? {} : { roleName, credentials }),
  }));
});
afterEach(async () => {
  await Promise.all([aws.close(), metadata.close()]);
  rmSync(folder, { recursive: true });
});

const fetchConfigs = (more: Readonly<Record<string, string>> = {}) =>
  run('sh', ['boot/fetch'], {
    AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
    AWS_ENDPOINT_URL_SSM: aws.url,
    GOOGLE_ACCESS_DIR: folder,
    GOOGLE_ACCESS_WAIT_SECONDS: '0',
    ...more,
  });
const publish = (grant: string, email: string, role = 'reports', change = (value: string) => value) => {
  const name = parameterName('/google-access', roleRef(role), grant);
  const value = change(JSON.stringify(credentialConfig(settings, 'aws-111122223333', email), null, 2));
  aws.ssm.parameters(region).set(name, { name, value, description: '', version: 1 });
};
const fileOf = (grant: string): unknown => JSON.parse(readFileSync(join(folder, `${grant}.json`), 'utf8'));

it('writes one file per grant, with the metadata address of this instance, and nothing the second time', async () => {
  publish('default', reader);
  for (let index = 0; index < 11; index += 1) publish(`w${index}`, writer);
  publish('x', reader, 'reports2');
  const ran = await fetchConfigs();
  expect(ran).toMatchObject({ ok: true });
  expect(readdirSync(folder)).toHaveLength(12);
  const config = credentialConfig(settings, 'aws-111122223333', reader);
  const source = JSON.parse(
    JSON.stringify(config.credential_source).replaceAll('http://169.254.169.254', metadata.url),
  ) as object;
  expect(fileOf('default')).toEqual({ ...config, credential_source: source });
  expect(await fetchConfigs()).toEqual({ ok: true, output: '' });
});

it('finds the parameters of role names that parameter names cannot spell', async () => {
  roleName = 'a+b=c,d.e@f';
  publish('default', reader, roleName);
  expect(await fetchConfigs()).toMatchObject({ ok: true });
  expect(readdirSync(folder)).toEqual(['default.json']);
});

it.each<[number, string, () => Readonly<Record<string, string>>]>([
  [3, 'nothing is granted to role reports yet', () => ({})],
  [
    4,
    'role reports may not read /google-access/reports',
    () => {
      aws.intercept(() => ({ kind: 'error', status: 400, code: 'AccessDeniedException', message: 'no' }));
      return {};
    },
  ],
  [
    5,
    'this instance has no IAM role',
    () => {
      roleName = undefined;
      return {};
    },
  ],
  [6, 'does not answer', () => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:1' })],
  [6, 'does not answer', () => ({ AWS_ENDPOINT_URL_SSM: 'http://127.0.0.1:1' })],
  [
    6,
    'Parameter Store answered 500',
    () => {
      aws.intercept(() => ({ kind: 'error', status: 500, code: 'InternalServerError', message: 'no' }));
      return {};
    },
  ],
])('exit %i: %s', async (status, output, prepare) => {
  const environment = prepare();
  expect(await fetchConfigs(environment)).toMatchObject({
    ok: false,
    status,
    output: expect.stringContaining(output),
  });
  expect(readdirSync(folder)).toEqual([]);
});

it('a poisoned config that would send signed requests elsewhere is not used', async () => {
  publish('default', reader, 'reports', (value) =>
    value.replace('https://sts.googleapis.com', 'https://sts.googleapis.com.evil.example'),
  );
  expect(await fetchConfigs()).toMatchObject({
    ok: false,
    status: 8,
    output: expect.stringContaining("neither Google's nor AWS's"),
  });
  expect(readdirSync(folder)).toEqual([]);
  const trusted = { GOOGLE_ACCESS_TRUSTED_ENDPOINTS: 'https://sts.googleapis.com.evil.example' };
  expect(await fetchConfigs(trusted)).toMatchObject({ ok: true });
});

it.each([
  [
    'a line break before the URL',
    (value: string) =>
      value.replace('"token_url": "https://sts.googleapis.com', '"token_url":\n "https://evil.example'),
  ],
  [
    'an escaped key',
    (value: string) =>
      value.replace('"token_url": "https://sts.googleapis.com', '"token_\\u0075rl": "https://evil.example'),
  ],
  [
    'an escaped slash',
    (value: string) => value.replace('https://sts.googleapis.com', 'https:\\u002f/evil.example'),
  ],
  [
    'a URL without slashes',
    (value: string) => value.replace('https://sts.googleapis.com/v1', 'https:evil.example'),
  ],
  ['capital letters', (value: string) => value.replace('https://sts.googleapis.com', 'HTTPS://evil.example')],
])('nor is one that hides its URL: %s', async (_, poison) => {
  publish('default', reader, 'reports', poison);
  expect(await fetchConfigs()).toMatchObject({ ok: false, status: 8 });
  expect(readdirSync(folder)).toEqual([]);
});

it('no credential shows in what it says', async () => {
  publish('default', reader);
  const { output } = await fetchConfigs();
  for (const secret of [credentials.secretAccessKey, credentials.sessionToken])
    expect(output).not.toContain(secret);
});
