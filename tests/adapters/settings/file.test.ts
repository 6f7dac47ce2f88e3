import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'yaml';
import { editSettings } from '../../../shared/adapters/settings/edit.ts';
import { settingsFile } from '../../../shared/adapters/settings/file.ts';
import { shortFile } from '../../support/setup-world.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-file-'));
  path = join(folder, 'rolebridge.yml');
  writeFileSync(path, shortFile);
});
afterEach(() => {
  chmodSync(folder, 0o755);
  rmSync(folder, { recursive: true });
});

const number = '123456789012';
const numberChange = { path: ['google', 'projectNumber'], value: number };
const modeChange = { path: ['mode'], value: 'upsert-only', before: 'sync' };

describe('settings that the file leaves out', () => {
  it('are filled in, and returned as changes', () => {
    const { settings, changes } = settingsFile([path], 'prod').complete(number);
    expect(changes).toEqual([
      numberChange,
      { path: ['google', 'pool'], value: 'aws-roles' },
      { path: ['google', 'serviceAccount'], value: 'rolebridge@acme-identity.iam.gserviceaccount.com' },
    ]);
    expect(settings.google).toMatchObject({ projectNumber: number, pool: 'aws-roles' });
    expect(readFileSync(path, 'utf8')).toBe(shortFile);
  });

  it('are none if the file is complete', async () => {
    const file = settingsFile([path], 'prod');
    await file.write(file.complete(number).changes);
    expect(file.complete(number).changes).toEqual([]);
    expect(file.complete().changes).toEqual([]);
  });

  it('replaces a project number that has no quotes, or is another one', () => {
    for (const [written, before] of [
      ['123456789012', '123456789012'],
      ['"999999999999"', '999999999999'],
    ]) {
      writeFileSync(path, shortFile.replace('# holds the pool\n', `# x\n  projectNumber: ${written}\n`));
      expect(settingsFile([path], 'prod').complete(number).changes[0]).toEqual({ ...numberChange, before });
      expect(settingsFile([path], 'prod').complete().settings.google.project).toBe('acme-identity');
    }
  });

  it('names the service account of a domain-scoped project', () => {
    writeFileSync(path, shortFile.replace('project: acme-identity', 'project: "example.com:identity"'));
    expect(settingsFile([path], 'prod').complete(number).settings.google.serviceAccount).toBe(
      'rolebridge@identity.example.com.iam.gserviceaccount.com',
    );
  });

  it('accepts a rule that names the project number before it is known', () => {
    const rule = `"${number}-compute@developer.gserviceaccount.com"`;
    writeFileSync(
      path,
      shortFile
        .replace("'*@acme-data.iam.gserviceaccount.com'", rule)
        .replace('[ acme-data ]', '[ acme-identity ]'),
    );
    expect(settingsFile([path], 'prod').complete().settings.allow).toMatchObject([
      { to: expect.stringContaining('-compute@developer') },
    ]);
  });
});

describe('reports all errors together', () => {
  it.each([
    ['none there', undefined, /does not exist\. "rolebridge init" writes/],
    ['not YAML', 'google: [', /has \d errors?:/],
    ['empty', '', /is empty\. Copy rolebridge\.example\.yml/],
    ['no quotes around a glob', shortFile.replace('google-access', '*x'), /tagKey: put it in quotes: "\*x"/],
    ['a list', '- a\n', /has \d+ errors?/],
    ['no project', shortFile.replace('project: acme-identity', 'x: y'), /google\.project: is missing/],
    ['google is not a map', shortFile.replace(/google:[^]*accounts/, 'google: x\naccounts'), /google: /],
    ['two errors', shortFile.replace('us-east-1', 'mars').replace('tagKey: g', 'tagKey: G'), /tagKey/],
  ])('%s', (_, text, fault) => {
    if (text === undefined) rmSync(path);
    else writeFileSync(path, text);
    expect(() => settingsFile([path], 'prod').complete(number)).toThrow(fault);
  });
});

describe('writing', () => {
  it('keeps comments, order, blank lines, quotes and the mode of the file', async () => {
    chmodSync(path, 0o640);
    const file = settingsFile([path], 'prod');
    await file.write([...file.complete(number).changes, modeChange]);
    const written = readFileSync(path, 'utf8');
    expect(written).toBe(readFileSync('tests/adapters/settings/golden/written.yml', 'utf8'));
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(['rolebridge.yml']);
  });

  it('does not touch the file if nothing changes', async () => {
    const before = statSync(path, { bigint: true });
    await settingsFile([path], 'prod').write([]);
    expect(statSync(path, { bigint: true })).toMatchObject({ ino: before.ino, mtimeNs: before.mtimeNs });
  });

  it('writes through a link, and keeps the link', async () => {
    const link = join(folder, 'link.yml');
    symlinkSync(path, link);
    await settingsFile([link], 'prod').write([numberChange]);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(path, 'utf8')).toContain(number);
  });

  it('keeps what someone else wrote after the file was read', async () => {
    const file = settingsFile([path], 'prod');
    const { changes } = file.complete(number);
    writeFileSync(path, shortFile.replace('us-east-1', 'eu-west-1'));
    await file.write(changes);
    expect(readFileSync(path, 'utf8')).toContain('- eu-west-1');
  });

  it('reports a file that it may not write, and leaves no second file', async () => {
    const gone = settingsFile([path], 'prod');
    rmSync(path);
    await expect(gone.write([numberChange])).rejects.toThrow('does not exist');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('edits of texts in every form', () => {
  it.each([
    [
      'one line',
      'google: {project: a, projects: [b]}\n',
      'google: {project: a, projectNumber: "123456789012", projects: [b]}\n',
    ],
    [
      'Windows’ line ends',
      'google:\r\n  project: a # c\r\n  projects: [b]\r\n',
      'google:\r\n  project: a # c\r\n  projectNumber: "123456789012"\r\n  projects: [b]\r\n',
    ],
    ['no line end', 'google:\n  project: a', 'google:\n  project: a\n  projectNumber: "123456789012"'],
    [
      'an empty value',
      'google:\n  project: a\n  projectNumber: # later\n',
      'google:\n  project: a\n  projectNumber: "123456789012" # later\n',
    ],
    [
      'an empty value at the end',
      'google:\n  project: a\n  projectNumber:',
      'google:\n  project: a\n  projectNumber: "123456789012"',
    ],
    [
      'single quotes',
      "google: { project: a,  projectNumber: '1'  }\n",
      "google: { project: a,  projectNumber: '123456789012'  }\n",
    ],
    [
      'four blanks, and the key last',
      'google:\n    projects:\n        - b\n    project:   a   # c\n\n# end\n',
      'google:\n    projects:\n        - b\n    project:   a   # c\n    projectNumber: "123456789012"\n\n# end\n',
    ],
    [
      'no neighbor',
      'google:\n  projects:\n    - b # c\n\n# end\n',
      'google:\n  projects:\n    - b # c\n  projectNumber: "123456789012"\n\n# end\n',
    ],
  ])('%s', (_, text, expected) => {
    expect(editSettings(text, [numberChange])).toBe(expected);
  });

  it('inserts mode even if none of its usual neighbors exists', () => {
    expect(editSettings('a:\n  - b: c\nallow: []\n', [modeChange])).toBe(
      'a:\n  - b: c\nallow: []\nmode: upsert-only\n',
    );
    expect(editSettings('mode: "sync"\n', [modeChange])).toBe('mode: "upsert-only"\n');
  });

  it.each([
    ['an alias', 'x: &g {project: a}\ngoogle: *g\n'],
    ['no map', 'google: a\n'],
    ['an empty map', 'google: {}\n'],
    ['a text without groups', 'acme\n'],
  ])('%s: writes nothing, and names the change to make by hand', (_, text) => {
    expect(() => editSettings(text, [numberChange])).toThrow(
      'Write this into it: google.projectNumber: "123456789012"',
    );
  });

  it('changes only the one value, in any surrounding text', () => {
    const comment = fc.stringMatching(/^( {0,3}# [a-z:{}'"]{0,9})?$/);
    const scalar = fc.constantFrom(
      'a',
      '"a"',
      "'a'",
      '[a, b]',
      '{a: 1}',
      '\n    - a\n    - b',
      '|\n    text',
      '',
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('pool', 'projects', 'x', 'y'), scalar, comment), { maxLength: 4 }),
        comment,
        fc.constantFrom('\n', '\n\n', ''),
        (rows, trailing, gap) => {
          const keys = new Set(rows.map(([key]) => key));
          fc.pre(
            keys.size === rows.length &&
              rows.every(([, value, said]) => !value.includes('\n') || said === ''),
          );
          const lines = rows.map(
            ([key, value, said]) => `  ${key}: ${value}${said === '' ? '' : ` ${said}`}\n`,
          );
          const text = `# top\ngoogle:\n  project: a ${trailing}\n${gap}${lines.join(gap)}${gap}regions: [ b ]\n`;
          const edited = editSettings(text, [numberChange, modeChange]);
          const before = parse(text) as { google: object };
          expect(parse(edited)).toEqual({
            ...before,
            google: { ...before.google, projectNumber: number },
            mode: 'upsert-only',
          });
          // Every original line is still there, in the same order.
          const left = edited.split('\n').filter((line) => !/projectNumber|^mode:/.test(line));
          expect(left).toEqual(text.split('\n'));
        },
      ),
    );
  });
});
