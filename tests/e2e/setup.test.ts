import { rmSync } from 'node:fs';
import { documentOf } from '../support/command-line.ts';
import { reader } from '../support/settings.ts';
import {
  foreign,
  own,
  poolName,
  providerName,
  type SetupWorld,
  shortFile,
  startSetupWorld,
} from '../support/setup-world.ts';

let world: SetupWorld;
beforeEach(async () => {
  world = await startSetupWorld();
});
afterEach(() => world.close());

/** What a run from nothing leads to. */
let wanted: Readonly<Record<string, unknown>>;
beforeAll(async () => {
  const fresh = await startSetupWorld();
  expect((await fresh.setup('--yes', '--opt-in', reader)).status).toBe(0);
  wanted = await fresh.state();
  await fresh.close();
});

const everything = ['--yes', '--opt-in', reader] as const;
const done = async (...args: readonly string[]) => {
  const said = await world.setup(...args);
  expect(said).toMatchObject({ status: 0 });
  return said;
};
/** Done, and a second run finds nothing to do and writes nothing. */
const isDoneForGood = async (...args: readonly string[]) => {
  const before = world.google.calls.length;
  const { stdout } = await done(...args);
  expect(stdout).toContain('Nothing to do');
  expect(world.writes(before)).toEqual([]);
};

describe('from nothing', () => {
  it('everything is made; a second run changes nothing and says so', async () => {
    const { stdout, stderr } = await done(...everything);
    expect(stdout).toContain('Plan: 10 to add, 1 to change.');
    expect(stderr).toContain('done  create pool aws-roles');
    expect(stdout).toContain('npm run deploy');
    expect(await world.get(poolName)).toMatchObject({
      state: 'ACTIVE',
      description: 'managed by rolebridge',
    });
    expect(await world.get(providerName)).toMatchObject({
      aws: { accountId: '111122223333' },
      attributeCondition: "assertion.arn.startsWith('arn:aws:sts::111122223333:assumed-role/')",
    });
    const file = world.file();
    await isDoneForGood(...everything);
    expect(world.file()).toBe(file);
  });

  it('what setup learnt stands in rolebridge.yml, and nothing else of it changed', async () => {
    await done('--yes');
    expect(world.file()).toBe(
      shortFile
        .replace(
          '# holds the pool\n',
          `# holds the pool\n  projectNumber: "123456789012"\n  pool: aws-roles\n  serviceAccount: ${own}\n`,
        )
        .replace('# production\n', '# production\n    provider: aws-111122223333\n'),
    );
  });

  it('other people’s rows stay as they are, in every policy', async () => {
    await done(...everything);
    for (const policy of [world.data.current(), world.google.policy(reader).current()]) {
      expect(policy['auditConfigs']).toEqual(foreign['auditConfigs']);
      expect(policy.bindings?.slice(0, 2)).toEqual(foreign.bindings);
      expect(policy.bindings).toHaveLength(3);
    }
    expect(world.identity.current()).toEqual(foreign);
  });

  it('--dry-run shows the plan and does nothing: 2, and then 0', async () => {
    const { status, stdout } = await world.setup('--dry-run', '--opt-in', reader);
    expect({ status, writes: world.writes(), file: world.file() }).toEqual({
      status: 2,
      writes: [],
      file: shortFile,
    });
    expect(stdout).toContain('+ create pool aws-roles');
    await done(...everything);
    expect((await world.setup('--dry-run')).status).toBe(0);
  });

  it('--json is one document, with each step and what became of it', async () => {
    const said = await world.setup('--json', ...everything);
    const { steps, result } = documentOf(said) as {
      steps: object[];
      result: { done: string[]; notDone: string[] };
    };
    expect(steps).toHaveLength(11);
    expect(result).toMatchObject({ notDone: [] });
    expect(result.done).toHaveLength(11);
    expect(documentOf(await world.setup('--json', '--dry-run'))).toMatchObject({ steps: [], refusals: [] });
  });

  it('nobody can answer in a pipe: it says so, and does nothing', async () => {
    const { status, stderr } = await world.setup();
    expect(status).toBe(1);
    expect(stderr).toContain('--yes');
    expect(world.writes()).toEqual([]);
  });

  it('two stages: the functions of each may act as rolebridge, and the others are told', async () => {
    await done('--yes');
    const { stdout } = await done('--stage', 'dev', '--yes');
    const text = JSON.stringify(world.google.policy(own).current());
    for (const role of ['prod-reconcile', 'prod-sweep', 'dev-reconcile', 'dev-sweep'])
      expect(text).toContain(`rolebridge-${role}`);
    expect(stdout).toContain('rolebridge-prod-reconcile may act as');
  });
});

describe('what it opts in', () => {
  it('an account outside google.projects, with a warning; one that is not there, and its own, never', async () => {
    const other = 'reader@other-data.iam.gserviceaccount.com';
    world.google.addServiceAccount(other, 'other-data');
    const { stdout } = await done('--yes', '--opt-in', other);
    expect(stdout).toContain('Project other-data is not in google.projects');
    expect(JSON.stringify(world.google.policy(other).current())).toContain(
      'projects/other-data/roles/rolebridgeEditor',
    );
    for (const [email, reason] of [
      ['nobody@acme-data.iam.gserviceaccount.com', 'does not exist in project acme-data'],
      [own, "rolebridge's own service account"],
      ['nobody@example.com', 'is not the e-mail of a service account'],
    ] as const) {
      const before = world.writes().length;
      const { status, stdout: text, stderr } = await world.setup('--yes', '--opt-in', email);
      expect(status).toBe(1);
      expect(text + stderr).toContain(reason);
      expect(world.writes()).toHaveLength(before);
    }
  });

  it('a whole project, after a warning that says what power that is', async () => {
    const { stdout } = await done('--yes', '--opt-in-project', 'acme-data');
    expect(stdout).toContain('EVERY service account of acme-data');
    expect(world.data.current().bindings?.at(-1)).toEqual({
      role: 'projects/acme-data/roles/rolebridgeEditor',
      members: [`serviceAccount:${own}`],
    });
    await isDoneForGood('--yes', '--opt-in-project', 'acme-data');
  });
});

describe('what goes wrong is one clear line', () => {
  const failsWith = async (text: string | RegExp, ...args: readonly string[]) => {
    const { status, stdout, stderr } = await world.setup('--yes', ...args);
    expect(status).toBe(1);
    expect(stdout + stderr).toMatch(text);
    expect(stdout + stderr).not.toMatch(/^ +at /m);
    return { stdout, stderr };
  };

  it('a 403 while it looks: nothing is done', async () => {
    world.google.intercept(({ method }) =>
      method === 'iam.workloadIdentityPools.get'
        ? {
            kind: 'error',
            code: 403,
            status: 'PERMISSION_DENIED',
            message: "Permission 'iam.workloadIdentityPools.get' denied",
          }
        : undefined,
    );
    await failsWith(/^Error: reading pool .* 403 Permission 'iam.workloadIdentityPools.get' denied/m);
    expect(world.writes()).toEqual([]);
  });

  it('a 403 in the middle: what was done, what failed and which role it takes', async () => {
    const editor = world.google.issueToken('user:editor@acme.com');
    const { bindings = [], ...rest } = foreign;
    const viewers = [{ role: 'roles/viewer', members: ['user:editor@acme.com'] }];
    world.data.replace({ ...rest, bindings: [...bindings, ...viewers] });
    world.identity.replace({
      bindings: [{ role: 'roles/owner', members: ['user:editor@acme.com'] }],
    });
    Object.assign(world.variables, { GOOGLE_OAUTH_ACCESS_TOKEN: editor });
    const { stdout } = await failsWith('It takes roles/iam.roleAdmin on project acme-data.');
    expect(stdout).toMatch(
      /Done:\n(.+\n)+Failed:\n {2}create role rolebridgeLister .+\n.+\nNot done:\n(.+\n)+Run it again/,
    );
  });

  it('nobody answers at the endpoint', async () => {
    Object.assign(world.variables, { ROLEBRIDGE_GOOGLE_ENDPOINT: 'http://127.0.0.1:9' });
    await failsWith(/^Error: .*ECONNREFUSED/m);
  });

  it('there is no rolebridge.yml', async () => {
    rmSync(world.configPath);
    await failsWith(/cannot be read .* Copy rolebridge\.example\.yml/);
    await world.close();
    world = await startSetupWorld();
  });

  it('a fault elsewhere in the file: all of them are told, and nothing is asked of Google', async () => {
    await world.close();
    world = await startSetupWorld(shortFile.replace('us-east-1', 'mars-1').replace('[reports]', '[]'));
    const { stderr } = await failsWith(/has 1 fault|has 2 faults/);
    expect(stderr).toContain('allow[0].roles');
    expect(world.google.calls).toEqual([]);
  });

  it('another project number in the file is corrected, and it is said', async () => {
    await world.close();
    world = await startSetupWorld(
      shortFile.replace('# holds the pool\n', "# holds the pool\n  projectNumber: '999999999999'\n"),
    );
    const { stdout } = await done('--yes');
    expect(stdout).toContain('google.projectNumber of rolebridge.yml is 999999999999');
    expect(world.file()).toContain("projectNumber: '123456789012'");
  });

  it('Ctrl-C while it works: what is done, what was being done, what is not; the next run goes on', async () => {
    const release = world.google.intercept(({ method }) =>
      method === 'iam.serviceAccounts.create' ? { kind: 'hang' } : undefined,
    );
    const { child, ended } = world.start(...everything);
    while (!world.google.calls.some(({ method }) => method === 'iam.serviceAccounts.create'))
      await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    const { status, stdout } = await ended;
    release();
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /Interrupted\.\nDone:\n(.+\n)+Was being done, and may be done:\n {2}create service account .+\nNot done:\n(.+\n)+Run it again/,
    );
    await done(...everything);
    expect(await world.state()).toEqual(wanted);
  });

  it('Ctrl-C while it looks: nothing was done', async () => {
    world.google.intercept(({ method }) => (method.endsWith('Pools.get') ? { kind: 'hang' } : undefined));
    const { child, ended } = world.start('--yes');
    while (!world.google.calls.some(({ method }) => method.endsWith('Pools.get')))
      await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ status: 1, stderr: expect.stringContaining('Nothing was done.') });
  });
});

it('is explained by --help', async () => {
  const { stdout } = await world.setup('--help');
  for (const option of [
    '--yes',
    '--dry-run',
    '--print',
    '--opt-in',
    '--opt-in-project',
    '--adopt',
    'Examples:',
  ])
    expect(stdout).toContain(option);
});
