/**
 * Builds every version that the site shows, each from its own commit, for the workflow that publishes them:
 * `node site/build-versions.ts https://acme.github.io/rolebridge/ site/dist`. main is the commit that is checked out.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { versionsOf } from './versions.ts';

const [url = '', out = ''] = process.argv.slice(2);
if (!/^https:\/\/[^ ]+\/$/.test(url) || out === '')
  throw new Error(
    `The address of the site must begin with https:// and end with "/", and a folder must follow, not "${url}" "${out}".`,
  );

const git = (...args: readonly string[]): string => execFileSync('git', args, { encoding: 'utf8' });

/** Releases that are older than the site have none. */
const hasSite = (tag: string): boolean =>
  spawnSync('git', ['cat-file', '-e', `${tag}:site/package.json`]).status === 0;

const buildVersion = (name: string, folder: string): void => {
  const checkout = mkdtempSync(join(tmpdir(), 'rolebridge-site-'));
  git('worktree', 'add', '--detach', '--force', checkout, name === 'main' ? 'HEAD' : name);
  const npm = (...args: readonly string[]): unknown =>
    execFileSync('npm', ['--prefix', join(checkout, 'site'), ...args], {
      stdio: 'inherit',
      env: { ...process.env, DOCS_URL: url, DOCS_VERSION: name, DOCS_TAGS: tags.join(' ') },
    });
  npm('ci', '--ignore-scripts');
  npm('run', 'build');
  cpSync(join(checkout, 'site/dist'), join(out, folder), { recursive: true });
  git('worktree', 'remove', '--force', checkout);
};

const tags = git('tag', '--list').split('\n').filter(hasSite);
rmSync(out, { recursive: true, force: true });
for (const { name, folder } of versionsOf(tags)) buildVersion(name, folder);
