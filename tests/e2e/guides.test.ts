import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { run } from '../../local/run-workload.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { command, documentOf, type Variables, variablesOf } from '../support/command-line.ts';
import { expectDocument } from '../support/documents.ts';
import { reader, writer } from '../support/settings.ts';
import { snippetsOf } from '../support/snippets.ts';

/** Someone tries docs/first-hour.md in the local world, and later follows docs/uninstall.md from top to bottom. */

const hasAws = spawnSync('aws', ['--version']).status === 0 && spawnSync('jq', ['--version']).status === 0;
const own = 'rolebridge@acme-identity.iam.gserviceaccount.com';
const runOf = (path: string) =>
  snippetsOf(path).filter(({ notRun, language }) => notRun === undefined && language === 'sh');

let cloud: Cloud;
let variables: Variables;
let folder: string;
beforeAll(async () => {
  cloud = await startCloud();
  for (const name of [reader, writer]) cloud.addServiceAccount(name);
  await cloud.createRole('reports', { 'google-access': reader });
  await cloud.createRole('app-batch');
  await cloud.createRole('app-web', { 'google-access/first': reader, 'google-access/second': writer });
  await cloud.createRole('idle', { team: 'data' });
  await cloud.sweep();
  variables = variablesOf(cloud);
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-uninstall-'));
  symlinkSync(resolve('dist'), join(folder, 'dist'));
  // A person answers the questions.
  const program = `#!/bin/sh\nanswer=\ncase $* in revoke*|*--undo*) answer=--yes ;; esac\nexec '${process.execPath}' dist/rolebridge.mjs "$@" $answer\n`;
  writeFileSync(join(folder, 'rolebridge'), program);
  chmodSync(join(folder, 'rolebridge'), 0o755);
}, 240_000);
afterAll(async () => {
  await cloud.close();
  rmSync(folder, { recursive: true });
});

const undo = (...args: readonly string[]) => command(variables, 'setup', '--undo', ...args);

/** The stack's functions, which CloudFormation deletes. */
const removeStack = (): void => void cloud.aws.lambda.functions.splice(0);

const inShell = (lines: string) =>
  run('sh', ['-ec', `cd ${folder}\n${lines}`], {
    ...variables,
    AWS_DEFAULT_REGION: 'eu-central-1',
    HOME: folder,
    PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}`,
  });

(hasAws ? describe : describe.skip)('docs/first-hour.md, on this machine (are aws and jq installed?)', () => {
  it('shows the plan, grants and revokes', async () => {
    const [setup, plan, tag, roles, revoke, ...more] = runOf('docs/first-hour.md').map(({ text }) => text);
    expect(more).toEqual([]);
    expect(await inShell(setup ?? '')).toMatchObject({
      ok: true,
      output: expect.stringContaining('Nothing to do'),
    });
    const planned = await inShell(plan ?? '');
    expect(planned).toMatchObject({ ok: false, status: 2 });
    expect(planned.output.match(/\+ (bind|publish)/g)).toEqual(['+ bind', '+ publish', '+ publish']);
    expect((await inShell(tag ?? '')).ok).toBe(true);
    while (!cloud.boundTo(reader).includes('app-batch')) await setTimeout(50);
    expect(await inShell(roles ?? '')).toMatchObject({ ok: true, output: expect.stringContaining('bound') });
    expect(await inShell(revoke ?? '')).toMatchObject({
      ok: true,
      output: expect.stringContaining('Gone: role app-batch'),
    });
  }, 120_000);
});

describe('before access is revoked', () => {
  it('setup --undo names the stack and each binding, and changes nothing', async () => {
    const { status, stdout } = await undo('--yes');
    expect(status).toBe(1);
    expect(stdout).toContain('The stack of stage prod is deployed');
    expect(stdout).toContain(`assumed-role/reports has roles/iam.workloadIdentityUser on ${reader}`);
    expect(stdout).toContain('rolebridge revoke --all');
    expect(cloud.boundTo(reader)).toContain('reports');
  });

  it('prints no commands, and does not accept the options of setup', async () => {
    expect(await undo('--print', 'gcloud')).toMatchObject({ status: 1, stdout: '' });
    const { status, stderr } = await undo('--adopt');
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('--adopt') });
  });
});

(hasAws ? describe : describe.skip)('docs/uninstall.md (are aws and jq installed?)', () => {
  it('every command succeeds in turn, and nothing of rolebridge is left', async () => {
    const outputs: string[] = [];
    for (const { text } of runOf('docs/uninstall.md')) {
      if (text.includes('rolebridge remove')) {
        removeStack();
        continue;
      }
      const { ok, output } = await inShell(text);
      expect({ text, ok, output: ok ? '' : output }).toEqual({ text, ok: true, output: '' });
      outputs.push(output);
    }
    expect(outputs.join('\n')).toContain('Proven: no binding and no parameter of rolebridge is left.');
    expect(outputs.join('\n')).toContain(`delete service account ${own}`);
    // Both clouds are empty.
    expect(cloud.parameterPlaces()).toEqual([]);
    for (const email of [reader, writer])
      expect(cloud.google.policy(email).current().bindings ?? []).toEqual([]);
    const tags = await inShell(
      'aws iam get-account-authorization-details --filter Role --query "RoleDetailList[].Tags"',
    );
    expect(tags).toMatchObject({ ok: true, output: expect.stringContaining('"team"') });
    expect(tags.output).not.toContain('google-access');
  }, 240_000);

  it('a second undo finds nothing, and its document says the same', async () => {
    const said = await undo('--json', '--yes');
    expectDocument(['setup', '--undo'], said);
    expect(documentOf(said)).toMatchObject({ isUndo: true, steps: [], refusals: [] });
    expect(said.status).toBe(0);
  });
});
