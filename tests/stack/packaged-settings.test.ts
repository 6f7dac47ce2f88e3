import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { unzipSync } from 'fflate';
import { loadSettings, parseSettings } from '../../shared/config/config.ts';
import { settingsDigest } from '../../shared/core/settings-digest.ts';
import { serverless } from '../support/package-with.ts';

const valid = readFileSync('rolebridge.yml', 'utf8');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-packaged-'));
  for (const path of ['serverless.yml', 'package.json', 'dist'])
    cpSync(path, join(folder, path), { recursive: true });
  for (const path of ['node_modules', 'shared', 'stack', 'scripts'])
    symlinkSync(resolve(path), join(folder, path));
  writeFileSync(join(folder, 'rolebridge.yml'), valid);
  writeFileSync(
    join(folder, 'rolebridge.dev.yml'),
    'google: { pool: aws-roles-dev }\nparameterPrefix: /google-access-dev\ntagKey: google-access-dev # as the teams know it\n',
  );
  writeFileSync(join(folder, 'other.yml'), `# Elsewhere.\n${valid}mode: dry-run\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const packaged = async (stage: string, more: Readonly<Record<string, string>> = {}) => {
  const { status, stdout, stderr } = await serverless(folder, ['package', '--stage', stage], more);
  expect({ status, stdout, stderr }).toMatchObject({ status: 0 });
  const zip = readFileSync(join(folder, '.serverless/sweep.zip'));
  const text = Buffer.from(unzipSync(zip)['dist/rolebridge.yml'] ?? []).toString();
  const template = readFileSync(
    join(folder, '.serverless/cloudformation-template-update-stack.json'),
    'utf8',
  );
  return { said: `${stdout}${stderr}`, text, settings: parseSettings(text), template };
};

describe('the packages of a stage', () => {
  it('contain the merged settings, which the template uses too', async () => {
    const dev = await packaged('dev');
    const paths = ['rolebridge.yml', 'rolebridge.dev.yml'].map((name) => join(folder, name));
    expect(dev.settings).toEqual(loadSettings([paths[0] ?? '', ...paths.slice(1)]));
    expect(dev.settings).toMatchObject({ tagKey: 'google-access-dev', google: { pool: 'aws-roles-dev' } });
    expect(dev.text).toMatch(/^# Merged from rolebridge\.yml and rolebridge\.dev\.yml\.\n/);
    expect(dev.template).toContain('"equals-ignore-case": "google-access-dev"');
    expect(dev.template).toContain('parameter/google-access-dev/*');
    expect(dev.template).toContain(`"ROLEBRIDGE_SETTINGS_DIGEST": "${settingsDigest(dev.settings)}"`);
    expect(dev.said).toContain('rolebridge.yml with rolebridge.dev.yml');
  });

  it('contain exactly the file of ROLEBRIDGE_CONFIG, without an override', async () => {
    const { text, settings, said } = await packaged('dev', { ROLEBRIDGE_CONFIG: 'other.yml' });
    expect(text).toBe(readFileSync(join(folder, 'other.yml'), 'utf8'));
    expect(settings).toMatchObject({ mode: 'dry-run', tagKey: 'google-access' });
    expect(said).toContain('The settings of this stage are those of other.yml.');
  });
});
