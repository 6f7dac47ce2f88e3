import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** A module, its import, and the rule of .dependency-cruiser.mjs that the import breaks. */
const breakages: readonly (readonly [file: string, statement: string, rule: string])[] = [
  ['shared/core/upward.ts', "import { used } from '../app/used.ts';", 'layer ^shared/core/'],
  ['shared/core/type.ts', "import type { Used } from '../app/used.ts';", 'layer ^shared/core/'],
  ['shared/core/lazy.ts', "export const lazy = () => import('../app/used.ts');", 'layer ^shared/core/'],
  ['shared/app/adapter.ts', "import { used } from '../adapters/used.ts';", 'layer ^shared/app/'],
  ['shared/setup/doctor.ts', "import { used } from '../doctor/used.ts';", 'layer ^shared/setup/'],
  ['handlers/command.ts', "import { used } from '../cli/used.ts';", 'layer ^handlers/'],
  ['local/shared.ts', "import { used } from '../shared/core/used.ts';", 'layer ^local/'],
  ['shared/app/cycle.ts', "import { other } from './other.ts'; export const cycle = 1;", 'no cycle'],
  ['shared/app/orphan.ts', 'export const orphan = 1;', 'no orphan'],
  ['cli/missing.ts', "import { missing } from './missing-file.ts';", 'no unresolvable import'],
  ['shared/core/network.ts', "import { request } from 'node:https';", 'the core imports no service'],
  ['shared/core/library.ts', "import { client } from 'a-service';", 'the core imports no service'],
  ['handlers/second.ts', "import middy from '@middy/core';", 'middy in one file'],
  ['cli/root.ts', "import { google } from 'googleapis';", 'googleapis never by its root'],
  [
    'cli/evaluator.ts',
    "import { run } from '@cloud-copilot/iam-simulate';",
    'the policy evaluator only in tests',
  ],
  ['cli/test.ts', "import { used } from '../tests/used.ts';", 'layer ^cli/'],
];
const harmless: readonly (readonly [file: string, statement: string])[] = [
  ['handlers/middleware.ts', "import middy from '@middy/core';"],
  ['cli/one-api.ts', "import { iam } from 'googleapis/build/src/apis/iam/v1.js';"],
  ['shared/doctor/setup.ts', "import { used } from '../setup/used.ts';"],
  ['shared/core/hash.ts', "import { createHash } from 'node:crypto'; import { used } from './used.ts';"],
  ['tests/evaluator.ts', "import { run } from '@cloud-copilot/iam-simulate';"],
];
const byText = (a: string, b: string): number => (a < b ? -1 : 1);
const folders = [
  'shared/core',
  'shared/app',
  'shared/adapters',
  'shared/setup',
  'shared/doctor',
  'cli',
  'tests',
];

describe('the import rules of `npm run lint`', () => {
  const root = mkdtempSync(join(tmpdir(), 'rolebridge-'));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  };
  const writePackage = (name: string, main = 'index.js'): void => {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, main }));
    write(`node_modules/${name}/${main}`, 'export {};');
  };
  let violations: readonly string[] = [];

  beforeAll(() => {
    for (const [file, statement] of [...breakages, ...harmless]) write(file, statement);
    for (const folder of folders) write(`${folder}/used.ts`, 'export const used = 1; export type Used = 1;');
    write('shared/app/other.ts', "import { cycle } from './cycle.ts'; export const other = cycle;");
    for (const name of ['@middy/core', '@cloud-copilot/iam-simulate', 'a-service']) writePackage(name);
    writePackage('googleapis', 'build/src/index.js');
    write('node_modules/googleapis/build/src/apis/iam/v1.js', 'export {};');
    const { stdout } = spawnSync(
      process.execPath,
      [
        resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs'),
        '--config',
        resolve('.dependency-cruiser.mjs'),
        '--output-type',
        'json',
        'shared',
        'handlers',
        'local',
        'cli',
        'tests',
      ],
      { cwd: root, encoding: 'utf8' },
    );
    const { summary } = JSON.parse(stdout) as {
      summary: { violations: readonly { from: string; rule: { name: string } }[] };
    };
    violations = summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`).toSorted(byText);
  });

  afterAll(() => rmSync(root, { recursive: true }));

  it.each(breakages)('find %s: %s', (file, _, rule) => {
    expect(violations).toContain(`${file}: ${rule}`);
  });

  it.each(harmless)('allow %s: %s', (file) => {
    expect(violations.filter((line) => line.startsWith(`${file}:`))).toEqual([]);
  });

  it('find nothing else', () => {
    expect(violations).toEqual(breakages.map(([file, , rule]) => `${file}: ${rule}`).toSorted(byText));
  });
});
