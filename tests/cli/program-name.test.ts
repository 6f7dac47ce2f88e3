import { named, programName } from '../../cli/program-name.ts';

it.each([
  ['the file of the checkout', { ROLEBRIDGE_STARTED_AS: './rolebridge' }, './rolebridge'],
  [
    'the file of the checkout from elsewhere',
    { ROLEBRIDGE_STARTED_AS: '../rb/rolebridge' },
    '../rb/rolebridge',
  ],
  ['a folder with a space', { ROLEBRIDGE_STARTED_AS: '/my tools/rolebridge' }, "'/my tools/rolebridge'"],
  [
    'a program that is installed',
    { ROLEBRIDGE_STARTED_AS: '/usr/local/bin/rolebridge', PATH: '/usr/bin:/usr/local/bin' },
    'rolebridge',
  ],
  [
    'npx',
    { ROLEBRIDGE_STARTED_AS: '/root/.npm/_npx/1/node_modules/.bin/rolebridge', npm_command: 'exec' },
    'npx rolebridge',
  ],
  [
    'an npm script of a repository that has the package',
    {
      ROLEBRIDGE_STARTED_AS: '/acme/node_modules/.bin/rolebridge',
      PATH: '/acme/node_modules/.bin:/usr/bin',
      npm_command: 'run-script',
      npm_lifecycle_event: 'plan',
    },
    'npx rolebridge',
  ],
  ['an npm script', { npm_command: 'run-script', npm_lifecycle_event: 'demo' }, './rolebridge'],
  ['Node itself', {}, 'node dist/rolebridge.mjs'],
])('hints name the program as it was started: %s', (_, env, name) => {
  expect(programName({ env, file: '/work/dist/rolebridge.mjs', cwd: '/work' })).toBe(name);
});

it('the full path of a file that is not below the current folder', () => {
  expect(programName({ env: {}, file: '/app/rolebridge.mjs', cwd: '/work' })).toBe(
    'node /app/rolebridge.mjs',
  );
});

it.each([
  [
    'To continue: rolebridge revoke --all. To grant again: rolebridge resume',
    'To continue: ./rolebridge revoke --all. To grant again: ./rolebridge resume',
  ],
  ['Usage: rolebridge [options] [command]', 'Usage: ./rolebridge [options] [command]'],
  ['(see rolebridge --help)', '(see ./rolebridge --help)'],
  ['rolebridge: wrote default.json', 'rolebridge: wrote default.json'],
  ['rolebridge does not know this error', 'rolebridge does not know this error'],
  ['rolebridge@acme.example plan', 'rolebridge@acme.example plan'],
  [
    'in a folder that has the package: npx rolebridge init',
    'in a folder that has the package: npx rolebridge init',
  ],
])('names it in %s', (text, expected) => {
  expect(named(text, './rolebridge')).toBe(expected);
});

it('in the package, the command deploys; in the checkout, its script does', () => {
  const text = 'Deploy the stack (npm run deploy). It: npm run deploy -- --stage dev';
  expect(named(text, 'npx rolebridge')).toBe(
    'Deploy the stack (npx rolebridge deploy). It: npx rolebridge deploy --stage dev',
  );
  expect(named('npm run deploy', 'npx rolebridge', { stage: 'dev' })).toBe(
    'npx rolebridge --stage dev deploy',
  );
  expect(named(text, './rolebridge')).toBe(text);
});

describe('on a stage other than prod, printed commands name that stage', () => {
  it.each([
    ['run "rolebridge sweep --approve 0f3a".', 'run "./rolebridge --stage dev sweep --approve 0f3a".'],
    [
      'rolebridge doctor --role ROLE. All: rolebridge plan',
      './rolebridge --stage dev doctor --role ROLE. All: ./rolebridge --stage dev plan',
    ],
    ['rolebridge forget --account 1 --stage dev', './rolebridge forget --account 1 --stage dev'],
    ['rolebridge doctor --stage STAGE', './rolebridge doctor --stage STAGE'],
    [
      '(rolebridge forget). Or: rolebridge plan --stage dev',
      '(./rolebridge --stage dev forget). Or: ./rolebridge plan --stage dev',
    ],
    ['rolebridge explain "…"', './rolebridge explain "…"'],
    ['In mode upsert-only rolebridge revokes nothing', 'In mode upsert-only rolebridge revokes nothing'],
  ])('%s', (text, expected) => {
    expect(named(text, './rolebridge', { stage: 'dev' })).toBe(expected);
    expect(named(text, 'rolebridge', { stage: 'prod' })).toBe(text);
  });
});

describe('after --config, printed commands read the same file', () => {
  it.each([
    ['run "rolebridge resume --stage prod".', 'run "npx rolebridge --config x.yml resume --stage prod".'],
    [
      'rolebridge revoke --all, then rolebridge remove',
      'npx rolebridge --config x.yml revoke --all, then npx rolebridge --config x.yml remove',
    ],
    ['rolebridge plan --config new.yml', 'npx rolebridge plan --config new.yml'],
    ['npm run deploy -- --stage dev', 'npx rolebridge --config x.yml deploy --stage dev'],
    ['rolebridge explain "…"', 'npx rolebridge explain "…"'],
  ])('%s', (text, expected) => {
    expect(named(text, 'npx rolebridge', { config: 'x.yml' })).toBe(expected);
  });

  it('also with a stage, and with a name that the shell would split', () => {
    expect(named('rolebridge plan', 'rolebridge', { stage: 'dev', config: 'my file.yml' })).toBe(
      "rolebridge --config 'my file.yml' --stage dev plan",
    );
  });

  it('also in the checkout, whose script deploys rolebridge.yml', () => {
    expect(named('Deploy it: npm run deploy', './rolebridge', { config: 'x.yml' })).toBe(
      'Deploy it: npm run build && ./rolebridge --config x.yml deploy',
    );
  });
});
