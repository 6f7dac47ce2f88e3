import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configPaths, loadSettings } from '../shared/config/config.ts';
import { configSets } from '../shared/stages/config-sets.ts';
import { validate } from '../shared/stages/validate.ts';

let folder: string;
let base: string;
let override: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-not-a-file-'));
  base = join(folder, 'rolebridge.yml');
  override = join(folder, 'rolebridge.dev.yml');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A test that reads a pipe would never end, so another process must kill it. */
const makePipe = (path: string): void => {
  const { status } = spawnSync('mkfifo', [path]);
  if (status !== 0) throw new Error(`mkfifo ${path} failed`);
};

const messageOf = (work: () => unknown): string => {
  try {
    work();
    return 'no error';
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
};

const advice =
  'Put the settings into a regular file; --config and ROLEBRIDGE_CONFIG can name one that is elsewhere.';

describe('rolebridge.yml is refused, before it is read, if it is', () => {
  it.each<[string, (path: string) => unknown, string | RegExp]>([
    ['a pipe to which no one writes', makePipe, `is a pipe, not a file. ${advice}`],
    ['a folder', (path) => mkdirSync(path), `is a folder, not a file. ${advice}`],
    [
      'a device without an end',
      (path) => symlinkSync('/dev/zero', path),
      `is a device, not a file. ${advice}`,
    ],
    [
      'a link to nothing',
      (path) => symlinkSync('nowhere', path),
      'is a link to nowhere, which does not exist. Correct the link, or remove it.',
    ],
    [
      'a link to itself',
      (path) => symlinkSync('rolebridge.yml', path),
      /cannot be read: (Error: )?ELOOP: too many symbolic links encountered/,
    ],
    [
      'larger than memory',
      (path) => {
        writeFileSync(path, '');
        truncateSync(path, 5 * 1024 ** 3);
      },
      'is larger than 1 MB. Is it another file? Set ROLEBRIDGE_CONFIG to the path of rolebridge.yml.',
    ],
  ])('%s', (_, make, message) => {
    make(base);
    const found = messageOf(() => loadSettings(base));
    expect(found).toEqual(
      typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
    );
    expect(found).toContain(`${base} has 1 error:\n`);
  });

  it('a socket', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(base, resolve));
    try {
      expect(messageOf(() => loadSettings(base))).toContain(`is a socket, not a file. ${advice}`);
    } finally {
      await new Promise((resolve) => void server.close(resolve));
    }
  });
});

it('a file with only CR as line ends is refused: all of it would be its first comment', () => {
  writeFileSync(base, '# The settings\rmode: sync\r');
  expect(messageOf(() => loadSettings(base))).toContain(
    'has line endings of CR alone, as on old Macs. Save it with LF (or CRLF) as its line endings.',
  );
  writeFileSync(base, '# The settings\r\nmode: on\r\n');
  expect(messageOf(() => loadSettings(base))).toContain('mode: must be one of');
});

it('a link to a regular file is read', () => {
  writeFileSync(join(folder, 'other.yml'), 'mode: on\n');
  symlinkSync('other.yml', base);
  expect(messageOf(() => loadSettings(base))).toContain('mode: must be one of');
});

describe('an override file', () => {
  beforeEach(() => writeFileSync(base, 'mode: sync\n'));

  it.each<[string, () => void, string]>([
    ['that is a folder', () => mkdirSync(override), 'is a folder, not a file.'],
    ['that is a link to nothing', () => symlinkSync('nowhere', override), 'is a link to nowhere'],
    ['that is not UTF-8', () => writeFileSync(override, Buffer.from([0xff])), 'is not UTF-8.'],
  ])('%s is reported under its own name', (_, make, message) => {
    make();
    const [set] = configSets([base]);
    if (set === undefined) throw new Error('no set');
    expect(validate(set, { isBeforeSetup: false }).errors).toContainEqual(
      expect.objectContaining({
        file: override,
        message: expect.stringContaining(message),
        stages: ['dev'],
      }),
    );
  });

  it('that is a link to nothing is not ignored by the other commands', () => {
    symlinkSync('nowhere', override);
    expect(configPaths({ stage: 'dev' }, {}, folder)).toEqual(['rolebridge.yml', 'rolebridge.dev.yml']);
  });
});

it('a rolebridge.yml that is a link to nothing is not replaced by one in a folder above', () => {
  writeFileSync(base, 'mode: sync\n');
  const below = join(folder, 'below');
  mkdirSync(below);
  expect(configPaths({}, {}, below)).toEqual(['../rolebridge.yml']);
  symlinkSync('nowhere', join(below, 'rolebridge.yml'));
  expect(configPaths({}, {}, below)).toEqual(['rolebridge.yml']);
});

it('an error in one of two files names the file', () => {
  writeFileSync(base, '# Nothing.\n');
  writeFileSync(override, 'mode: sync\n');
  expect(messageOf(() => loadSettings([base, override]))).toBe(
    `${base} with ${override} has 1 error:\n  ${base}: is empty. Copy rolebridge.example.yml to it, edit it, and run "rolebridge setup".`,
  );
});
