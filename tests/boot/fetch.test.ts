import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { credentialConfig } from '../../shared/core/credential-config.ts';
import { type LocalInstance, pathOf, runGroup, startInstance } from '../support/instance.ts';
import { reader, settings, writer } from '../support/settings.ts';

let instance: LocalInstance;
beforeEach(async () => {
  instance = await startInstance();
});
afterEach(() => instance.close());

const json = (name: string): unknown => JSON.parse(instance.read(name));

it('writes one file per grant, with the metadata address of this instance, and nothing the second time', async () => {
  instance.publish('default', reader);
  for (let index = 0; index < 11; index += 1) instance.publish(`w${index}`, writer);
  instance.roleName = 'reports2';
  instance.publish('x', reader);
  instance.roleName = 'reports';
  expect(await instance.fetch()).toMatchObject({ ok: true });
  expect(instance.files().filter((name) => name.endsWith('.json'))).toHaveLength(12);
  const config = credentialConfig(settings, 'aws-111122223333', reader);
  const source = JSON.parse(
    JSON.stringify(config.credential_source).replaceAll('http://169.254.169.254', instance.metadataUrl),
  ) as object;
  expect(json('default.json')).toEqual({ ...config, credential_source: source });
  const state = () => instance.files().map((name) => [name, statSync(join(instance.folder, name)).mtimeMs]);
  const before = state();
  expect(await instance.fetch()).toEqual({ ok: true, output: '' });
  expect(state()).toEqual(before);
});

it('makes its folder, and everybody may read what is in it', async () => {
  rmSync(instance.folder, { recursive: true });
  instance.publish('default', reader);
  await runGroup([pathOf('sh'), '-c', `umask 077; exec ${pathOf('sh')} boot/fetch`], instance.environment());
  const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);
  expect(modeOf(instance.folder)).toBe('755');
  expect(instance.files()).toEqual(['.manifest', 'default.json', 'environment']);
  for (const name of instance.files()) expect(modeOf(join(instance.folder, name))).toBe('644');
});

describe('tells where the default config is', () => {
  it('to systemd units and login shells, as long as it is there', async () => {
    const profile = join(instance.folder, '../google-access.sh');
    instance.publish('default', reader);
    await instance.fetch({ environment: { GOOGLE_ACCESS_PROFILE: profile } });
    const path = join(instance.folder, 'default.json');
    expect(instance.read('environment')).toBe(`GOOGLE_APPLICATION_CREDENTIALS=${path}\n`);
    const shown = async (more: Record<string, string> = {}) => {
      const show = `set -eu; . ${profile}; echo "\${GOOGLE_APPLICATION_CREDENTIALS-none}"`;
      return (await runGroup([pathOf('sh'), '-c', show], more)).output;
    };
    expect(await shown()).toBe(path);
    expect(await shown({ GOOGLE_APPLICATION_CREDENTIALS: '/own.json' })).toBe('/own.json');

    instance.unpublish('default');
    await instance.fetch({ environment: { GOOGLE_ACCESS_PROFILE: profile } });
    expect(instance.files()).toEqual([]);
    expect(await shown()).toBe('none');
  });

  it('not where there is no default grant', async () => {
    instance.publish('writer', writer);
    await instance.fetch();
    expect(instance.files()).toEqual(['.manifest', 'writer.json']);
  });
});

describe('takes away', () => {
  it('the file of a grant that is gone, and no file that is not its own', async () => {
    instance.write('own.json', 'mine');
    for (const grant of ['default', 'writer', 'third']) instance.publish(grant, reader);
    await instance.fetch();
    instance.unpublish('writer');
    const ran = await instance.fetch();
    expect(ran).toEqual({
      ok: true,
      output: `rolebridge: removed ${instance.folder}/writer.json: its grant is gone`,
    });
    for (const grant of ['default', 'third']) instance.unpublish(grant);
    expect(await instance.fetch()).toMatchObject({ ok: false, status: 3 });
    expect(instance.files()).toEqual(['own.json']);
  });

  it('nothing that a manifest of somebody else names outside of the folder', async () => {
    instance.write('.manifest', '../own\nwriter\n');
    instance.write('../own.json', 'mine');
    instance.publish('default', reader);
    await instance.fetch();
    expect(instance.read('../own.json')).toBe('mine');
    expect(instance.read('.manifest')).toBe('default\n');
  });
});

describe('a poisoned config is not used', () => {
  const swap = (from: string, to: string) => (value: string) => value.replace(from, to);
  it.each<[string, (value: string) => string]>([
    ['an address elsewhere', swap('https://sts.googleapis.com', 'https://sts.googleapis.com.evil.example')],
    [
      'a line break before the URL',
      swap('"token_url": "https://sts.googleapis.com', '"token_url":\n "https://evil.example'),
    ],
    [
      'an escaped key',
      swap('"token_url": "https://sts.googleapis.com', '"token_\\u0075rl": "https://evil.example'),
    ],
    ['an escaped slash', swap('https://sts.googleapis.com', 'https:\\u002f/evil.example')],
    ['a URL without slashes', swap('https://sts.googleapis.com/v1', 'https:evil.example')],
    ['capital letters', swap('https://sts.googleapis.com', 'HTTPS://evil.example')],
    [
      'a user before the host',
      swap('https://sts.googleapis.com/', 'https://sts.googleapis.com@evil.example/'),
    ],
    ['another universe, whose APIs would get the tokens', swap('googleapis.com"', 'evil.example"')],
    [
      'the same in capitals, as Go reads it',
      swap('"universe_domain": "googleapis.com"', '"Universe_Domain": "evil.example"'),
    ],
    ['a program to run', swap('"environment_id": "aws1"', '"executable": {"command": "/bin/evil"}')],
    ['a key', swap('"external_account"', '"service_account"')],
    ['no type', swap('"type": "external_account",', '')],
    ['no JSON', () => 'https:'],
  ])('%s', async (_, poison) => {
    instance.publish('default', reader);
    instance.publish('writer', writer, poison);
    instance.write('writer.json', 'old');
    instance.write('.manifest', 'writer\n');
    const ran = await instance.fetch();
    expect(ran).toMatchObject({ ok: false, status: 8 });
    expect(ran.output).toContain('/google-access/reports/writer names ');
    // What was there stays, and the rest is fetched all the same.
    expect(instance.read('writer.json')).toBe('old');
    expect(instance.files()).toEqual(['.manifest', 'default.json', 'environment', 'writer.json']);
  });

  it('unless its endpoint is trusted', async () => {
    instance.publish('default', reader, swap('https://sts.googleapis.com', 'https://sts.acme.example'));
    const trusted = { GOOGLE_ACCESS_TRUSTED_ENDPOINTS: 'https://other.example https://sts.acme.example' };
    expect(await instance.fetch({ environment: trusted })).toMatchObject({ ok: true });
  });
});

it('a parameter that is no grant is told and left alone', async () => {
  instance.publish('default', reader);
  instance.publish('READ.ME', reader);
  const ran = await instance.fetch();
  expect(ran).toMatchObject({ ok: true });
  expect(ran.output).toContain('/google-access/reports/READ.ME is no name of a grant; it is left alone');
});

it('a folder in the place of a config, as Docker makes it, is told', async () => {
  mkdirSync(join(instance.folder, 'default.json'));
  instance.publish('default', reader);
  expect(await instance.fetch()).toMatchObject({
    ok: false,
    status: 9,
    output: expect.stringContaining('or a folder in its place?'),
  });
  expect(instance.files()).toEqual(['.manifest', 'default.json']);
});

it('a folder that cannot be made is told', async () => {
  const blocked = join(instance.folder, 'file');
  instance.write('file', '');
  expect(await instance.fetch({ environment: { GOOGLE_ACCESS_DIR: `${blocked}/in` } })).toMatchObject({
    ok: false,
    status: 9,
    output: `rolebridge: cannot make the folder ${blocked}/in`,
  });
});

it.each([
  { GOOGLE_ACCESS_WAIT_SECONDS: 'long' },
  { GOOGLE_ACCESS_REQUEST_SECONDS: '1.5' },
  { GOOGLE_ACCESS_DIR: 'here' },
  { GOOGLE_ACCESS_PREFIX: '/google-access","MaxResults":1' },
])('a variable that is wrong is told: %j', async (environment) => {
  expect(await instance.fetch({ environment })).toMatchObject({ ok: false, status: 2 });
});

describe('docs/use/ec2.md', () => {
  const page = readFileSync('docs/use/ec2.md', 'utf8');
  const script = readFileSync('boot/fetch', 'utf8');
  const namesIn = (text: string, pattern: RegExp): readonly string[] =>
    [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))].toSorted();

  it('has every exit code', () => {
    expect(namesIn(page, /^\| (\d) /gm)).toEqual(['0', ...namesIn(script, /fail (\d) /g)]);
  });

  it('has every variable', () => {
    expect(namesIn(page, /`(GOOGLE_ACCESS_[A-Z_]+)`/g)).toEqual(
      namesIn(script, /\$\{(GOOGLE_ACCESS_[A-Z_]+)/g),
    );
  });
});
