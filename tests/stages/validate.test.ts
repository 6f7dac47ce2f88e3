import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { problemLine } from '../../shared/config/error.ts';
import { globCovers, globMatches } from '../../shared/core/glob.ts';
import { configSets } from '../../shared/stages/config-sets.ts';
import { validate } from '../../shared/stages/validate.ts';

const rules = `allow:
  - to: "*@acme-data.iam.gserviceaccount.com"
    roles: ["app-*"]
`;
const beforeSetup = `google:
  project: acme-identity
  projects: [acme-data]
accounts:
  - id: "111122223333"
regions: [us-east-1]
${rules}`;
const complete = beforeSetup
  .replace(
    'project: acme-identity\n',
    `project: acme-identity
  projectNumber: "123456789012"
  pool: aws-roles
  serviceAccount: rolebridge@acme-identity.iam.gserviceaccount.com
`,
  )
  .replace('"111122223333"\n', '"111122223333"\n    provider: aws-111122223333\n');
const dev = 'google: { pool: aws-roles-dev }\nparameterPrefix: /dev\ntagKey: dev-access\n';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-validate-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const validated = (
  files: Readonly<Record<string, string>>,
  isBeforeSetup = false,
  signedIn: { readonly signedIn?: string } = {},
) => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const [set, ...others] = configSets(
    Object.keys(files)
      .filter((name) => /^rolebridge(\.(dev|test|prod))?\.yml$/.test(name))
      .map((name) => join(folder, name)),
  );
  if (set === undefined || others.length > 0) throw new Error('Not exactly one set');
  const found = validate(set, { isBeforeSetup, ...signedIn });
  const lines = (problems: typeof found.errors) =>
    problems.map((problem) => problemLine(problem).replaceAll(`${folder}/`, ''));
  return {
    stages: found.stages.map(({ stage }) => stage),
    errors: lines(found.errors),
    warnings: lines(found.warnings),
    isShared: found.shared !== undefined,
    ofStages: found.errors.map(({ stages }) => stages),
  };
};

describe('the stages', () => {
  it('are only prod, if there is no override file', () => {
    expect(validated({ 'rolebridge.yml': complete })).toMatchObject({ stages: ['prod'], errors: [] });
  });

  it('are prod and those of the override files', () => {
    expect(validated({ 'rolebridge.yml': complete, 'rolebridge.dev.yml': dev })).toMatchObject({
      stages: ['prod', 'dev'],
      errors: [],
    });
  });

  it('are those of the override files, if one of them is for prod or rolebridge.yml alone is incomplete', () => {
    const files = {
      'rolebridge.yml': complete.replace('  pool: aws-roles\n', ''),
      'rolebridge.dev.yml': dev,
    };
    expect(validated(files)).toMatchObject({ stages: ['dev'], errors: [], isShared: true });
    expect(validated({ ...files, 'rolebridge.prod.yml': 'google: { pool: aws-roles }\n' })).toMatchObject({
      stages: ['dev', 'prod'],
      errors: [],
      isShared: false,
    });
  });
});

describe('errors', () => {
  it('are those of all stages, each once', () => {
    expect(
      validated({
        'rolebridge.yml': complete.replace('[us-east-1]', '[us-east-9]'),
        'rolebridge.dev.yml': `${dev}mode: on\n`,
        'rolebridge.test.yml': 'tagKey: [\n',
      }),
    ).toMatchObject({
      errors: [
        expect.stringMatching(/^rolebridge\.dev\.yml:4:7: mode: must be one of/),
        expect.stringMatching(/^rolebridge\.test\.yml:/),
        expect.stringMatching(/^rolebridge\.yml:10:11: regions\[0\]: us-east-9 /),
      ],
      ofStages: [['dev'], ['test'], ['prod']],
    });
  });

  it('name what two stages share, at its place in the later stage', () => {
    const { errors } = validated({
      'rolebridge.yml': `${complete}parameterPrefix: /google-access\n`,
      'rolebridge.dev.yml': 'parameterPrefix: /google-access/dev\n',
    });
    expect(errors).toEqual([
      'rolebridge.dev.yml:1:18: parameterPrefix: /google-access/dev overlaps /google-access of stage prod, and each stage would remove the parameters of the other. Give this stage another one',
      'rolebridge.yml:1:1: tagKey: stage prod reads the tags google-access, too, and both would answer them. Give this stage another one',
      'rolebridge.yml:4:9: google.pool: stage prod has the pool aws-roles, too, and each stage would remove the members of the other. Give this stage another one',
    ]);
  });

  it('do not include equal prefixes and tags in two AWS accounts', () => {
    const accounts = 'accounts: [{ id: "444455556666", provider: aws-444455556666 }]\n';
    expect(
      validated({
        'rolebridge.yml': complete,
        'rolebridge.dev.yml': `google: { pool: aws-roles-dev }\n${accounts}`,
      }).errors,
    ).toEqual([]);
  });

  it('include equal prefixes and tags in another account that both list, from two home accounts', () => {
    const listed = (home: string) =>
      `home: "${home}"\naccounts: [{ id: "${home}" }, { id: "777788889999" }]\ngoogle: { pool: aws-roles-${home} }\n`;
    const { errors } = validated({
      'rolebridge.yml': complete,
      'rolebridge.dev.yml': listed('444455556666'),
      'rolebridge.prod.yml': listed('111122223333'),
    });
    expect(errors).toEqual([
      'rolebridge.yml:1:1: parameterPrefix: /google-access overlaps /google-access of stage dev in AWS account 777788889999, and each stage would remove the parameters of the other. Give this stage another one',
      'rolebridge.yml:1:1: tagKey: stage dev reads the tags google-access in AWS account 777788889999, too, and both would answer them. Give this stage another one',
    ]);
  });

  it('do not include two stages of one home account and of accounts that both list, with their own prefixes and tags', () => {
    const accounts =
      'home: "111122223333"\naccounts: [{ id: "111122223333" }, { id: "777788889999" }, { id: "777788880000" }]\n';
    expect(
      validated({
        'rolebridge.yml': complete,
        'rolebridge.prod.yml': accounts,
        'rolebridge.dev.yml': `${dev}${accounts}`,
      }).errors,
    ).toEqual([]);
  });

  it('include a file that does not exist', () => {
    const [set] = configSets([join(folder, 'nowhere.yml')]);
    expect(set && validate(set, { isBeforeSetup: false }).errors).toMatchObject([
      { file: join(folder, 'nowhere.yml'), message: expect.stringMatching(/^does not exist\./) },
    ]);
  });
});

describe('the account of the credentials', () => {
  const stages = (home: string) => ({
    'rolebridge.yml': complete,
    'rolebridge.dev.yml': `google:\n  pool: aws-roles-dev\nparameterPrefix: /dev\ntagKey: dev\naccounts:\n  - id: "${home}"\n`,
  });
  const errorsFor = (home: string, signedIn: string) => validated(stages(home), false, { signedIn }).errors;

  it('must be the one that a stage is deployed to', () => {
    expect(errorsFor('444455556666', '444455556666')).toEqual([]);
    expect(errorsFor('444455556666', '111122223333')).toEqual([]);
    expect(errorsFor('444455556666', '999999999999')).toEqual([
      expect.stringMatching(
        /^rolebridge\.dev\.yml:.*deployed to account 444455556666, and your AWS credentials are of account 999999999999/,
      ),
      expect.stringMatching(
        /accounts\[0\]\.id: rolebridge is deployed to account 111122223333, and your AWS credentials are of account 999999999999\. Correct it, or sign in to account 111122223333$/,
      ),
    ]);
  });

  it('is reported at "home" if the file has several accounts', () => {
    const files = {
      'rolebridge.yml': complete.replace(
        'accounts:\n',
        'home: "111122223333"\naccounts:\n  - id: "444455556666"\n',
      ),
    };
    expect(validated(files, false, { signedIn: '444455556666' }).errors).toEqual([
      expect.stringMatching(/home: rolebridge is deployed to account 111122223333/),
    ]);
  });
});

describe('before setup', () => {
  it('a setting that setup fills in is an error, unless the caller accepts that', () => {
    const files = { 'rolebridge.yml': beforeSetup };
    expect(validated(files).errors).toHaveLength(3);
    for (const error of validated(files).errors)
      expect(error).toMatch(/: is missing: run "rolebridge setup", which fills it in$/);
    expect(validated(files, true).errors).toEqual([]);
  });

  it('everything else is checked, including what setup will fill in', () => {
    expect(
      validated({ 'rolebridge.yml': beforeSetup.replace('[us-east-1]', '[us-east-9]') }, true).errors,
    ).toEqual([expect.stringMatching(/regions\[0\]/)]);
    expect(
      validated(
        { 'rolebridge.yml': beforeSetup.replace('projects:', 'projectNumber: 123456789012\n  projects:') },
        true,
      ).errors,
    ).toEqual([expect.stringMatching(/google\.projectNumber: must be the project number, in quotes/)]);
    const shared = { 'rolebridge.yml': beforeSetup, 'rolebridge.dev.yml': 'parameterPrefix: /dev\n' };
    // Setup gives each stage a pool of its own.
    expect(validated(shared, true).errors).toEqual([expect.stringMatching(/tagKey: stage prod reads/)]);
  });
});

describe('warnings', () => {
  it.each([
    ['a narrower rule', 'app-web', '', ': allow[0] allows all that it allows'],
    ['a limit without effect', 'app-*', 'maxDays: 7', ', without a limit, so its maxDays limits nothing'],
  ])('name %s that another one covers', (_, role, more, message) => {
    const rule = `  - to: "*-reader@acme-data.iam.gserviceaccount.com"\n    roles: ["${role}"]\n    ${more}\n`;
    const [warning, ...others] = validated({ 'rolebridge.yml': `${complete}${rule}` }).warnings;
    expect(others).toEqual([]);
    expect(warning).toMatch(/^rolebridge\.yml:\d+:5: allow\[1\]: has no effect/);
    expect(warning).toContain(message);
  });

  it.each([
    ['with more roles and a shorter limit', '"*@acme-data.iam.gserviceaccount.com"', '["*"]', 'maxDays: 7'],
    ['for other roles', '"x@acme-data.iam.gserviceaccount.com"', '[web]', ''],
  ])('do not name a rule %s', (_, to, roles, more) => {
    const rule = `  - to: ${to}\n    roles: ${roles}\n    ${more}\n`;
    const limited = complete.replace('roles: ["app-*"]', 'roles: ["app-*"]\n    maxDays: 30');
    expect(validated({ 'rolebridge.yml': `${limited}${rule}` }).warnings).toEqual([]);
  });

  it('name files that no command reads', () => {
    expect(
      validated({
        'rolebridge.yml': complete,
        'rolebridge.dev.yaml': dev,
        'rolebridge.example.yml': complete,
      }).warnings,
    ).toEqual([expect.stringMatching(/^rolebridge\.dev\.yaml:1:1: no command reads this file/)]);
  });

  it('name a file that is checked alone and that no command reads by itself', () => {
    const warningsOf = (name: string) => {
      writeFileSync(join(folder, name), complete);
      const [set] = configSets([join(folder, name)]);
      return set === undefined ? [] : validate(set, { isBeforeSetup: false }).warnings;
    };
    expect(warningsOf('rolebridge.yaml')).toEqual([
      expect.objectContaining({ message: expect.stringContaining('no command reads this file') }),
    ]);
    expect(warningsOf('company.yml')).toEqual([]);
  });
});

it('a glob covers another one only if it matches everything that the other one matches', () => {
  const texts = [
    '',
    ...['a', 'b'].flatMap((one) => [one, ...['a', 'b'].flatMap((two) => [one + two, `${one}${two}a`])]),
  ];
  const globs = ['a', '*', '?', 'a*', '*a', '*a*', 'a?', '?b', 'a*a', '**', '*?', '.', '..'];
  for (const wide of globs)
    for (const narrow of globs.filter((glob) => globCovers(wide, glob)))
      for (const text of [...texts, '.', '..'].filter((one) => one !== '' && globMatches(narrow, one)))
        expect({ wide, narrow, text, isMatch: globMatches(wide, text) }).toMatchObject({ isMatch: true });
  expect(['*', 'app-*', 'app-web'].map((glob) => globCovers('app-*', glob))).toEqual([false, true, true]);
});
