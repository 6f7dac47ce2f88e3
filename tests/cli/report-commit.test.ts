/** The commit that a report names, in real checkouts. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commitOf } from '../../cli/commands/report/commit.ts';

let folder: string;
const git = (...args: readonly string[]): string =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
    encoding: 'utf8',
  }).trim();
const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-commit-'));
  git('init', '--quiet');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('is that of the files, which may have been modified since', async () => {
  const path = write('rolebridge.yml', 'a');
  git('add', '.');
  git('commit', '--quiet', '--message', 'first');
  const id = git('rev-parse', 'HEAD');
  expect(await commitOf([path])).toEqual({ id, isModified: false });
  write('rolebridge.yml', 'b');
  expect(await commitOf([path])).toEqual({ id, isModified: true });
});

it('is unknown for a file that git ignores or does not know', async () => {
  write('.gitignore', 'rolebridge.yml');
  git('add', '.');
  git('commit', '--quiet', '--message', 'first');
  const ignored = write('rolebridge.yml', 'a');
  expect(await commitOf([ignored])).toBeUndefined();
  const override = write('rolebridge.dev.yml', 'a');
  expect(await commitOf([override])).toBeUndefined();
  git('add', '--force', 'rolebridge.yml');
  git('commit', '--quiet', '--message', 'second');
  expect(await commitOf([ignored, override])).toBeUndefined();
});

it('is unknown outside of a checkout', async () => {
  const path = write('rolebridge.yml', 'a');
  rmSync(join(folder, '.git'), { recursive: true });
  expect(await commitOf([path])).toBeUndefined();
});
