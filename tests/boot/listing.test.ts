import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { serve } from '../../local/http.ts';
import { type LocalInstance, pathOf, shells, startInstance } from '../support/instance.ts';
import { reader } from '../support/settings.ts';

/** Parameter Store, or something in its place, answers in an unusual way. */
let instance: LocalInstance;
let value: string;
let close: (() => Promise<void>) | undefined;
afterEach(async () => {
  await close?.();
  close = undefined;
});

/** Each block has one instance. Each test starts with the files that a fetch from Parameter Store itself wrote. */
const startFetchedInstance = (): void => {
  let files: readonly (readonly [name: string, text: string])[];
  beforeAll(async () => {
    instance = await startInstance();
    instance.publish('default', reader, (text) => (value = text));
    expect(await instance.fetch()).toMatchObject({ ok: true });
    files = instance.files().map((name) => [name, instance.read(name)]);
  });
  beforeEach(() => {
    for (const name of instance.files()) rmSync(join(instance.folder, name));
    for (const [name, text] of files) instance.write(name, text);
  });
  afterAll(() => instance.close());
};

const path = '/google-access/reports';
const listOf = (...parameters: readonly object[]): string => JSON.stringify({ Parameters: parameters });
const parameter = (): object => ({ Name: `${path}/default`, Type: 'String', Value: value });

/** Fetches twice, a minute apart. If a listing without the config counts, it removes the file. */
const fetched = async (shell: readonly string[], answers: (page: number) => string) => {
  let page = 0;
  const server = await serve(() => Promise.resolve({ status: 200, body: answers((page += 1)) }));
  close = server.close;
  const environment = { AWS_ENDPOINT_URL_SSM: server.url };
  await instance.fetch({ shell, environment });
  if (instance.files().includes('.manifest')) instance.age(60);
  const ran = await instance.fetch({ shell, environment });
  return { ran, isThere: instance.files().includes('default.json'), pages: page };
};

describe('a list without an end', () => {
  startFetchedInstance();

  it('is given up after 2,000 parameters', async () => {
    // A curl that answers by itself: every page names another next page.
    const { toolbox } = instance;
    toolbox.script(
      'curl',
      `case $* in *--aws-sigv4*) ;; *) exec ${pathOf('curl')} "$@" ;; esac`,
      `echo >>${toolbox.folder}/.pages`,
      `printf '{"Parameters":[],"NextToken":"%s"}\\n200\\n' "$$"`,
    );
    expect(await instance.fetch()).toMatchObject({
      status: 6,
      output: expect.stringMatching(/cannot be read: its list has no end$/),
    });
    expect(readFileSync(`${toolbox.folder}/.pages`, 'utf8')).toHaveLength(200);
    expect(instance.files()).toContain('default.json');
  });
});

// The parser is awk's: dash and bash start the same one.
describe.each(shells.filter(({ shell }) => shell !== 'bash'))('$shell', ({ shell, command, isInstalled }) => {
  const test = isInstalled ? it : it.skip;
  startFetchedInstance();
  beforeAll(() => {
    if (shell.startsWith('busybox')) instance.toolbox.useBusybox();
  });

  test.each<[string, () => string]>([
    ['fields in another order', () => listOf({ Value: value, Version: 1, Name: `${path}/default` })],
    ['an object before the name', () => listOf({ Meta: { Name: 'x', Value: 'y' }, ...parameter() })],
    ['an object behind the value', () => listOf({ ...parameter(), Meta: { Name: 'x', deep: [{}] } })],
    ['a list within', () => listOf({ ...parameter(), Labels: ['Name', 'Value'] })],
    ['tabs before its colons', () => listOf(parameter()).replaceAll('":', '"\t:')],
    ['escaped slashes', () => listOf(parameter()).replaceAll('/', '\\/')],
    ['escaped ASCII', () => listOf(parameter()).replaceAll('&', '\\u0026').replaceAll('=', '\\u003D')],
    ['an end that is null', () => `{"NextToken":null,${listOf(parameter()).slice(1)}`],
    ['more than the list', () => `{"ResultMetadata":{"Name":"x"},${listOf(parameter()).slice(1)}`],
    [
      'line breaks of another system',
      () => JSON.stringify(JSON.parse(listOf(parameter())), null, 2).replaceAll('\n', '\r\n'),
    ],
  ])('reads an answer with %s', async (_, answer) => {
    expect(await fetched(command, answer)).toMatchObject({ ran: { ok: true, output: '' }, isThere: true });
  });

  test.each<[string, (page: number) => string]>([
    ['without a list', () => '{}'],
    ['with null for the list', () => '{"Parameters":null}'],
    ['with a text for the list', () => '{"Parameters":"none"}'],
    ['with the list elsewhere', () => '{"error":{"Parameters":[]}}'],
    ['with an object for the list', () => '{"Parameters":{}}'],
    ['with something behind it', () => `${listOf()}<html>{}`],
    ['with text behind it', () => `${listOf()} and more`],
    ['with an escaped key', () => listOf(parameter()).replace('"Name"', '"N\\u0061me"')],
    ['that is cut short', () => listOf(parameter()).slice(0, -3)],
    ['with a parameter without a value', () => listOf({ Name: `${path}/default` })],
    ['with a parameter without a name', () => listOf({ Value: value })],
    ['with a value that is not a text', () => listOf({ Name: `${path}/default`, Value: {} })],
    ['with a name of several lines', () => listOf({ Name: `${path}/x\nconfig injected {}`, Value: 'x' })],
    ['with an empty object', () => listOf({})],
    ['that never ends', () => JSON.stringify({ Parameters: [], NextToken: 'again' })],
  ])('rejects an answer %s', async (_, answer) => {
    expect(await fetched(command, answer)).toMatchObject({ ran: { ok: false, status: 6 }, isThere: true });
    expect(instance.files()).toEqual(['.manifest', 'default.env', 'default.json', 'environment']);
  });
});
