import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  configPaths,
  loadSettings,
  parseSettings,
  parseTexts,
  serviceConfigPaths,
} from '../shared/config/config.ts';
import { assertUnchanged, packagedText } from '../shared/config/packaged-text.ts';
import { overridesBeside } from '../shared/config/paths.ts';

const base = `google:
  project: acme-identity
  projectNumber: "123456789012"
  pool: aws-roles
  serviceAccount: rolebridge@acme-identity.iam.gserviceaccount.com
  projects: [acme-data, acme-web]
accounts:
  - id: "111122223333"
    provider: aws-111122223333
regions: [us-east-1, eu-west-1]
notifications:
  email: ops@example.com
allow:
  - to: "*@acme-data.iam.gserviceaccount.com"
    roles: ["app-*"]
`;

const merged = (override: string) =>
  parseTexts([
    { path: 'rolebridge.yml', text: base },
    { path: 'rolebridge.dev.yml', text: override },
  ]);

const messageOf = (override: string): string => {
  try {
    merged(override);
    return 'no error';
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
};

describe('an override file', () => {
  it('merges groups key by key', () => {
    expect(merged('google:\n  pool: aws-roles-dev\nsweep: { maxRevocations: 3 }\n')).toMatchObject({
      google: { project: 'acme-identity', pool: 'aws-roles-dev' },
      sweep: { schedule: 'rate(1 hour)', maxRevocations: 3 },
    });
  });

  it('replaces lists and single values', () => {
    const { allow, regions, google } = merged(
      'regions: [eu-west-1]\ngoogle: { projects: [acme-web] }\nallow: []\n',
    );
    expect({ allow, regions, projects: google.projects }).toEqual({
      allow: [],
      regions: ['eu-west-1'],
      projects: ['acme-web'],
    });
  });

  it('removes a setting of rolebridge.yml by null', () => {
    const topicArn = 'arn:aws:sns:us-east-1:111122223333:ops';
    expect(merged('notifications: null').notifications).toBeUndefined();
    expect(merged(`notifications: { email: ~, topicArn: "${topicArn}" }`).notifications).toMatchObject({
      topicArn,
    });
  });

  it('may contain only comments', () => {
    expect(merged('# nothing yet\n')).toEqual(parseSettings(base));
  });
});

describe('an error is reported at the place of the wrong value', () => {
  it('also for a setting that every object of JavaScript inherits', () => {
    expect(() =>
      parseTexts([
        { path: 'rolebridge.yml', text: `${base}constructor: x\n` },
        { path: 'rolebridge.dev.yml', text: 'sweep: { maxRevocations: 3 }\n' },
      ]),
    ).toThrow('rolebridge.yml:16:1: constructor: unknown setting');
  });

  it.each([
    ['a value of the override', 'google:\n  pool: x\n', 'rolebridge.dev.yml:2:9: google.pool: '],
    ['an unknown key of the override', 'tagkey: x\n', 'rolebridge.dev.yml:1:1: tagkey: unknown setting'],
    [
      'a key without a value, which removes nothing',
      'sweep:\n',
      'rolebridge.dev.yml:1:1: sweep: is empty: it must be a group',
    ],
    [
      'an entry of a list of the override',
      'allow:\n  - to: "*@acme-data.iam.gserviceaccount.com"\n',
      'rolebridge.dev.yml:2:5: allow[0].roles: is missing',
    ],
    [
      'a rule of the base that an override makes useless',
      'google: { projects: [acme-web] }\n',
      'rolebridge.yml:14:9: allow[0].to: ',
    ],
    [
      'a setting that the override removes',
      'google: { pool: null }\n',
      'rolebridge.dev.yml:1:17: google.pool: is missing: run "rolebridge setup"',
    ],
    ['an override that is not a group', 'acme\n', 'rolebridge.dev.yml:1:1: (top): must be a group'],
    ['a text that is not YAML', 'google: [\n', 'rolebridge.dev.yml:'],
    [
      'a glob without quotes',
      'allow:\n  - to: *x\n',
      'rolebridge.dev.yml:2:9: allow[0].to: put it in quotes',
    ],
  ])('%s', (_, override, line) => {
    const message = messageOf(override);
    expect(message).toMatch(/^rolebridge\.yml with rolebridge\.dev\.yml has \d errors?:\n/);
    expect(message).toContain(`\n  ${line}`);
  });

  it('an empty rolebridge.yml under an override', () => {
    expect(() =>
      parseTexts([
        { path: 'rolebridge.yml', text: '' },
        { path: 'rolebridge.dev.yml', text: 'mode: sync\n' },
      ]),
    ).toThrow('rolebridge.yml: is empty. Copy rolebridge.example.yml to it');
  });

  it('a key that would change every JavaScript object is an unknown setting', () => {
    expect(messageOf('__proto__: { mode: dry-run }\n')).toContain('__proto__: unknown setting');
  });
});

describe('the files of a stage', () => {
  let folder = '';
  const write = (name: string, text = base) => writeFileSync(join(folder, name), text);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rolebridge-stages-'));
    write('rolebridge.yml');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are rolebridge.yml and the override beside it', () => {
    write('rolebridge.dev.yml', 'mode: dry-run\n');
    mkdirSync(join(folder, 'below'));
    expect(configPaths({ stage: 'dev' }, {}, folder)).toEqual(['rolebridge.yml', 'rolebridge.dev.yml']);
    expect(configPaths({ stage: 'dev' }, {}, join(folder, 'below'))).toEqual([
      '../rolebridge.yml',
      '../rolebridge.dev.yml',
    ]);
    expect(configPaths({ stage: 'prod' }, {}, folder)).toEqual(['rolebridge.yml']);
    expect(configPaths({}, {}, folder)).toEqual(['rolebridge.yml']);
  });

  it('are exactly the file of --config, or else of ROLEBRIDGE_CONFIG', () => {
    write('rolebridge.dev.yml', 'mode: dry-run\n');
    const environment = { ROLEBRIDGE_CONFIG: 'one.yml' };
    expect(configPaths({ stage: 'dev', config: 'two.yml' }, environment, folder)).toEqual(['two.yml']);
    expect(configPaths({ stage: 'dev' }, environment, folder)).toEqual(['one.yml']);
    expect(serviceConfigPaths('dev', environment)).toEqual(['one.yml']);
    expect(serviceConfigPaths('dev', { ROLEBRIDGE_CONFIG: '' })).toEqual(['rolebridge.yml']);
  });

  it('do not include the example', () => {
    write('rolebridge.example.yml');
    write('rolebridge.a_b.yml');
    write('rolebridge.test-2.yml', '');
    expect(configPaths({ stage: 'example' }, {}, folder)).toEqual(['rolebridge.yml']);
    expect([...overridesBeside(join(folder, 'rolebridge.yml'))]).toEqual([
      ['test-2', join(folder, 'rolebridge.test-2.yml')],
    ]);
  });

  it('are packed unchanged if there is one file, otherwise merged, always with the same bytes', () => {
    write('rolebridge.dev.yml', 'google: { pool: aws-roles-dev } # as Google has it\n');
    const one = [join(folder, 'rolebridge.yml')] as const;
    const both = [...one, join(folder, 'rolebridge.dev.yml')] as const;
    expect(packagedText(one)).toBe(readFileSync(one[0], 'utf8'));
    const text = packagedText(both);
    expect(text).toMatch(/^# Merged from rolebridge\.yml and rolebridge\.dev\.yml\.\n/);
    expect(packagedText(both)).toBe(text);
    expect(parseSettings(text)).toEqual(loadSettings(both));
  });

  it('are refused if someone has changed them since the check', () => {
    const paths = [join(folder, 'rolebridge.yml')] as const;
    const text = packagedText(paths);
    expect(() => assertUnchanged(paths, text)).not.toThrow();
    writeFileSync(paths[0], `${text}# changed\n`);
    expect(() => assertUnchanged(paths, text)).toThrow(
      /was changed while .* Nothing was done\. Run it again\./,
    );
  });
});
