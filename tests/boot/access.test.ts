/** The whole path: a tag, a boot, and a token of Google's unmodified library; then no tag, no token and no file. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startInstanceMetadata } from '../../local/aws/instance-metadata.ts';
import type { LoopbackServer } from '../../local/http.ts';
import { askForToken, type Ran, run } from '../../local/run-workload.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { shells } from '../support/instance.ts';
import { email, reader, settings, writer } from '../support/settings.ts';

const role = 'app-web.eu@1';
const other = email('other');
let cloud: Cloud;
let metadata: LoopbackServer;
let folder: string;
beforeAll(async () => {
  cloud = await startCloud();
  for (const account of [reader, writer, other]) cloud.addServiceAccount(account);
  metadata = await startInstanceMetadata(() => ({
    roleName: role,
    region: 'eu-west-1',
    credentials: cloud.aws.issueRoleCredentials(role, 'i-0123456789abcdef0'),
  }));
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-access-'));
});
afterAll(async () => {
  await Promise.all([cloud.close(), metadata.close()]);
  rmSync(folder, { recursive: true });
});

const config = (): string => join(folder, 'default.json');
const fetchConfigs = (shell: readonly string[] = ['sh']): Promise<Ran> =>
  run(shell[0] ?? '', [...shell.slice(1), 'boot/fetch'], {
    AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
    AWS_ENDPOINT_URL_SSM: cloud.aws.url,
    GOOGLE_ACCESS_DIR: folder,
    GOOGLE_ACCESS_TRUSTED_ENDPOINTS: cloud.google.url,
    GOOGLE_ACCESS_POOLS: `${settings.google.projectNumber}/${settings.google.pool}`,
    GOOGLE_ACCESS_WAIT_SECONDS: '0',
  });

/** Makes boot/fetch find that the last listing, which lacked a config, was long ago. */
const letTimePass = (): void => {
  const manifest = join(folder, '.manifest');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replaceAll(/ \d+$/gm, ' 0'));
};

it('a role without a tag gets nothing', async () => {
  await cloud.createRole(role);
  await cloud.settled();
  expect(await fetchConfigs()).toMatchObject({ ok: false, status: 3 });
});

it('once it is tagged, the next fetch brings the config, and the library gets a token', async () => {
  await cloud.tag(role, { 'google-access': reader, 'google-access/writer': writer });
  await cloud.settled();
  expect(await fetchConfigs()).toMatchObject({ ok: true });
  for (const grant of ['default', 'writer'])
    expect(await askForToken(join(folder, `${grant}.json`), {})).toMatchObject({ ok: true });
  // A unit reads it from this file.
  expect(readFileSync(join(folder, 'environment'), 'utf8')).toBe(
    `GOOGLE_APPLICATION_CREDENTIALS=${config()}\n`,
  );
});

describe.each(shells)('$shell', ({ command, isInstalled }) => {
  (isInstalled ? it : it.skip)('finds all right', async () => {
    expect(await fetchConfigs(command)).toEqual({ ok: true, output: '' });
  });
});

it('a changed target is fetched', async () => {
  await cloud.tag(role, { 'google-access': other });
  await cloud.settled();
  expect(await fetchConfigs()).toEqual({ ok: true, output: `rolebridge: wrote ${config()}` });
  expect(readFileSync(config(), 'utf8')).toContain(other);
});

it('once the tag is removed, the next token is refused, and the refresh removes the file', async () => {
  await cloud.untag(role, 'google-access');
  await cloud.settled();
  expect(await askForToken(config(), {})).toMatchObject({
    ok: false,
    output: expect.stringContaining('iam.serviceAccounts.getAccessToken'),
  });
  expect(await fetchConfigs()).toMatchObject({ ok: true, output: expect.stringContaining('is gone') });
  expect(existsSync(config())).toBe(true);
  letTimePass();
  expect(await fetchConfigs()).toMatchObject({ ok: true });
  expect(existsSync(config())).toBe(false);
  expect(existsSync(join(folder, 'environment'))).toBe(false);
  // The other grant is unchanged.
  expect(await askForToken(join(folder, 'writer.json'), {})).toMatchObject({ ok: true });

  await cloud.untag(role, 'google-access/writer');
  await cloud.settled();
  expect(await fetchConfigs()).toMatchObject({ ok: false, status: 3 });
  letTimePass();
  expect(await fetchConfigs()).toMatchObject({ ok: false, status: 3 });
  expect(existsSync(join(folder, 'writer.json'))).toBe(false);
});
