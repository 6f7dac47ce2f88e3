import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { parse } from 'yaml';
import { compileCache } from '../support/compile-cache.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-validate-'));
  cpSync('rolebridge.yml', join(folder, 'rolebridge.yml'));
  writeFileSync(
    join(folder, 'rolebridge.dev.yml'),
    'google:\n  pool: aws-roles-dev\nparameterPrefix: /dev\ntagKey: dev\n',
  );
  writeFileSync(join(folder, 'other.yml'), 'mode: on\n');
  // The package is installed as a dependency would be.
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  symlinkSync(resolve('rolebridge'), join(folder, 'node_modules/.bin/rolebridge'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (line: string, more: NodeJS.ProcessEnv = {}) => {
  const [program = '', ...args] = line.split(' ');
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: folder, NO_COLOR: '1', ...compileCache, ...more },
  });
  return { status, stdout, stderr };
};
const rolebridge = 'node_modules/.bin/rolebridge';

describe('rolebridge validate', () => {
  it('names the stages, without credentials', () => {
    expect(run(`${rolebridge} validate`)).toEqual({
      status: 0,
      stdout: 'Valid: prod (rolebridge.yml), dev (rolebridge.yml with rolebridge.dev.yml).\n',
      stderr: '',
    });
  });

  it('checks exactly the file of an argument, of --config or of ROLEBRIDGE_CONFIG', () => {
    const named = [
      run(`${rolebridge} validate other.yml`),
      run(`${rolebridge} validate --config other.yml`),
      run(`${rolebridge} validate`, { ROLEBRIDGE_CONFIG: 'other.yml' }),
    ];
    for (const said of named)
      expect(said).toMatchObject({
        status: 1,
        stdout: expect.stringContaining('other.yml:1:7: mode: must be one of sync, upsert-only, dry-run\n'),
      });
  });

  it('prints every error with its place as a document', () => {
    const { status, stdout } = run(`${rolebridge} validate other.yml --json`);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      stages: [{ stage: 'prod', files: ['other.yml'] }],
      errors: expect.arrayContaining([
        {
          file: 'other.yml',
          line: 1,
          column: 7,
          path: 'mode',
          message: expect.any(String),
          stages: ['prod'],
        },
      ]),
      warnings: [],
    });
  });
});

describe('.pre-commit-hooks.yaml', () => {
  const hooks: unknown = parse(readFileSync('.pre-commit-hooks.yaml', 'utf8'));
  const text = v.pipe(v.string(), v.minLength(1));
  /** The keys of https://pre-commit.com/#new-hooks that we use. */
  const hooksSchema = v.tuple([
    v.strictObject({
      id: text,
      name: text,
      description: text,
      language: v.literal('system'),
      entry: text,
      files: text,
      require_serial: v.literal(true),
    }),
  ]);
  const [hook] = v.parse(hooksSchema, hooks);

  it('selects rolebridge.yml and the override files', () => {
    const selects = (path: string) => new RegExp(hook.files).test(path);
    expect(['rolebridge.yml', 'infra/rolebridge.dev.yml'].map(selects)).toEqual([true, true]);
    expect(['my-rolebridge.yml', 'rolebridge.yml.bak', 'rolebridge.schema.json'].map(selects)).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('checks the files of a commit with the version that the repository depends on', () => {
    expect(run(`${hook.entry} rolebridge.yml rolebridge.dev.yml`)).toMatchObject({ status: 0 });
    writeFileSync(join(folder, 'rolebridge.dev.yml'), 'mode: on\n');
    expect(run(`${hook.entry} rolebridge.dev.yml`)).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('rolebridge.dev.yml:1:7: mode: must be one of'),
    });
  });
});
