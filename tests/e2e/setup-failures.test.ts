import { rmSync } from 'node:fs';
import { reader } from '../support/settings.ts';
import { foreign, type SetupWorld, shortFile, startSetupWorld } from '../support/setup-world.ts';

let world: SetupWorld;
beforeEach(async () => {
  world = await startSetupWorld();
});
afterEach(() => world.close());

const everything = ['--yes', '--opt-in', reader] as const;

describe('a failure is one clear line', () => {
  const expectFailure = async (text: string | RegExp, ...args: readonly string[]) => {
    const { status, stdout, stderr } = await world.setup('--yes', ...args);
    expect(status).toBe(1);
    expect(stdout + stderr).toMatch(text);
    expect(stdout + stderr).not.toMatch(/^ +at /m);
    return { stdout, stderr };
  };

  it('a 403 while it reads: nothing is changed', async () => {
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
    await expectFailure(/^Error: reading pool .* 403 Permission 'iam.workloadIdentityPools.get' denied/m);
    expect(world.writes()).toEqual([]);
  });

  it('a 403 in the middle: shows what was done, what failed and which role is needed', async () => {
    const editor = world.google.issueToken('user:editor@acme.com');
    const { bindings = [], ...rest } = foreign;
    const viewers = [{ role: 'roles/viewer', members: ['user:editor@acme.com'] }];
    world.data.replace({ ...rest, bindings: [...bindings, ...viewers] });
    world.identity.replace({
      bindings: [{ role: 'roles/owner', members: ['user:editor@acme.com'] }],
    });
    Object.assign(world.variables, { GOOGLE_OAUTH_ACCESS_TOKEN: editor });
    const { stdout } = await expectFailure('This needs roles/iam.roleAdmin on project acme-data.');
    expect(stdout).toMatch(
      /Done:\n(.+\n)+Failed:\n {2}create role rolebridgeLister .+\n.+\nNot done:\n(.+\n)+Run it again/,
    );
  });

  it('nothing listens at the endpoint', async () => {
    Object.assign(world.variables, { ROLEBRIDGE_GOOGLE_ENDPOINT: 'http://127.0.0.1:9' });
    await expectFailure(/^Error: .*ECONNREFUSED/m);
  });

  it('rolebridge.yml does not exist', async () => {
    rmSync(world.configPath);
    await expectFailure(/does not exist\. "rolebridge init" writes/);
    await world.close();
    world = await startSetupWorld();
  });

  it('reports every error in the file, and does not call Google', async () => {
    await world.close();
    world = await startSetupWorld(shortFile.replace('us-east-1', 'mars-1').replace('[reports]', '[]'));
    const { stderr } = await expectFailure(/has [12] errors?:/);
    expect(stderr).toContain('allow[0].roles');
    expect(world.google.calls).toEqual([]);
  });

  it('corrects another project number in the file, and reports it', async () => {
    await world.close();
    world = await startSetupWorld(
      shortFile.replace('# holds the pool\n', "# holds the pool\n  projectNumber: '999999999999'\n"),
    );
    const { status, stdout } = await world.setup('--yes');
    expect(status).toBe(0);
    expect(stdout).toContain('google.projectNumber of rolebridge.yml is 999999999999');
    expect(world.file()).toContain("projectNumber: '123456789012'");
  });

  it('Ctrl-C while it works: shows what is done, what was in progress and what is left; the next run continues', async () => {
    const release = world.google.intercept(({ method }) =>
      method === 'iam.serviceAccounts.create' ? { kind: 'hang' } : undefined,
    );
    const { child, ended } = world.start(...everything);
    while (!world.google.calls.some(({ method }) => method === 'iam.serviceAccounts.create'))
      await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    const { status, stdout } = await ended;
    release();
    expect(status).toBe(130);
    expect(stdout).toMatch(
      /Interrupted\.\nDone:\n(.+\n)+In progress, and may be done:\n {2}create service account .+\nNot done:\n(.+\n)+Run it again/,
    );
    expect((await world.setup(...everything)).status).toBe(0);
    expect((await world.setup(...everything)).stdout).toContain('Nothing to do');
  });

  it('Ctrl-C while it reads: nothing was changed', async () => {
    world.google.intercept(({ method }) => (method.endsWith('Pools.get') ? { kind: 'hang' } : undefined));
    const { child, ended } = world.start('--yes');
    while (!world.google.calls.some(({ method }) => method.endsWith('Pools.get')))
      await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ status: 130, stderr: 'Interrupted. Nothing was changed.\n' });
  });
});
