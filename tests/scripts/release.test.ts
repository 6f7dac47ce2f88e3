import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };
import { notices } from '../../scripts/bundled.ts';
import { softwareBill } from '../../scripts/software-bill.ts';
import { runProgram } from '../support/run-program.ts';

interface Step {
  readonly run?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
}
const workflow = parse(readFileSync('.github/workflows/release.yml', 'utf8')) as {
  readonly jobs: { readonly release: { readonly steps: readonly Step[] } };
};
const { steps } = workflow.jobs.release;
/** The gate runs this test. */
const commands = steps.flatMap(({ run }) => (run === undefined || run === '.ci/run' ? [] : [run]));

const made = new Set(['node_modules', '.git', '.serverless', 'dist', 'release', 'reports', 'coverage']);

/** A checkout in another folder, and a `gh` that records its arguments. */
const checkout = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-release-'));
  cpSync('.', folder, { recursive: true, filter: (path) => !made.has(path) });
  linkModules(join(folder, 'node_modules'));
  mkdirSync(join(folder, 'fake'));
  writeFileSync(join(folder, 'fake', 'gh'), '#!/bin/sh\nprintf "%s\\n" "$@" > asked-of-gh\n', {
    mode: 0o755,
  });
  return folder;
};

/** Links each file, not the folder: a bundle names its chunks by the real paths of their contents. Not every file system can link. */
const linkModules = (folder: string): void => {
  mkdirSync(folder);
  // Other suites write to the cache meanwhile.
  const names = readdirSync('node_modules').filter((name) => name !== '.cache');
  const paths = names.map((name) => join('node_modules', name));
  if (spawnSync('cp', ['-al', ...paths, folder]).status === 0) return;
  for (const name of names)
    cpSync(join('node_modules', name), join(folder, name), { recursive: true, verbatimSymlinks: true });
};

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

/** Runs the commands of the workflow as a runner of GitHub does. */
const release = (folder: string, tag: string) => {
  const path = [join(folder, 'fake'), resolve('node_modules/.bin'), process.env['PATH']].join(delimiter);
  const env = { ...process.env, PATH: path, GITHUB_REF_NAME: tag };
  return runProgram(['bash', '-e', '-c', commands.join('\n')], { cwd: folder, env });
};

const elsewhere = checkout();
afterAll(() => rmSync(elsewhere, { recursive: true }));
const tag = `v${manifest.version}`;

it('a tag that differs from the version is refused, and nothing is created', async () => {
  const { status, output } = await release(elsewhere, 'v99.0.0');
  expect(status).not.toBe(0);
  expect(output).toContain(`The tag is v99.0.0, and package.json says ${manifest.version}`);
  expect(['release', 'dist', 'asked-of-gh'].filter((name) => existsSync(join(elsewhere, name)))).toEqual([]);
});

describe('a release', () => {
  beforeAll(async () => {
    const { status, output } = await release(elsewhere, tag);
    expect([status, output]).toEqual([0, expect.any(String)]);
  }, 300_000);
  const released = (name: string): Buffer => readFileSync(join(elsewhere, 'release', name));
  const files = () => readdirSync(join(elsewhere, 'release')).toSorted();

  it.each([
    ['rolebridge.mjs', () => readFileSync('dist/rolebridge.mjs')],
    ['reconcile.zip', () => readFileSync('.serverless/reconcile.zip')],
    ['sweep.zip', () => readFileSync('.serverless/sweep.zip')],
    ['fetch', () => readFileSync('boot/fetch')],
    ['sbom.cdx.json', () => JSON.stringify(softwareBill(), null, 2)],
    ['THIRD-PARTY-NOTICES.txt', () => notices()],
  ])(
    'has the same bytes as after "npm run package" here, regardless of where it is built: %s',
    (name, here) => {
      expect(sha256(released(name))).toBe(sha256(here()));
    },
  );

  it('contains the deployed code, the programs beside it, the boot files, bill and notices; each with its checksum', () => {
    expect(files()).toEqual([
      'SHA256SUMS',
      'THIRD-PARTY-NOTICES.txt',
      'fetch',
      'reconcile.zip',
      'rolebridge.mjs',
      'sbom.cdx.json',
      'sweep.zip',
    ]);
    const { status, stderr } = spawnSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], {
      cwd: join(elsewhere, 'release'),
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    const summed = released('SHA256SUMS')
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => line.split('  ')[1]);
    expect(['SHA256SUMS', ...summed]).toEqual(files());
  });

  it('passes the gate, is built, signed through its checksums, and published, in this order', () => {
    const isAt = (text: string) =>
      steps.findIndex(({ run = '', uses = '' }) => run.startsWith(text) || uses.startsWith(text));
    const signs = isAt('actions/attest-build-provenance@');
    const order = [isAt('.ci/run'), isAt('npm run release'), signs, isAt('gh release create')];
    expect(order).not.toContain(-1);
    expect(order).toEqual(order.toSorted((x, y) => x - y));
    expect(steps[signs]?.with).toEqual({ 'subject-checksums': 'release/SHA256SUMS' });
  });

  it('is published as a whole, under an existing tag', () => {
    expect(readFileSync(join(elsewhere, 'asked-of-gh'), 'utf8').trimEnd().split('\n')).toEqual([
      'release',
      'create',
      tag,
      '--verify-tag',
      '--generate-notes',
      ...files().map((name) => `release/${name}`),
    ]);
  });
});
