import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsFile } from '../../../shared/adapters/settings/file.ts';
import { shortFile } from '../../support/setup-world.ts';

const number = '123456789012';
let folder: string;
let base: string;
let override: string;
const file = () => settingsFile([base, override], 'dev');
const complete = async () => file().write(file().complete(number).changes);
const read = (path: string) => readFileSync(path, 'utf8');
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-override-'));
  base = join(folder, 'rolebridge.yml');
  override = join(folder, 'rolebridge.dev.yml');
  writeFileSync(base, shortFile);
  writeFileSync(override, '# Only for tests.\ntagKey: google-access-dev\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('setup of a stage with an override file', () => {
  it('writes new settings there, with a pool of its own', async () => {
    const { changes, settings } = file().complete(number);
    expect(changes.map(({ path, file: other }) => [path.join('.'), other])).toEqual([
      ['google.projectNumber', undefined],
      ['google.pool', undefined],
      ['google.serviceAccount', undefined],
    ]);
    expect(settings.google.pool).toBe('aws-roles-dev');
    await complete();
    expect(read(override)).toBe(
      `# Only for tests.
tagKey: google-access-dev
google:
  projectNumber: "${number}"
  pool: aws-roles-dev
  serviceAccount: rolebridge@acme-identity.iam.gserviceaccount.com
`,
    );
    expect(read(base)).toBe(shortFile);
    expect(file().complete(number).changes).toEqual([]);
  });

  it('writes nothing that rolebridge.yml already sets', async () => {
    const plain = settingsFile([base], 'prod');
    await plain.write(plain.complete(number).changes);
    const before = [read(base), read(override)];
    await complete();
    expect([read(base), read(override)]).toEqual(before);
  });

  it('corrects a project number in the file that contains it', async () => {
    writeFileSync(base, shortFile.replace('# holds the pool\n', '# x\n  projectNumber: "999999999999"\n'));
    await complete();
    expect(read(base)).toContain(`projectNumber: "${number}"`);
    expect(read(override)).not.toContain('projectNumber');
    writeFileSync(override, 'google:\n  projectNumber: "888888888888" # of dev\n');
    await complete();
    expect(read(override)).toContain(`  projectNumber: "${number}" # of dev\n`);
  });

  it('changes the mode of this stage only', async () => {
    writeFileSync(base, `${shortFile}mode: sync\n`);
    await file().write([{ path: ['mode'], value: 'upsert-only', before: 'sync' }]);
    expect(read(override)).toContain('\nmode: upsert-only\n');
    expect(read(base)).toContain('mode: sync\n');
  });

  it('fills a file that contains only comments', async () => {
    writeFileSync(override, '# Nothing yet.');
    await complete();
    expect(read(override)).toMatch(/^# Nothing yet\.\ngoogle:\n {2}projectNumber: "123456789012"\n/);
  });
});
