import { parseSettings } from '../shared/config/config.ts';

/** A valid file, from which each case below makes an invalid one. */
const right = `google:
  project: acme-identity
  projectNumber: "123456789012"
  pool: aws-roles
  serviceAccount: rolebridge@acme-identity.iam.gserviceaccount.com
  projects: [acme-data]
accounts:
  - id: "111122223333"
    provider: aws-111122223333
regions: [us-east-1, eu-west-1]
tagKey: google-access
mode: sync
sweep:
  maxRevocations: 25
allow:
  - to: "*@acme-data.iam.gserviceaccount.com"
    roles: ["app-*", reports]
    maxDays: 90
`;

/** Replaces one line, and checks that it is there. */
const withLine = (before: string, after: string): string => {
  if (!right.includes(`${before}\n`)) throw new Error(`The right file has no line ${before}`);
  return right.replace(`${before}\n`, after === '' ? '' : `${after}\n`);
};

const messageOf = (text: string): string => {
  try {
    parseSettings(text, 'rolebridge.yml');
    return 'no error';
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
};

const to = '  - to: "*@acme-data.iam.gserviceaccount.com"';
const roles = '    roles: ["app-*", reports]';
const nextStep = 'is empty. Copy rolebridge.example.yml to it, edit it, and run "rolebridge setup".';

it('the right file has no error', () => {
  expect(messageOf(right)).toBe('no error');
});

describe('each wrong file gets exactly this message', () => {
  it.each<[string, string, readonly string[]]>([
    ['an empty file', '', [nextStep]],
    ['comments only', '# google:\n#   project: acme\n', [nextStep]],
    [
      'a text',
      'acme\n',
      [
        '1:1: (top): must be a group of settings: google, home, organization, accounts, regions, parameterPrefix, formerParameterPrefixes, tagKey, mode, sweep, accountOutcomes, notifications, deploy, allow',
      ],
    ],
    [
      'a key in another casing',
      withLine('tagKey: google-access', 'tagkey: google-access'),
      ['11:1: tagkey: unknown setting (did you mean tagKey?)'],
    ],
    [
      'a key with a letter too few',
      withLine('regions: [us-east-1, eu-west-1]', 'regons: [us-east-1]'),
      ['1:1: regions: is missing', '10:1: regons: unknown setting (did you mean regions?)'],
    ],
    [
      'a nested key that is wrong',
      withLine('    maxDays: 90', '    max-days: 90'),
      ['18:5: allow[0].max-days: unknown setting (did you mean maxDays?)'],
    ],
    [
      'a key in a group of another name',
      withLine('  pool: aws-roles', '  pol: aws-roles'),
      [
        '1:1: google.pool: is missing: run "rolebridge setup", which fills it in',
        '4:3: google.pol: unknown setting (did you mean pool?)',
      ],
    ],
    [
      'a key at the wrong level',
      withLine('mode: sync', 'maxRevocations: 3'),
      ['12:1: maxRevocations: unknown setting here; maxRevocations belongs under sweep'],
    ],
    [
      'several keys of a group that no one knows',
      withLine('mode: sync', 'color: blue\nshape: round'),
      [
        '12:1: color: unknown setting; rolebridge.example.yml lists all settings',
        '13:1: shape: unknown setting; rolebridge.example.yml lists all settings',
      ],
    ],
    [
      'a key that no one knows',
      withLine('mode: sync', 'color: blue'),
      ['12:1: color: unknown setting; rolebridge.example.yml lists all settings'],
    ],
    [
      'a nested key that no one knows',
      withLine('  maxRevocations: 25', '  color: blue'),
      ['14:3: sweep.color: unknown setting; known are schedule, maxRevocations, parameterReadsPerSecond'],
    ],
    [
      'a glob without quotes',
      withLine(to, '  - to: *@acme-data.iam.gserviceaccount.com'),
      [
        '16:9: allow[0].to: put it in quotes: "*@acme-data.iam.gserviceaccount.com" (in YAML, a * at the beginning names an alias)',
      ],
    ],
    [
      'a lone * without quotes',
      withLine(roles, '    roles: [*]'),
      ['17:13: allow[0].roles[0]: put it in quotes: "*" (in YAML, a * at the beginning names an alias)'],
    ],
    [
      'a glob without quotes in a list, and another error',
      withLine(roles, '    roles:\n      - reports\n      - *-web').replace('mode: sync', 'mode: on'),
      [
        '12:7: mode: must be one of sync, upsert-only, dry-run',
        '19:9: allow[0].roles[1]: put it in quotes: "*-web" (in YAML, a * at the beginning names an alias)',
      ],
    ],
    [
      'a value that begins with @',
      withLine(to, '  - to: @acme-data.iam.gserviceaccount.com'),
      [
        '16:9: allow[0].to: put it in quotes: "@acme-data.iam.gserviceaccount.com" (a YAML value cannot begin with @)',
      ],
    ],
    [
      'a text where a list belongs',
      withLine(roles, '    roles: app-*'),
      ['17:12: allow[0].roles: must be a list: [app-*]'],
    ],
    [
      'several texts where a list belongs',
      withLine(roles, '    roles: "app-*, *-web"'),
      ['17:12: allow[0].roles: must be a list: [app-*, "*-web"]'],
    ],
    [
      'a number where a list belongs',
      withLine('    maxDays: 90', '    accounts: 111122223333'),
      ['18:15: allow[0].accounts: must be a list: ["111122223333"]'],
    ],
    [
      'a region where a list belongs',
      withLine('regions: [us-east-1, eu-west-1]', 'regions: us-east-1'),
      ['10:10: regions: must be a list: [us-east-1]'],
    ],
    [
      'a list without values',
      withLine(roles, '    roles:'),
      ['17:5: allow[0].roles: is empty: it must be a list'],
    ],
    [
      'a list with no entry',
      withLine(roles, '    roles: []'),
      ['17:12: allow[0].roles: must have at least one entry'],
    ],
    [
      'accounts without a hyphen',
      withLine('  - id: "111122223333"', '    id: "111122223333"'),
      ['8:5: accounts: must be a list: begin each entry with "- "'],
    ],
    [
      'a rule that is only a text',
      withLine('    maxDays: 90', '    maxDays: 90\n  - "reader@acme-data.iam.gserviceaccount.com"'),
      [
        '19:5: allow[1]: must be a group of settings: to, grant, on, alsoPermit, clientProject, accounts, roles, maxDays',
      ],
    ],
    [
      'an account id without quotes',
      withLine('  - id: "111122223333"', '  - id: 011122223333'),
      ['8:9: accounts[0].id: must be an AWS account id: 12 digits, in quotes: "011122223333"'],
    ],
    [
      'a number where a text belongs',
      withLine('  projects: [acme-data]', '  projects: [acme-data, 424242]'),
      ['6:25: google.projects[1]: must be a text, in quotes: "424242"'],
    ],
    [
      'a list where a text belongs',
      withLine('mode: sync', 'parameterPrefix: [/google-access]'),
      ['12:18: parameterPrefix: must be a text, not a list'],
    ],
    [
      'a group where a text belongs',
      withLine('tagKey: google-access', 'tagKey: {key: google-access}'),
      ['11:9: tagKey: must be a text'],
    ],
    [
      'a text where a number belongs',
      withLine('    maxDays: 90', '    maxDays: "90"'),
      ['18:14: allow[0].maxDays: must be a number, without quotes'],
    ],
    [
      'words where a number belongs',
      withLine('    maxDays: 90', '    maxDays: ninety'),
      ['18:14: allow[0].maxDays: must be a number'],
    ],
    [
      'numbers out of bounds',
      withLine('    maxDays: 90', '    maxDays: 5000').replace('maxRevocations: 25', 'maxRevocations: -1'),
      ['14:19: sweep.maxRevocations: must be at least 0', '18:14: allow[0].maxDays: must be at most 3650'],
    ],
    [
      'half a day',
      withLine('    maxDays: 90', '    maxDays: 0.5'),
      ['18:14: allow[0].maxDays: must be a whole number', '18:14: allow[0].maxDays: must be at least 1'],
    ],
    [
      'a value that is left out',
      withLine('  pool: aws-roles', '  pool:'),
      ['4:3: google.pool: is empty: run "rolebridge setup", which fills it in'],
    ],
    [
      'a rule that is there twice',
      `${right}  - roles: [reports, "app-*"]\n    maxDays: 90\n    to: "*@acme-data.iam.gserviceaccount.com"\n`,
      ['19:5: allow[1]: is the same rule as allow[0]'],
    ],
    [
      'a role that is there twice',
      withLine(roles, '    roles: [reports, reports]'),
      ['17:22: allow[0].roles[1]: reports is listed twice'],
    ],
    [
      'a region that does not exist, in a list of lines',
      withLine('regions: [us-east-1, eu-west-1]', 'regions:\n  - us-east-1\n  - us-est-1'),
      [
        '12:5: regions[1]: us-est-1 is not a region that this version of the AWS SDK knows. Correct it; if AWS has opened it since, upgrade rolebridge (in a checkout: npm update @aws-sdk/core && npm ci)',
      ],
    ],
    ['a setting that is there twice', `${right}mode: dry-run\n`, ['19:1: mode: is set twice']],
    [
      'a tab',
      withLine('  pool: aws-roles', '\tpool: aws-roles'),
      ['4:1: indent with spaces; YAML does not allow tabs'],
    ],
    [
      'a line too far left',
      withLine('  pool: aws-roles', ' pool: aws-roles'),
      ['4:1: the indentation differs from that of the settings above'],
    ],
    [
      'a colon without a blank',
      withLine('mode: sync', 'mode:sync'),
      ['12:1: a setting must be "name: value", with a blank after the colon'],
    ],
    [
      'a value with a colon',
      withLine('mode: sync', 'mode: sync: dry-run'),
      ['12:7: the value contains ": "; put it in quotes'],
    ],
    [
      'a list that does not end',
      withLine(roles, '    roles: [app-*'),
      ['18:5: Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ],
    [
      'two documents',
      `${right}---\n${right}`,
      ['19:1: a second YAML document begins here (---); the file must have only one'],
    ],
    [
      'an error behind an alias',
      withLine(roles, '    roles: &names [app-*, "no spaces"]').concat(
        '  - to: "writer@acme-data.iam.gserviceaccount.com"\n    roles: *names\n',
      ),
      [
        '17:27: allow[0].roles[1]: may contain only letters, digits, _ + = , . @ - and the wildcards * and ?',
        '17:27: allow[1].roles[1]: may contain only letters, digits, _ + = , . @ - and the wildcards * and ?',
      ],
    ],
  ])('%s', (_, text, errors) => {
    const lines = errors.map((error) => `  ${/^\d/.test(error) ? 'rolebridge.yml:' : ''}${error}`);
    expect(messageOf(text).split('\n')).toEqual([
      `rolebridge.yml has ${errors.length} error${errors.length === 1 ? '' : 's'}:`,
      ...lines,
    ]);
  });
});
