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

it('creates its folder, and everyone can read the files in it', async () => {
  rmSync(instance.folder, { recursive: true });
  instance.publish('default', reader);
  await runGroup([pathOf('sh'), '-c', `umask 077; exec ${pathOf('sh')} boot/fetch`], instance.environment());
  const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);
  expect(modeOf(instance.folder)).toBe('755');
  expect(instance.files()).toEqual(['.manifest', 'default.env', 'default.json', 'environment']);
  for (const name of instance.files()) expect(modeOf(join(instance.folder, name))).toBe('644');
});

describe('the location of the default config', () => {
  it('is published to systemd units and login shells, as long as the config is there', async () => {
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
    await instance.fetch();
    instance.age(60);
    await instance.fetch({ environment: { GOOGLE_ACCESS_PROFILE: profile } });
    expect(instance.files()).toEqual([]);
    expect(await shown()).toBe('none');
  });

  it('is not published if there is no default grant', async () => {
    instance.publish('writer', writer);
    await instance.fetch();
    expect(instance.files()).toEqual(['.manifest', 'writer.env', 'writer.json']);
  });
});

describe('invariant 3: a config is removed only after two complete listings 60 s apart lack it', () => {
  const gone = (grant: string): string =>
    `rolebridge: /google-access/reports/${grant} is gone; ${instance.folder}/${grant}.json is removed if it is still gone in 60 seconds or later`;
  const removed = (grant: string): string =>
    `rolebridge: removed ${instance.folder}/${grant}.json: its grant is gone`;
  const fetched = async (): Promise<string> => (await instance.fetch()).output;

  beforeEach(async () => {
    instance.write('own.json', 'mine');
    for (const grant of ['default', 'writer', 'third']) instance.publish(grant, reader);
    await instance.fetch();
  });

  it('keeps the file until then, and removes no file that is not its own', async () => {
    instance.unpublish('writer');
    expect(await fetched()).toBe(gone('writer'));
    expect(await fetched()).toBe('');
    expect(instance.files()).toContain('writer.json');
    instance.age(60);
    expect(await fetched()).toBe(removed('writer'));
    for (const grant of ['default', 'third']) instance.unpublish(grant);
    expect(await instance.fetch()).toMatchObject({ ok: false, status: 3 });
    expect(instance.files()).toEqual([
      '.manifest',
      'default.env',
      'default.json',
      'environment',
      'own.json',
      'third.env',
      'third.json',
    ]);
    instance.age(60);
    expect(await instance.fetch()).toMatchObject({ ok: false, status: 3 });
    expect(instance.files()).toEqual(['own.json']);
  });

  it('starts counting again if the parameter was there in between', async () => {
    instance.unpublish('writer');
    await instance.fetch();
    instance.publish('writer', reader);
    expect(await fetched()).toBe('');
    instance.unpublish('writer');
    expect(await fetched()).toBe(gone('writer'));
  });

  it.each<[string, (line: string) => string]>([
    ['another boot', (line) => line.replace(/ .* /, ' 11111111-2222-3333-4444-555555555555 ')],
    ['a clock that is ahead', (line) => line.replace(/\d+$/, '99999999999')],
    ['a time that is not a number', (line) => line.replace(/\d+$/, '-60')],
    ['a time that a shell reads as octal', (line) => line.replace(/\d+$/, '08')],
    ['no time', (line) => line.replace(/\d+$/, '')],
  ])('does not trust a manifest with %s', async (_, change) => {
    instance.unpublish('writer');
    await instance.fetch();
    instance.age(100);
    const lines = instance.read('.manifest').trimEnd().split('\n');
    instance.write(
      '.manifest',
      `${lines.map((line) => (line.startsWith('writer ') ? change(line) : line)).join('\n')}\n`,
    );
    expect(await fetched()).toBe(gone('writer'));
    expect(instance.files()).toContain('writer.json');
  });

  it('does not count a listing that is incomplete', async () => {
    instance.unpublish('writer');
    await instance.fetch();
    instance.age(100);
    for (let index = 0; index < 20; index += 1) instance.publish(`a${index}`, reader);
    let pages = 0;
    instance.aws.intercept(() => {
      pages += 1;
      return pages < 2
        ? { kind: 'proceed' }
        : { kind: 'error', status: 500, code: 'InternalServerError', message: 'no' };
    });
    expect(await instance.fetch()).toMatchObject({ ok: false, status: 6 });
    expect(instance.files()).toContain('writer.json');
  });

  it('ignores every path outside of the folder that a foreign manifest names', async () => {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    instance.write('.manifest', `../own ${boot} 0\nwriter\n`);
    instance.write('../own.json', 'mine');
    await instance.fetch();
    expect(instance.read('../own.json')).toBe('mine');
    expect(instance.read('.manifest')).toBe('writer\ndefault\nthird\n');
  });
});

// poisoned.test.ts covers which configs are refused.
describe('a poisoned config', () => {
  const swap = (from: string, to: string) => (value: string) => value.replace(from, to);

  it('is not used, and does not affect the others', async () => {
    instance.publish('default', reader);
    instance.publish('writer', writer, swap('https://sts.googleapis.com', 'https://evil.example'));
    instance.write('writer.json', 'old');
    instance.write('.manifest', 'writer\n');
    expect(await instance.fetch()).toMatchObject({
      ok: false,
      status: 8,
      output: expect.stringContaining(
        'rolebridge: /google-access/reports/writer is not a config that rolebridge publishes: "token_url" is https://evil.example/v1/token, which is not at an endpoint of Google or of GOOGLE_ACCESS_TRUSTED_ENDPOINTS. It is not used',
      ),
    });
    expect(instance.read('writer.json')).toBe('old');
    expect(instance.files()).toEqual([
      '.manifest',
      'default.env',
      'default.json',
      'environment',
      'writer.json',
    ]);
  });

  it.each<[string, (value: string) => string, string]>([
    ['its key', swap('token_url', 'tokenUrl'), '"tokenUrl" is not a key of a published config'],
    ['a missing key', swap('"universe_domain": "googleapis.com",', ''), '"universe_domain" is missing'],
    [
      'the account whose provider it should name',
      swap('aws-111122223333', 'aws-444455556666'),
      'which is not a provider of GOOGLE_ACCESS_POOLS for AWS account 111122223333',
    ],
  ])('is refused by %s', async (_, poison, reason) => {
    instance.publish('default', reader, poison);
    expect(await instance.fetch()).toMatchObject({
      status: 8,
      output: expect.stringContaining(reason),
    });
  });
});

describe('the lists that are trusted', () => {
  const pool = '123456789012/aws-roles';
  const inOtherPlaces = (value: string) =>
    value
      .replace('https://sts.googleapis.com', 'https://sts.acme.example')
      .replace(
        '123456789012/locations/global/workloadIdentityPools/aws-roles',
        '7/locations/global/workloadIdentityPools/second',
      )
      .replace('aws-111122223333', 'custom');

  it('name endpoints, pools and providers', async () => {
    instance.publish('default', reader, inOtherPlaces);
    const lists = {
      GOOGLE_ACCESS_TRUSTED_ENDPOINTS: 'https://other.example https://sts.acme.example',
      GOOGLE_ACCESS_POOLS: `${pool} 7/second`,
      GOOGLE_ACCESS_PROVIDERS: '444455556666=other 111122223333=custom',
    };
    expect(await instance.fetch({ environment: lists })).toMatchObject({ ok: true });
    for (const name of Object.keys(lists)) {
      const rest = { ...lists, [name]: name === 'GOOGLE_ACCESS_POOLS' ? pool : '' };
      expect(await instance.fetch({ environment: rest })).toMatchObject({ status: 8 });
    }
  });

  it.each([
    { GOOGLE_ACCESS_POOLS: '' },
    { GOOGLE_ACCESS_POOLS: 'aws-roles' },
    { GOOGLE_ACCESS_POOLS: '123456789012' },
    { GOOGLE_ACCESS_POOLS: '123456789012/' },
    { GOOGLE_ACCESS_POOLS: `${pool} x/aws-roles` },
    { GOOGLE_ACCESS_POOLS: '1/a/b' },
    { GOOGLE_ACCESS_POOLS: '1/*' },
    { GOOGLE_ACCESS_PROVIDERS: 'custom' },
    { GOOGLE_ACCESS_PROVIDERS: '111122223333' },
    { GOOGLE_ACCESS_PROVIDERS: '111122223333/custom' },
    { GOOGLE_ACCESS_PROVIDERS: '1=custom' },
    { GOOGLE_ACCESS_PROVIDERS: '111122223333=' },
    { GOOGLE_ACCESS_PROVIDERS: '111122223333=a/b' },
    { GOOGLE_ACCESS_TRUSTED_ENDPOINTS: 'sts.acme.example' },
    { GOOGLE_ACCESS_TRUSTED_ENDPOINTS: 'https://sts.acme.example/v1' },
    { GOOGLE_ACCESS_TRUSTED_ENDPOINTS: 'https://user@sts.acme.example' },
    { GOOGLE_ACCESS_TRUSTED_ENDPOINTS: 'https://' },
    { GOOGLE_ACCESS_TRUSTED_ENDPOINTS: 'ftp://sts.acme.example' },
  ])('an entry of the wrong form is an error: %j', async (environment) => {
    instance.publish('default', reader);
    const [name = ''] = Object.keys(environment);
    expect(await instance.fetch({ environment })).toMatchObject({
      ok: false,
      status: 2,
      output: expect.stringContaining(name),
    });
    expect(instance.files()).toEqual([]);
  });
});

it('ignores parameters that accompany a grant, and reports one that is not named like a grant', async () => {
  instance.publish('default', reader);
  for (const name of ['default.status', 'READ.ME', 'READ.project', '.project', '.x'])
    instance.plant(name, 'x');
  instance.plant('READ_ME', 'x');
  expect(await instance.fetch()).toEqual({
    ok: true,
    output: expect.stringMatching(
      /^rolebridge: \/google-access\/reports\/READ_ME is not named like a grant; it is left alone\nrolebridge: wrote \S+default\.json\nrolebridge: wrote \S+default\.env$/,
    ),
  });
});

it('reports a folder in the place of a config, as Docker creates it', async () => {
  mkdirSync(join(instance.folder, 'default.json'));
  instance.publish('default', reader);
  expect(await instance.fetch()).toMatchObject({
    ok: false,
    status: 9,
    output: expect.stringContaining('or a folder in its place?'),
  });
  expect(instance.files()).toEqual(['.manifest', 'default.json']);
});

it('reports a folder that cannot be created', async () => {
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
  { GOOGLE_ACCESS_REQUEST_SECONDS: '0' },
  { GOOGLE_ACCESS_WAIT_SECONDS: '08' },
  { GOOGLE_ACCESS_WAIT_SECONDS: '99999999999999999999' },
  { GOOGLE_ACCESS_REQUEST_SECONDS: '1000000' },
  { GOOGLE_ACCESS_WAIT_SECONDS: '1,5' },
  { GOOGLE_ACCESS_REQUEST_SECONDS: '5,' },
  { GOOGLE_ACCESS_DIR: 'here' },
  { GOOGLE_ACCESS_PREFIX: 'google-access' },
  { GOOGLE_ACCESS_PREFIX: '/google-access/' },
  { GOOGLE_ACCESS_PREFIX: '/google//access' },
  { GOOGLE_ACCESS_PREFIX: '/' },
  { GOOGLE_ACCESS_PREFIX: '/google-access","MaxResults":1' },
])('reports an invalid variable: %j', async (environment) => {
  expect(await instance.fetch({ environment })).toMatchObject({ ok: false, status: 2 });
});

describe('docs/use/ec2.md', () => {
  const page = readFileSync('docs/use/ec2.md', 'utf8');
  const script = readFileSync('boot/fetch', 'utf8');
  const namesIn = (text: string, pattern: RegExp): readonly string[] =>
    [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))].toSorted();

  it('lists every exit code', () => {
    expect(namesIn(page, /^\| (\d) /gm)).toEqual(['0', ...namesIn(script, /fail (\d) /g)]);
  });

  it('lists every variable', () => {
    expect(namesIn(page, /`(GOOGLE_ACCESS_[A-Z_]+)`/g)).toEqual(
      namesIn(script + readFileSync('boot/user-data.sh', 'utf8'), /\$\{(GOOGLE_ACCESS_[A-Z_]+)/g),
    );
  });
});
