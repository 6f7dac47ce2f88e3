import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkedConfig } from '../../cli/config-option.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-config-option-'));
  path = join(folder, 'rolebridge.yml');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('accepts a regular file, a link to one, and no file at all', () => {
  writeFileSync(path, 'mode: sync\n');
  const link = join(folder, 'link.yml');
  symlinkSync(path, link);
  for (const accepted of [path, link, undefined]) expect(() => checkedConfig(accepted)).not.toThrow();
});

it.each<[string, () => unknown, string]>([
  ['nothing', () => undefined, '--config must name an existing file, not'],
  ['a link to nothing', () => symlinkSync('nowhere', path), '--config must name an existing file, not'],
  ['a folder', () => mkdirSync(path), 'is a folder.'],
  ['a pipe', () => spawnSync('mkfifo', [path]), 'is a pipe, a socket or a device.'],
  ['a link to itself', () => symlinkSync('rolebridge.yml', path), 'it is a link that leads back to itself.'],
])('refuses %s', (_, make, message) => {
  make();
  expect(() => checkedConfig(path)).toThrow(message);
});
