import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { githubWorkflow } from '../../cli/commands/init/github-workflow.ts';
import type { AwsCall } from '../../local/aws/call.ts';
import { type EmptyWorld, startEmptyWorld } from '../../local/empty-world.ts';
import type { Json } from '../../local/stack/template.ts';
import { documentErrors } from '../../scripts/document-schema.ts';
import { loadSettings } from '../../shared/config/config.ts';
import { stackNames } from '../../shared/core/stack.ts';
import { deployerStatements } from '../../shared/permissions/deployer.ts';
import { personalStatements } from '../../shared/permissions/person.ts';
import { policyDocuments } from '../../shared/permissions/policy.ts';
import { hasMoto, type Moto, startMoto } from '../conformance/moto.ts';
import { allowingStatement, authorize } from '../support/authorize.ts';
import { timeScale } from '../support/cloud.ts';
import type { Variables } from '../support/command-line.ts';
import { type IamVerbs, iamVerbs } from '../support/iam-verbs.ts';
import { hasRegistry, type InstalledPackage, installPackage } from '../support/installed-package.ts';
import { packNextVersion, versionLine } from '../support/packed.ts';
import { expectNoSecretIn } from '../support/secrets.ts';
import { accountId, reader } from '../support/settings.ts';

/**
 * From `npm pack` to `setup --undo`, in a folder that holds nothing but the installed package, with the real
 * `serverless` and without the checkout. The tests build on each other.
 */

const began = performance.now();
const project = { id: 'acme-identity', number: '123456789012' };

let world: EmptyWorld;
let moto: Moto | undefined;
let acme: InstalledPackage;
let variables: Variables;
let person: IamVerbs;
beforeAll(async () => {
  world = await startEmptyWorld({ accountId, project, timeScale, authorize });
  world.google.addProject({ id: 'acme-data', number: '222222222222' });
  world.google.addServiceAccount(reader, 'acme-data');
  person = iamVerbs(world.aws);
  [acme, moto] = await Promise.all([installPackage(), hasMoto ? startMoto(accountId) : undefined]);
  const { url, admin } = world.aws;
  variables = {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: admin.accessKeyId,
    AWS_SECRET_ACCESS_KEY: admin.secretAccessKey,
    AWS_SESSION_TOKEN: admin.sessionToken,
    ROLEBRIDGE_GOOGLE_ENDPOINT: world.google.url,
    GOOGLE_OAUTH_ACCESS_TOKEN: world.google.adminToken,
    SLS_AWS_MONITORING_FREQUENCY: '50',
  };
}, 300_000);
afterAll(async () => {
  acme.remove();
  await Promise.all([world.close(), moto?.close()]);
  expectNoSecretIn(logLines());
});

/** Calls of the commands that a pipeline runs, with the person's credentials. */
const pipelineCalls: AwsCall[] = [];

const rolebridge = async (...args: readonly string[]) => {
  const before = world.aws.calls.length;
  const said = await acme.run(variables, ...args);
  if (args[0] === 'deploy' || args[0] === 'remove')
    pipelineCalls.push(
      ...world.aws.calls.slice(before).filter(({ principalArn }) => principalArn.includes('/Administrator/')),
    );
  return said;
};

const documentOf = async (...args: readonly string[]): Promise<unknown> => {
  const { output } = await acme.shell(variables, `rolebridge ${args.join(' ')} --json 2>/dev/null`);
  return JSON.parse(output);
};
const write = (name: string, text: string): void => writeFileSync(join(acme.folder, name), text);
/** The lines that the functions logged while their log groups existed. */
const logLines = (): readonly string[] =>
  world.aws.logs.groups.flatMap(({ events }) => events.map(({ message }) => message));
const boundMembers = (): readonly string[] =>
  (world.google.policy(reader).current().bindings ?? []).flatMap(({ role, members }) =>
    role === 'roles/iam.workloadIdentityUser' ? members : [],
  );
const deployedNames = (): readonly string[] => [
  ...world.aws.lambda.functions.map(({ name }) => name),
  ...world.aws.bus.rules().map(({ name }) => name),
  ...world.aws.logs.groups.map(({ name }) => name),
];

describe('the package', () => {
  const paths = (): readonly string[] => acme.packed.files.map(({ path }) => path).toSorted();

  it('contains the built program, functions and stack, boot, docs and licenses, and nothing else', () => {
    expect(
      paths().filter(
        (path) =>
          !/^docs\/((adr|images|use)\/)?[\w./-]+\.(md|json|yaml|png|svg)$|^docs\/use\/examples\//.test(path),
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

  (hasRegistry ? it : it.skip)('is installed by npm (does npm find its registry?)', () => {
    const manifest: unknown = JSON.parse(acme.read('package.json'));
    expect(manifest).toEqual({ devDependencies: { rolebridge: expect.stringMatching(/^file:/) } });
    expect(acme.read('package-lock.json')).toContain('"node_modules/osls"');
  });

  it('runs the demo, and writes nothing below node_modules', async () => {
    write('installed', '');
    expect(await rolebridge('demo')).toEqual({ status: 0, output: expect.stringContaining('Done.') });
    expect(await acme.shell(variables, 'find node_modules -newer installed -type f; rm installed')).toEqual({
      status: 0,
      output: '',
    });
  }, 180_000);
});

it('init writes rolebridge.yml and a pipeline', async () => {
  const answers = `--account ${accountId} --google-project acme-identity --target-project acme-data --region us-east-1 --region eu-west-1 --allow-role app-* --allow-role reports --allow-to *@acme-data.iam.gserviceaccount.com`;
  const { status, output } = await rolebridge('init', ...answers.split(' '), '--ci', 'github');
  expect([status, output]).toEqual([0, expect.stringContaining('npx rolebridge deploy')]);
  // The configs of the local world name its own Google.
  const { url } = world.google;
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

it('setup creates the Google side, and completes the file', async () => {
  expect(await rolebridge('setup', '--yes', '--opt-in', reader)).toMatchObject({ status: 0 });
  expect(acme.read('rolebridge.yml')).toContain(`projectNumber: "${project.number}"`);
});

const boundarySetting = (name: string): string =>
  `deploy: { permissionsBoundary: arn:aws:iam::${accountId}:policy/platform/${name} }`;

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
    expect(await variant('- id: "111122223333"', '- { id: "111122223333", provider: more-aws }')).toEqual({
      status: 1,
      output: expect.stringMatching(
        /Google's side is not ready\. Run "npx rolebridge --config other.yml setup".*\n.*create provider more-aws/,
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
    const under = (name: string) => variant('\nallow:', `\n${boundarySetting(name)}\nallow:`);
    const create = (PolicyName: string, Statement: object) =>
      world.aws.iam.perform('CreatePolicy', {
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
          /\/small lacks what the functions need\. Add it \("npx rolebridge --config other.yml permissions --print boundary"[^]*\n {4}iam:GetRole on arn:aws:iam::111122223333:role\/\*/,
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

describe('with the real `serverless`, against the local world', () => {
  it('deploy creates the stack and sweeps; --json prints one document, and serverless uses standard error', async () => {
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

  it('a tagged role gets its access, and wait returns when it has it', async () => {
    await person.createRole('reports');
    await person.tag('reports', { 'google-access': reader });
    expect(await rolebridge('wait', '--role', 'reports')).toMatchObject({ status: 0 });
    expect(boundMembers()).toEqual([expect.stringMatching(/:assumed-role\/reports$/)]);
    expect([...world.aws.ssm.parameters('eu-west-1').keys()]).toContain('/google-access/reports/default');
  });

  it('history shows who requested it', async () => {
    const document = await documentOf('history', '--role', 'reports');
    expect(documentErrors('history', document)).toEqual([]);
    expect(document).toMatchObject({
      entries: [{ result: 'Granted', eventName: 'TagRole', requestedBy: expect.stringMatching(/\/alice$/) }],
    });
  });

  it('the commands of the pipeline run; a difference is shown, and exits with 2', async () => {
    await world.settled();
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

  it('the next version is installed over this one, and its deploy updates the functions and keeps the access', async () => {
    const next = packNextVersion(acme.packed, acme.folder);
    await acme.install(next.tarball);
    expect(await rolebridge('--version')).toMatchObject({ output: `${next.version}\n` });
    expect(await rolebridge('deploy')).toEqual({
      status: 0,
      output: expect.stringContaining('Service deployed to stack rolebridge-prod'),
    });
    const line = versionLine(next.version);
    expect(logLines().some((logged) => logged.includes(line))).toBe(true);
    expect(boundMembers()).toHaveLength(1);
  }, 180_000);

  (hasMoto ? it : it.skip)(
    'deploys the same stack to moto_server',
    async () => {
      const services = ['CLOUDFORMATION', 'S3', 'ECR'].map((name) => [
        `AWS_ENDPOINT_URL_${name}`,
        moto?.url ?? '',
      ]);
      const deployed = await acme.run({ ...variables, ...Object.fromEntries(services) }, 'deploy');
      expect(deployed).toEqual({
        status: 0,
        output: expect.stringContaining('Service deployed to stack rolebridge-prod'),
      });
    },
    180_000,
  );

  it('deploy reads the prefixes of the other stages, and refuses one that it would share', async () => {
    const { status, output } = await rolebridge('deploy', '--stage', 'dev', '--skip-setup-check');
    expect([status, output]).toEqual([1, expect.stringContaining('prod')]);
  });

  it('remove refuses while a role has access, and while the functions can still grant any', async () => {
    expect(await rolebridge('remove', '--yes')).toEqual({
      status: 1,
      output: expect.stringMatching(
        /1 role would keep access or configs: reports\. Run "npx rolebridge revoke --all" first/,
      ),
    });
    await person.untag('reports', 'google-access');
    await world.settled();
    expect(boundMembers()).toEqual([]);
    expect(await rolebridge('remove', '--yes')).toEqual({
      status: 1,
      output: expect.stringContaining('The functions still grant what tags request.'),
    });
  });

  it('setup --undo refuses while the stack is deployed', async () => {
    expect(await rolebridge('setup', '--undo', '--yes')).toEqual({
      status: 1,
      output: expect.stringContaining('npx rolebridge remove'),
    });
  });

  it('remove removes the stack after revoke --all, and names what stays', async () => {
    expect((await rolebridge('revoke', '--all', '--yes')).status).toBe(0);
    expectNoSecretIn(logLines());
    const { status, output } = await rolebridge('remove', '--yes');
    expect([status, output]).toEqual([0, expect.stringContaining('Removed the stack rolebridge-prod')]);
    const [, table = ''] = /delete-table --region us-east-1 --table-name (\S+)/.exec(output) ?? [];
    expect(deployedNames()).toEqual([]);
    expect(await world.aws.dynamodb.perform('ListTables', {})).toEqual({ TableNames: [table] });
  }, 180_000);

  it('permissions --print deployer and deploy-checks together are what deploy and remove need', async () => {
    write(
      'other.yml',
      acme.read('rolebridge.yml').replace('\nallow:', `\n${boundarySetting('small')}\nallow:`),
    );
    const settings = loadSettings(join(acme.folder, 'other.yml'));
    const deployment = { settings, stage: 'prod', names: stackNames('prod') };
    const checks = personalStatements('deploy-checks', deployment);
    const policies = [deployerStatements(deployment), checks].flatMap((statements) =>
      policyDocuments(statements).map((policy) => JSON.parse(JSON.stringify(policy)) as Json),
    );
    const used = new Set<string>();
    const denied = new Set<string>();
    for (const call of pipelineCalls) {
      // The first command needs no permission, and the uploads are those of `serverless`
      // (tests/conformance/deploy.test.ts).
      if (call.action === 'sts:GetCallerIdentity' || call.action.startsWith('s3:')) continue;
      for (const resource of call.resources.filter((one) => !one.endsWith('/absent'))) {
        // In the stand-in, the table's name has no stack name in front.
        const named = resource.replace('table/Ledger-', 'table/rolebridge-prod-Ledger-');
        const isAllowed = (await allowingStatement(call, named, policies)) !== undefined;
        (isAllowed ? used : denied).add(isAllowed ? call.action : `${call.action} on ${named}`);
      }
    }
    expect([...denied]).toEqual([]);
    expect(checks.flatMap(({ Action }) => Action).filter((action) => !used.has(action))).toEqual([]);
  });

  it('setup --undo removes the Google side, once', async () => {
    expect(await rolebridge('setup', '--undo', '--yes')).toEqual({
      status: 0,
      output: expect.stringContaining('Nothing that setup made is left'),
    });
    expect(world.google.policy(reader).current().bindings ?? []).toEqual([]);
    expect(await rolebridge('setup', '--undo', '--dry-run')).toMatchObject({ status: 0 });
    process.stdout.write(`\n${report()}\n`);
  });
});

const report = (): string => {
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  const installed = readdirSync(join(acme.folder, 'node_modules'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => statSync(join(parentPath, name)).size);
  return [
    `From npm pack to setup --undo: ${Math.round((performance.now() - began) / 1000)} s.`,
    `Packed ${megabytes(acme.packed.size)}, unpacked ${megabytes(acme.packed.unpackedSize)}.`,
    `Installed with its dependency: ${megabytes(installed.reduce((sum, size) => sum + size, 0))} in ${installed.length} files.`,
  ].join(' ');
};
