import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { serverless } from '../support/package-with.ts';
import { runProgram } from '../support/run-program.ts';

const valid = readFileSync('rolebridge.yml', 'utf8');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-refused-'));
  for (const path of ['serverless.yml', 'package.json', 'dist'])
    cpSync(path, join(folder, path), { recursive: true });
  for (const path of ['node_modules', 'shared', 'stack', 'scripts', 'handlers'])
    symlinkSync(resolve(path), join(folder, path));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const place = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };
type Run = (
  settings: string,
  args: readonly string[],
  more?: Readonly<Record<string, string>>,
) => Promise<{ readonly status: number | null; readonly said: string }>;
const runServerless: Run = async (settings, args, more = {}) => {
  writeFileSync(join(folder, 'rolebridge.yml'), settings);
  const { status, stdout, stderr } = await serverless(folder, args, { ...place, ...more });
  return { status, said: `${stdout}${stderr}` };
};
const run: Run = async (settings, command, more = {}) => {
  writeFileSync(join(folder, 'rolebridge.yml'), settings);
  const { status, output } = await runProgram(command, {
    cwd: folder,
    env: { ...process.env, ...place, ...more },
  });
  return { status, said: output };
};
const without = (...names: readonly string[]) =>
  valid
    .split('\n')
    .filter((line) => !names.some((name) => line.trimStart().startsWith(`${name}:`)))
    .join('\n');
const all = ['projectNumber', 'pool', 'serviceAccount'];
const missing = [
  'rolebridge.yml has 3 errors:',
  '  rolebridge.yml:3:1: google.projectNumber: is missing: run "rolebridge setup", which fills it in',
  '  rolebridge.yml:3:1: google.pool: is missing: run "rolebridge setup", which fills it in',
  '  rolebridge.yml:3:1: google.serviceAccount: is missing: run "rolebridge setup", which fills it in',
  '',
].join('\n');

describe('nothing is built, packaged or deployed', () => {
  it.each([
    ['npm run package', run, ['npm', 'run', '--silent', 'package']],
    ['npm run deploy', run, ['npm', 'run', '--silent', 'deploy']],
    ['serverless package', runServerless, ['package']],
    ['serverless deploy', runServerless, ['deploy']],
  ])(
    'by %s, while the settings of setup are missing, and only the message is printed',
    async (_, by, args) => {
      expect(await by(without(...all), args)).toEqual({ status: 1, said: missing });
      expect(existsSync(join(folder, '.serverless'))).toBe(false);
    },
  );

  it.each([
    [
      'one of them is missing',
      without('pool'),
      'google.pool: is missing: run "rolebridge setup", which fills it in',
    ],
    ['AWS refuses a name', `${without('parameterPrefix')}\nparameterPrefix: /AwsTeam/x`, 'parameterPrefix: '],
    ['a part is empty', `${valid}\nsweep:\n`, 'sweep: '],
    ['the file is not YAML', 'google: [', 'Flow sequence in block collection must be'],
    ['an alias has no target', `${valid}\nx: *y\n`, 'put it in quotes: "*y"'],
  ])('by serverless if %s', async (_, settings, said) => {
    const refused = await runServerless(settings, ['package']);
    expect(refused).toEqual({ status: 1, said: expect.stringContaining(said) });
    expect(refused.said).toMatch(/^rolebridge\.yml has \d errors?:/);
    expect(refused.said).not.toMatch(/^ +at /m);
  });

  it.each([
    ['the build', run, ['node', 'scripts/build.ts']],
    ['serverless', runServerless, ['package']],
  ])('by %s while the file of ROLEBRIDGE_CONFIG has errors', async (_, by, args) => {
    const another = join(folder, 'another.yml');
    writeFileSync(another, without('pool'));
    expect(await by(valid, args, { ROLEBRIDGE_CONFIG: another })).toEqual({
      status: 1,
      said: expect.stringMatching(/another\.yml:3:1: google\.pool: is missing: run "rolebridge setup"/),
    });
  });

  it('by serverless while the override file of the stage has errors', async () => {
    const override = join(folder, 'rolebridge.dev.yml');
    writeFileSync(override, 'google:\n  pool: x\n');
    const refused = await runServerless(valid, ['package', '--stage', 'dev']);
    rmSync(override);
    expect(refused).toEqual({
      status: 1,
      said: [
        'rolebridge.yml with rolebridge.dev.yml has 1 error:',
        '  rolebridge.dev.yml:2:9: google.pool: must be a pool id: 4 to 32 of a-z, 0-9 and -',
        '',
      ].join('\n'),
    });
  });

  it('with a Node that cannot read our code', async () => {
    const old = 'Object.defineProperty(process.versions, "node", { value: "22.1.0" })';
    writeFileSync(join(folder, 'old.cjs'), old);
    expect(
      await run(valid, ['node', '--require', './old.cjs', 'node_modules/.bin/serverless', 'print']),
    ).toEqual({
      status: 1,
      said: expect.stringMatching(/^rolebridge needs Node 24 or later, and this is v/),
    });
  });
});

it.each([
  ['x'.repeat(38), 'has 38 characters, and at most 37 are possible'],
  [`${'x-'.repeat(19)}x`, 'has 39 characters, and at most 37 are possible'],
  ['x'.repeat(45), 'has 45 characters, and at most 37 are possible'],
  ['a_b', 'Invalid stage name'],
  ['ä', 'Invalid stage name'],
])('the stage %s is refused', async (stage, said) => {
  expect(await runServerless(valid, ['package', '--stage', stage])).toEqual({
    status: 1,
    said: expect.stringContaining(said),
  });
});
