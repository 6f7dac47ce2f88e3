import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { githubWorkflow } from '../../cli/commands/init/github-workflow.ts';
import { documentErrors } from '../../scripts/document-schema.ts';
import { hasMoto, type Moto, startMoto } from '../conformance/moto.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { type Variables, variablesOf } from '../support/command-line.ts';
import { type InstalledPackage, installPackage } from '../support/installed-package.ts';
import { accountId, reader } from '../support/settings.ts';

/** From `npm pack` to the removal, in a folder that holds nothing but the installed package. The tests build on each other. */

let cloud: Cloud;
let moto: Moto | undefined;
let acme: InstalledPackage;
let variables: Variables;
beforeAll(async () => {
  [cloud, moto] = await Promise.all([startCloud(), hasMoto ? startMoto(accountId) : undefined]);
  cloud.addServiceAccount(reader);
  acme = installPackage();
  const { ROLEBRIDGE_CONFIG: _, ...reached } = variablesOf(cloud);
  const motoUrl = moto?.url;
  variables = {
    ...reached,
    // The stand-in does not create stacks. moto does, and the local world runs the functions.
    ...(motoUrl === undefined
      ? {}
      : Object.fromEntries(
          ['CLOUDFORMATION', 'S3', 'ECR'].map((service) => [`AWS_ENDPOINT_URL_${service}`, motoUrl]),
        )),
    SLS_AWS_MONITORING_FREQUENCY: '200',
  };
}, 180_000);
afterAll(async () => {
  acme.remove();
  await Promise.all([cloud.close(), moto?.close()]);
});

const rolebridge = (...args: readonly string[]) => acme.run(variables, ...args);
const write = (name: string, text: string): void => writeFileSync(join(acme.folder, name), text);

describe('the package', () => {
  const paths = (): readonly string[] => acme.packed.files.map(({ path }) => path).toSorted();

  it('holds the built program, functions and stack, boot, docs and licenses, and nothing else', () => {
    expect(
      paths().filter(
        (path) => !/^docs\/((adr|use)\/)?[\w./-]+\.(md|json|yaml)$|^docs\/use\/examples\//.test(path),
      ),
    ).toEqual(
      [
        'CHANGELOG.md',
        'LICENSE',
        'README.md',
        'boot/cloud-init.yaml',
        'boot/fetch',
        'boot/google-access.service',
        'boot/google-access.timer',
        'boot/user-data.sh',
        'dist/THIRD-PARTY-NOTICES.txt',
        'dist/handlers/reconcile.js',
        'dist/handlers/sweep.js',
        'dist/local/bootstrap.cjs',
        'dist/local/rolebridge.yml',
        'dist/local/workload.mjs',
        'dist/package.json',
        'dist/rolebridge.mjs',
        'dist/service/scripts/check-stage.cjs',
        'dist/service/scripts/package-settings.cjs',
        'dist/service/serverless.yml',
        'dist/service/stack/template.cjs',
        'image/Dockerfile',
        'image/Dockerfile.dockerignore',
        'package.json',
        'rolebridge',
        'rolebridge.example.yml',
        'rolebridge.schema.json',
      ].toSorted(),
    );
  });

  it('is small: 2 MB packed and 8 MB installed when this was written', () => {
    expect(acme.packed.size).toBeLessThan(2_500_000);
    expect(acme.packed.unpackedSize).toBeLessThan(10_000_000);
  });

  it('runs the demo, and writes nothing below node_modules', async () => {
    expect(await rolebridge('demo')).toEqual({ status: 0, output: expect.stringContaining('Done.') });
    expect(
      await acme.shell(variables, 'find node_modules -newer node_modules/.bin/rolebridge -type f'),
    ).toEqual({
      status: 0,
      output: '',
    });
  });
});

it('init writes rolebridge.yml and a pipeline', async () => {
  const answers = `--account ${accountId} --google-project acme-identity --target-project acme-data --region us-east-1 --region eu-west-1 --allow-role app-* --allow-role reports --allow-to *@acme-data.iam.gserviceaccount.com`;
  const { status, output } = await rolebridge('init', ...answers.split(' '), '--ci', 'github');
  expect([status, output]).toEqual([0, expect.stringContaining('npx rolebridge deploy')]);
  // The configs of the local world name its own Google.
  const { url } = cloud.google;
  const endpoints = `  endpoints: { sts: "${url}", iamcredentials: "${url}" }\n`;
  write('rolebridge.yml', acme.read('rolebridge.yml').replace('google:\n', `google:\n${endpoints}`));
});

it('deploy refuses a file that setup has not completed', async () => {
  expect(await rolebridge('deploy')).toEqual({
    status: 1,
    output: expect.stringContaining('google.projectNumber: is missing: run "npx rolebridge setup"'),
  });
});

it('validate accepts it before setup', async () => {
  expect((await acme.run({}, 'validate')).status).toBe(1);
  expect(await acme.run({}, 'validate', '--before-setup')).toMatchObject({ status: 0 });
});

it('setup completes it', async () => {
  expect((await rolebridge('setup', '--yes')).status).toBe(0);
  expect(acme.read('rolebridge.yml')).toContain('projectNumber: "123456789012"');
});

describe('deploy refuses, with the next step,', () => {
  const variant = async (from: string, to: string, ...args: readonly string[]) => {
    const text = acme.read('rolebridge.yml');
    expect(text).toContain(from);
    write('other.yml', text.replace(from, to));
    return rolebridge('deploy', '--config', 'other.yml', ...args);
  };

  it('the credentials of another account', async () => {
    expect(await variant(`"${accountId}"`, '"999999999999"')).toEqual({
      status: 1,
      output: expect.stringContaining(`The AWS credentials look into account ${accountId}`),
    });
  });

  it('a region that the account has not enabled', async () => {
    expect(await variant('eu-west-1', 'af-south-1')).toEqual({
      status: 1,
      output: expect.stringMatching(/Nothing was deployed:\n.*has not enabled af-south-1\. Enable it/),
    });
  });

  it('a Google side that is not ready', async () => {
    expect(await variant('provider: aws-', 'provider: more-')).toEqual({
      status: 1,
      output: expect.stringMatching(
        /Google's side is not ready\. Run "npx rolebridge setup".*\n.*create provider more-/,
      ),
    });
  });

  it('a stage that shares its pool with another', async () => {
    expect(await rolebridge('deploy', '--stage', 'dev')).toEqual({
      status: 1,
      output: expect.stringMatching(/Setup refuses: .*belongs to rolebridge of 111122223333\/prod/),
    });
  });

  describe('a permissions boundary', () => {
    const arnOf = (name: string): string => `arn:aws:iam::${accountId}:policy/platform/${name}`;
    const under = (name: string) =>
      variant('\nallow:', `\ndeploy: { permissionsBoundary: ${arnOf(name)} }\nallow:`);
    const create = (PolicyName: string, Statement: object) =>
      cloud.aws.iam.perform('CreatePolicy', {
        PolicyName,
        Path: '/platform/',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
      });
    const all = { Effect: 'Allow', Action: '*', Resource: '*' };

    it('that does not exist', async () => {
      expect(await under('absent')).toEqual({
        status: 1,
        output: expect.stringMatching(
          /Nothing was deployed:\n.*There is no policy .*\/absent\. Create it first/,
        ),
      });
    });

    it('that is too small', async () => {
      create('small', [all, { Effect: 'Deny', Action: 'iam:*', Resource: '*' }]);
      expect(await under('small')).toEqual({
        status: 1,
        output: expect.stringMatching(
          /\/small lacks what the functions need\. Add it \("npx rolebridge permissions --print boundary"[^]*\n {4}iam:GetRole on arn:aws:iam::111122223333:role\/\*/,
        ),
      });
    });
  });

  it('a Google side that the caller may not read', async () => {
    const denied = { ...variables, GOOGLE_OAUTH_ACCESS_TOKEN: 'ya29.of-no-one' };
    expect(await acme.run(denied, 'deploy')).toEqual({
      status: 1,
      output: expect.stringContaining('If the caller may not read it, pass --skip-setup-check.'),
    });
  });
});

(hasMoto ? describe : describe.skip)('with the real `serverless`, against moto_server', () => {
  it('deploy creates the stack and sweeps; --json prints one document, and serverless uses standard error', async () => {
    await cloud.createRole('reports', { 'google-access': reader });
    const { status, output } = await acme.shell(variables, 'rolebridge deploy --json 2>deploy.log');
    expect([status, acme.read('deploy.log')]).toEqual([
      0,
      expect.stringContaining('Service deployed to stack rolebridge-prod'),
    ]);
    const document: unknown = JSON.parse(output);
    expect(documentErrors('deploy', document)).toEqual([]);
    expect(document).toMatchObject({
      path: 'rolebridge.yml',
      isSetupChecked: true,
      dashboard: expect.stringContaining('#dashboards/dashboard/rolebridge-prod'),
      sweep: { blindSpots: [] },
    });
  }, 180_000);

  it('the commands of the pipeline run: a difference is 2, and is shown', async () => {
    await cloud.settled();
    expect(await acme.shell({}, 'rolebridge validate')).toMatchObject({ status: 0 });
    const { jobs } = parse(githubWorkflow) as {
      readonly jobs: Readonly<
        Record<string, { readonly steps: readonly { readonly id?: string; readonly run?: string }[] }>
      >;
    };
    const step = jobs['plan']?.steps.find(({ id }) => id === 'plan')?.run ?? '';
    const run = () => acme.shell({ ...variables, GITHUB_OUTPUT: 'outputs' }, step);
    expect(await run()).toEqual({ status: 0, output: expect.stringContaining('Nothing to do') });
    write('rolebridge.yml', acme.read('rolebridge.yml').replace(', reports]', ']'));
    expect(await run()).toEqual({ status: 0, output: expect.stringContaining('- unbind') });
    expect(acme.read('outputs')).toBe('status=0\nstatus=2\n');
    write('rolebridge.yml', acme.read('rolebridge.yml').replace('["app-*"]', '["app-*", reports]'));
  });

  it('remove refuses while a role has access, and while the functions can still grant some', async () => {
    expect(await rolebridge('remove', '--yes')).toEqual({
      status: 1,
      output: expect.stringMatching(
        /1 role would keep access or configs: reports\. Run "npx rolebridge revoke --all" first/,
      ),
    });
    await cloud.untag('reports', 'google-access');
    await cloud.settled();
    expect(await rolebridge('remove', '--yes')).toEqual({
      status: 1,
      output: expect.stringContaining('The functions still grant what tags request.'),
    });
  });

  it('remove removes the stack after revoke --all, and names what stays', async () => {
    expect((await rolebridge('revoke', '--all', '--yes')).status).toBe(0);
    const { status, output } = await rolebridge('remove', '--yes');
    expect([status, output]).toEqual([0, expect.stringContaining('Removed the stack rolebridge-prod')]);
    expect(output).toContain('aws dynamodb delete-table --region us-east-1 --table-name');
  }, 180_000);
});
