import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'rolebridge-checkout-'));
const checkout = join(folder, 'checkout');
beforeAll(() => {
  for (const name of ['rolebridge', 'package.json', 'package-lock.json', '.npmrc'])
    cpSync(name, join(checkout, name));
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (program: string, ...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: checkout,
    encoding: 'utf8',
    // Nothing listens at this address, so no registry is called.
    env: {
      PATH: process.env['PATH'],
      npm_config_cache: join(folder, 'npm'),
      npm_config_registry: 'http://127.0.0.1:1',
    },
  });
  return { status, stdout, stderr };
};

const notInstalled = {
  status: 1,
  stdout: '',
  stderr: `rolebridge is not installed yet. Run this first: (cd ${checkout} && npm ci)\n`,
};

it('before npm ci, the program prints one clear line', () => {
  expect(run('./rolebridge', 'plan')).toEqual(notInstalled);
});

it('npx prints the same line, calls no registry, and works after npm ci', () => {
  expect(run('npx', 'rolebridge', 'plan')).toEqual(notInstalled);
  mkdirSync(join(checkout, 'dist'));
  const program =
    'console.log(process.env.ROLEBRIDGE_STARTED_AS.endsWith("/rolebridge"), ...process.argv.slice(2));';
  writeFileSync(join(checkout, 'dist/rolebridge.mjs'), program);
  expect(run('npx', 'rolebridge', 'plan', 'a b')).toEqual({
    status: 0,
    stdout: 'true plan a b\n',
    stderr: '',
  });
});
