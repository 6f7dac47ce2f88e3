import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { versionsOf } from '../versions.ts';

const foldersOf = (...tags: readonly string[]) =>
  versionsOf(tags).map(({ name, folder }) => `${name} /${folder}`);

test('before the first release, main is at the root', () => {
  assert.deepEqual(foldersOf(), ['main /']);
  assert.deepEqual(foldersOf('v1.0.0-rc.1', 'nightly'), ['main /']);
});

test('the newest release is at the root, by number and not by spelling', () => {
  assert.deepEqual(foldersOf('v0.9.0', 'v0.10.0', 'v0.2.1'), [
    'v0.10.0 /',
    'main /next/',
    'v0.9.0 /v0.9.0/',
    'v0.2.1 /v0.2.1/',
  ]);
});

test('the site keeps ten releases', () => {
  const versions = versionsOf(Array.from({ length: 30 }, (_, minor) => `v1.${minor}.0`));
  assert.deepEqual(versions.at(0), { name: 'v1.29.0', folder: '' });
  assert.deepEqual(versions.at(-1), { name: 'v1.20.0', folder: 'v1.20.0/' });
});
