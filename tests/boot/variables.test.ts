/** The variables of each grant, which a shell sources, and which systemd and Docker read. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { isProjectParameter } from '../../shared/core/grant-parameters.ts';
import { type LocalInstance, pathOf, runGroup, shells, startInstance } from '../support/instance.ts';
import { reader } from '../support/settings.ts';

let instance: LocalInstance;
beforeEach(async () => {
  instance = await startInstance();
});
afterEach(() => instance.close());

const credentialsOf = (grant: string): string =>
  `GOOGLE_APPLICATION_CREDENTIALS=${instance.folder}/${grant}.json\n`;
const withProject = (grant: string, project: string): string =>
  `${credentialsOf(grant)}GOOGLE_CLOUD_PROJECT=${project}\n`;
const publishDirect = (grant: string, project?: string): void => {
  instance.publish(grant, undefined);
  if (project !== undefined) instance.plant(`${grant}.project`, project);
};

describe.each(shells)('$shell', ({ shell, command, isInstalled }) => {
  const test = isInstalled ? it : it.skip;
  const fetched = () => instance.fetch({ shell: command });
  beforeEach(() => {
    if (shell.startsWith('busybox')) instance.toolbox.useBusybox();
  });

  test('writes the config and the project of a Google role on a resource, once', async () => {
    publishDirect('in', 'acme-data');
    expect(await fetched()).toEqual({
      ok: true,
      output: `rolebridge: wrote ${instance.folder}/in.json\nrolebridge: wrote ${instance.folder}/in.env`,
    });
    expect(instance.files()).toEqual(['.manifest', 'in.env', 'in.json']);
    expect(instance.read('in.env')).toBe(withProject('in', 'acme-data'));
    expect(statSync(join(instance.folder, 'in.env')).mode & 0o777).toBe(0o644);
    expect(await fetched()).toEqual({ ok: true, output: '' });

    instance.plant('in.project', 'acme-jobs');
    expect(await fetched()).toEqual({
      ok: true,
      output: `rolebridge: wrote ${instance.folder}/in.env`,
    });
    expect(instance.read('in.env')).toBe(withProject('in', 'acme-jobs'));
  });

  test('writes no project for a service account', async () => {
    instance.publish('writer', reader);
    instance.plant('writer.project', 'acme-data');
    expect(await fetched()).toMatchObject({ ok: true });
    expect(instance.read('writer.env')).toBe(credentialsOf('writer'));
  });

  test('invariant 10: accepts a project only in exactly the form that rolebridge publishes', async () => {
    const values = [
      'acme-data',
      'a12345',
      `a${'b'.repeat(29)}`,
      'example.com:acme-data',
      `${'e'.repeat(63)}:acme-data`,
      'a1234',
      `a${'b'.repeat(30)}`,
      `${'e'.repeat(64)}:acme-data`,
      'acme-data-',
      '1acme-data',
      '-acme-data',
      'Acme-data',
      'acme_data',
      ':acme-data',
      'a:b:acme-data',
      'exa mple:acme-data',
      'acme-data ',
      ' acme-data',
      'acme-data\n',
      'acme-data\nLD_PRELOAD=/tmp/evil.so',
      'acme-data\r',
      'acme-data\tx',
      'acme-data;reboot',
      '$(reboot)',
      '`reboot`',
      'acme-data"',
      "acme-data'",
      'acme-data\\',
      'acme-data\u0000',
      'acmé-data',
      'acme-data😀',
      '123456789012',
      '"acme-data"',
      'in acme-data',
      'x\nend',
      'x\nproject g0 acme-evil',
      'null',
    ];
    const isTaken = (value: string): boolean => isProjectParameter({ name: 'x.project', value });
    values.forEach((value, index) => publishDirect(`g${index}`, value));
    expect(await fetched()).toMatchObject({
      ok: false,
      status: 8,
      output: expect.stringMatching(
        /\/google-access\/reports\/g\d+\.project is not a project that rolebridge publishes: it is not the id of a Google Cloud project\. It is not used$/,
      ),
    });
    expect(values.filter(isTaken)).toHaveLength(5);
    values.forEach((value, index) => {
      const name = `g${index}`;
      expect([value, instance.read(`${name}.env`)]).toEqual([
        value,
        isTaken(value) ? withProject(name, value) : credentialsOf(name),
      ]);
    });
  });
});

it('keeps the project while its parameter is missing or wrong', async () => {
  publishDirect('in', 'acme-data');
  await instance.fetch();
  instance.unpublish('in.project');
  expect(await instance.fetch()).toEqual({ ok: true, output: '' });
  expect(instance.read('in.env')).toBe(withProject('in', 'acme-data'));
  instance.plant('in.project', 'Wrong');
  expect(await instance.fetch()).toMatchObject({ ok: false, status: 8 });
  expect(instance.read('in.env')).toBe(withProject('in', 'acme-data'));
  instance.publish('in', reader);
  instance.unpublish('in.project');
  await instance.fetch();
  expect(instance.read('in.env')).toBe(credentialsOf('in'));
});

it('writes the file without a project until one is published', async () => {
  publishDirect('in');
  expect(await instance.fetch()).toMatchObject({ ok: true });
  expect(instance.read('in.env')).toBe(credentialsOf('in'));
  instance.plant('in.project', 'acme-data');
  await instance.fetch();
  expect(instance.read('in.env')).toBe(withProject('in', 'acme-data'));
});

it('invariant 3: the variables are removed with the config, and a project without a config is not a grant', async () => {
  publishDirect('in', 'acme-data');
  publishDirect('default', 'acme-data');
  instance.write('own.env', 'A=b\n');
  await instance.fetch();
  for (const name of ['in', 'in.project', 'default']) instance.unpublish(name);
  expect(await instance.fetch()).toMatchObject({ ok: false, status: 3 });
  expect(instance.read('in.env')).toBe(withProject('in', 'acme-data'));
  instance.age(60);
  expect(await instance.fetch()).toMatchObject({ ok: false, status: 3 });
  expect(instance.files()).toEqual(['own.env']);
});

it('gives the project of the default grant to units and login shells, as long as the config is there', async () => {
  const profile = join(instance.folder, '../google-access.sh');
  publishDirect('default', 'example.com:acme-data');
  await instance.fetch({ environment: { GOOGLE_ACCESS_PROFILE: profile } });
  expect(instance.read('environment')).toBe(withProject('default', 'example.com:acme-data'));
  const shown = async (more: Record<string, string> = {}): Promise<string> => {
    const show = `set -eu; . ${profile}; echo "\${GOOGLE_APPLICATION_CREDENTIALS-none} \${GOOGLE_CLOUD_PROJECT-none}"`;
    return (await runGroup([pathOf('sh'), '-c', show], more)).output;
  };
  const path = join(instance.folder, 'default.json');
  expect(await shown()).toBe(`${path} example.com:acme-data`);
  expect(await shown({ GOOGLE_CLOUD_PROJECT: 'own' })).toBe(`${path} own`);
  // One of our projects must not be used with someone else's credentials.
  expect(await shown({ GOOGLE_APPLICATION_CREDENTIALS: '/own.json' })).toBe('/own.json none');

  for (const name of ['default', 'default.project']) instance.unpublish(name);
  await instance.fetch();
  instance.age(60);
  await instance.fetch({ environment: { GOOGLE_ACCESS_PROFILE: profile } });
  expect(await shown()).toBe('none none');
});

it('a shell that sources the file gets these variables', async () => {
  publishDirect('in', 'acme-data');
  await instance.fetch();
  const show = `set -a; . ${instance.folder}/in.env; echo "$GOOGLE_APPLICATION_CREDENTIALS $GOOGLE_CLOUD_PROJECT"`;
  expect(await runGroup([pathOf('sh'), '-c', show], {})).toEqual({
    ok: true,
    output: `${instance.folder}/in.json acme-data`,
  });
});
