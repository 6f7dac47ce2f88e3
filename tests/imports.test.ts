import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** What each part of the tree may import of the others; imports point one way (docs/architecture.md). */
const allowed: readonly (readonly [part: string, ...mayImport: string[]])[] = [
  ['shared/core', 'shared/core'],
  ['shared/ports.ts', 'shared/core'],
  ['shared/config-schema.ts'],
  ['shared/config.ts', 'shared/core', 'shared/config-schema.ts'],
  ['shared/app', 'shared/app', 'shared/core', 'shared/ports.ts'],
  ['shared/explain', 'shared/explain', 'shared/core'],
  ['shared/credentials', 'shared/credentials', 'shared/core', 'shared/ports.ts'],
  ['shared/setup', 'shared/setup', 'shared/app', 'shared/core', 'shared/ports.ts'],
  ['shared/doctor', 'shared/doctor', 'shared/setup', 'shared/app', 'shared/core', 'shared/ports.ts'],
  [
    'shared/adapters',
    'shared/adapters',
    'shared/core',
    'shared/ports.ts',
    'shared/config.ts',
    'shared/doctor',
    'shared/setup',
    'shared/credentials',
  ],
  [
    'handlers',
    'handlers',
    'shared/app',
    'shared/adapters',
    'shared/core',
    'shared/ports.ts',
    'shared/config.ts',
  ],
  ['local', 'local'],
  [
    'cli',
    'cli',
    'local',
    'shared',
    // The version.
    'package.json',
  ],
];

const files = ['shared', 'handlers', 'local', 'cli'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);
const within = (path: string, part: string) => path === part || path.startsWith(`${part}/`);
const importsOf = (file: string): readonly string[] =>
  [...readFileSync(file, 'utf8').matchAll(/from '([^']+)'/g)].flatMap(([, target]) => target ?? []);

describe('imports point one way', () => {
  it.each(files)('%s', (file) => {
    const [, ...mayImport] = allowed.find(([part]) => within(file, part)) ?? [];
    const wrong = importsOf(file)
      .filter((target) => target.startsWith('.'))
      .map((target) => normalize(join(dirname(file), target)))
      .filter((target) => !mayImport.some((part) => within(target, part)));
    expect(wrong).toEqual([]);
  });

  it('the core imports no service: libraries for globs and CEL, and Node’s pure helpers', () => {
    const outside = files
      .filter((file) => within(file, 'shared/core'))
      .flatMap(importsOf)
      .filter((target) => !target.startsWith('.'));
    expect([...new Set(outside)].toSorted()).toEqual([
      '@marcbachmann/cel-js',
      'node:crypto',
      'node:util',
      'picomatch',
    ]);
  });

  it('middy is imported in one file, googleapis never by its root, the policy evaluator by tests alone', () => {
    const importers = (name: string) => files.filter((file) => importsOf(file).includes(name));
    expect(importers('@middy/core')).toEqual(['handlers/middleware.ts']);
    expect(importers('googleapis')).toEqual([]);
    expect(importers('@cloud-copilot/iam-simulate')).toEqual([]);
  });

  it('the environment is read in one file of what ships', () => {
    const readers = files.filter(
      (file) => /^(shared|handlers)/.test(file) && readFileSync(file, 'utf8').includes('process.env'),
    );
    expect(readers).toEqual(['shared/config.ts']);
  });
});
