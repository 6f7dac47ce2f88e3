import { strict as assert } from 'node:assert';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';

const folder = mkdtempSync(join(tmpdir(), 'rolebridge-versions-'));
after(() => rmSync(folder, { recursive: true }));

/** Instead of npm: a build is one page, which shows what it was built of, and with. */
const npm = `#!/bin/sh
[ "$3" = run ] || exit 0
mkdir "$2/dist"
echo "$(cat "$2/text") $DOCS_VERSION $DOCS_URL $DOCS_TAGS" >"$2/dist/index.html"
`;

const checkout = join(folder, 'checkout');
const git = (...args: readonly string[]): string =>
  execFileSync('git', ['-C', checkout, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });

const commit = (text: string, tag?: string): void => {
  writeFileSync(join(checkout, 'site/text'), text);
  git('add', '--all');
  git('commit', '--quiet', '--message', text);
  if (tag !== undefined) git('tag', tag);
};

const build = (...args: readonly string[]) =>
  spawnSync(process.execPath, ['site/build-versions.ts', ...args], {
    cwd: checkout,
    encoding: 'utf8',
    env: { PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` },
  });

test('builds main and each release from its own commit, and no release from before the site', () => {
  writeFileSync(join(folder, 'npm'), npm);
  chmodSync(join(folder, 'npm'), 0o755);
  mkdirSync(join(checkout, 'site'), { recursive: true });
  git('init', '--quiet');
  commit('without a site', 'v0.1.0');
  for (const name of ['package.json', 'build-versions.ts', 'versions.ts'])
    cpSync(join(import.meta.dirname, '..', name), join(checkout, 'site', name));
  commit('first', 'v0.2.0');
  commit('second', 'v0.3.0');
  commit('latest');

  const { status, stderr } = build('https://acme.example/docs/', 'out');
  assert.equal(status, 0, stderr);
  const built = globSync('**/index.html', { cwd: join(checkout, 'out') }).toSorted();
  assert.deepEqual(
    built.map((path) => `${path}: ${readFileSync(join(checkout, 'out', path), 'utf8').trim()}`),
    [
      'index.html: second v0.3.0 https://acme.example/docs/ v0.2.0 v0.3.0',
      'next/index.html: latest main https://acme.example/docs/ v0.2.0 v0.3.0',
      'v0.2.0/index.html: first v0.2.0 https://acme.example/docs/ v0.2.0 v0.3.0',
    ],
  );
  assert.equal(git('worktree', 'list').trim().split('\n').length, 1);
});

test('refuses an address that is not a folder', () => {
  assert.match(
    build('https://acme.example/docs', 'out').stderr,
    /must begin with https:\/\/ and end with "\/"/,
  );
});
