import { writeFileSync } from 'node:fs';
import { AwsClient } from 'google-auth-library';
import { type AwsWorld, startAws } from '../../local/aws/world.ts';
import { loadSettings } from '../../shared/config/config.ts';
import { credentialConfig } from '../../shared/core/credential-config.ts';
import { documentOf } from '../support/command-line.ts';
import { accountId, reader } from '../support/settings.ts';
import {
  foreign,
  own,
  poolName,
  provider,
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

const everything = ['--yes', '--opt-in', reader] as const;
const done = async (...args: readonly string[]) => {
  const said = await world.setup(...args);
  expect(said).toMatchObject({ status: 0 });
  return said;
};
/** Runs it, and checks that a second run finds nothing to do and writes nothing. */
const expectNothingLeftToDo = async (...args: readonly string[]) => {
  const before = world.google.calls.length;
  const { stdout } = await done(...args);
  expect(stdout).toContain('Nothing to do');
  expect(world.writes(before)).toEqual([]);
};

describe('from nothing', () => {
  it('everything is created; a second run changes nothing and reports that', async () => {
    const { stdout, stderr } = await done(...everything);
    expect(stdout).toContain('Plan: 12 to add, 1 to change.');
    // The person has no AWS credentials.
    expect(stdout).toMatch(/! Not checked: whether a stage that is deployed in the AWS account has/);
    expect(stderr).toContain('done  create pool aws-roles');
    expect(stdout).toContain('npm run deploy');
    expect(await world.get(poolName)).toMatchObject({
      state: 'ACTIVE',
      description: 'managed by rolebridge; owner 111122223333/prod',
    });
    expect(await world.get(providerName)).toMatchObject({
      aws: { accountId: '111122223333' },
      attributeCondition: "assertion.arn.startsWith('arn:aws:sts::111122223333:assumed-role/')",
    });
    const file = world.file();
    await expectNothingLeftToDo(...everything);
    expect(world.file()).toBe(file);
  });

  it('setup writes what it learned to rolebridge.yml, and changes nothing else in it', async () => {
    await done('--yes');
    expect(world.file()).toBe(
      shortFile.replace(
        '# holds the pool\n',
        `# holds the pool\n  projectNumber: "123456789012"\n  pool: aws-roles\n  serviceAccount: ${own}\n`,
      ),
    );
  });

  it('other people’s rows stay as they are, in every policy', async () => {
    await done(...everything);
    const changed = [world.data, world.identity, world.google.policy(reader)];
    for (const policy of changed.map((cell) => cell.current())) {
      expect(policy['auditConfigs']).toEqual(foreign['auditConfigs']);
      expect(policy.bindings?.slice(0, 2)).toEqual(foreign.bindings);
      expect(policy.bindings).toHaveLength(3);
    }
  });

  it('--dry-run shows the plan and does nothing: exits with 2, and later with 0', async () => {
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

  it('--json is one document, with each step and its result', async () => {
    const said = await world.setup('--json', ...everything);
    const { steps, result } = documentOf(said) as {
      steps: object[];
      result: { done: string[]; notDone: string[] };
    };
    expect(steps).toHaveLength(13);
    expect(result).toMatchObject({ notDone: [] });
    expect(result.done).toHaveLength(13);
    expect(documentOf(await world.setup('--json', '--dry-run'))).toMatchObject({ steps: [], refusals: [] });
  });

  it('in a pipe there is no one to answer: it reports that, and does nothing', async () => {
    const { status, stderr } = await world.setup();
    expect(status).toBe(1);
    expect(stderr).toContain('--yes');
    expect(world.writes()).toEqual([]);
  });

  it('invariant 1, ownership: a second stage on the same pool is refused, with the first one named', async () => {
    await done('--yes');
    const { status, stdout } = await world.setup('--stage', 'dev', '--yes');
    expect(status).toBe(1);
    expect(stdout).toContain('belongs to rolebridge of 111122223333/prod (AWS account and stage)');
    expect(stdout).toContain('this is 111122223333/dev');
    expect(JSON.stringify(world.google.policy(own).current())).not.toContain('rolebridge-dev');
  });

  it('two stages with a pool each: the functions of each may act as rolebridge, and those of the other are named', async () => {
    await done('--yes');
    writeFileSync(world.configPath, world.file().replace('pool: aws-roles', 'pool: aws-roles-dev'));
    const { stdout } = await done('--stage', 'dev', '--yes');
    const text = JSON.stringify(world.google.policy(own).current());
    for (const role of ['prod-reconcile', 'prod-sweep', 'dev-reconcile', 'dev-sweep'])
      expect(text).toContain(`rolebridge-${role}`);
    expect(stdout).toContain('rolebridge-prod-reconcile may act as');
  });

  it('a stage that no stack can have is refused', async () => {
    const { status, stderr } = await world.setup('--stage', 'a b', '--yes');
    expect(status).toBe(1);
    expect(stderr).toContain('not "a b"');
    expect(world.writes()).toEqual([]);
  });
});

describe('--opt-in', () => {
  it('an account outside google.projects, with a warning; an account that does not exist, and its own, never', async () => {
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

  it('a whole project, after a warning about the power this gives', async () => {
    const { stdout } = await done('--yes', '--opt-in-project', 'acme-data');
    expect(stdout).toContain('EVERY service account of acme-data');
    expect(world.data.current().bindings?.at(-1)).toEqual({
      role: 'projects/acme-data/roles/rolebridgeEditor',
      members: [`serviceAccount:${own}`],
    });
    await expectNothingLeftToDo('--yes', '--opt-in-project', 'acme-data');
  });
});

describe('a pool that rolebridge did not create', () => {
  beforeEach(() => {
    world.google.addProvider('aws-roles', provider, accountId);
  });

  it('is refused, as a plan and as commands', async () => {
    const { status, stdout } = await world.setup('--yes');
    expect({ status, writes: world.writes(), file: world.file() }).toEqual({
      status: 1,
      writes: [],
      file: shortFile,
    });
    expect(stdout).toMatch(/Refused:\n {2}Pool aws-roles of project acme-identity exists/);
    const printed = await world.setup('--print', 'gcloud');
    expect(printed).toMatchObject({ status: 1, stdout: '' });
    expect(printed.stderr).toContain('No commands can be printed');
  });

  it('is adopted with --adopt', async () => {
    const { stdout } = await done('--adopt', '--yes');
    expect(stdout).toContain('~ adopt pool aws-roles');
    expect(world.file()).toContain('mode: upsert-only\n');
    await expectNothingLeftToDo('--yes');
  });
});

describe('the result of setup works', () => {
  const other = 'other@acme-data.iam.gserviceaccount.com';
  let aws: AwsWorld;
  beforeEach(async () => {
    aws = await startAws({ accountId });
    await world.close();
    world = await startSetupWorld(shortFile, aws.url);
    world.google.addServiceAccount(other, 'acme-data', foreign);
    await done(...everything);
  });
  afterEach(() => aws.close());

  /** Google's library, unmodified, as one of our functions uses it. */
  const clientOf = (roleName: string): AwsClient => {
    const config = credentialConfig(loadSettings(world.configPath), provider, own);
    return new AwsClient({
      type: config.type,
      audience: config.audience,
      subject_token_type: config.subject_token_type,
      token_url: `${world.google.url}/v1/token`,
      service_account_impersonation_url: `${world.google.url}/v1/projects/-/serviceAccounts/${own}:generateAccessToken`,
      scopes: ['https://www.googleapis.com/auth/cloud-platform'],
      aws_security_credentials_supplier: {
        getAwsRegion: () => Promise.resolve('us-east-1'),
        getAwsSecurityCredentials: () => {
          const { accessKeyId, secretAccessKey, sessionToken } = aws.issueRoleCredentials(
            roleName,
            'f'.repeat(64),
          );
          return Promise.resolve({ accessKeyId, secretAccessKey, token: sessionToken });
        },
      },
    });
  };

  it.each(['reconcile', 'sweep'])(
    'the role of %s acts as rolebridge: it edits the account that was opted in, and no other',
    async (name) => {
      const client = clientOf(`rolebridge-prod-${name}`);
      const post = async (account: string, verb: string, data: object) => {
        const url = `${world.google.url}/v1/projects/acme-data/serviceAccounts/${account}:${verb}`;
        return await client.request<{ etag: string }>({
          url,
          method: 'POST',
          data,
          validateStatus: () => true,
        });
      };
      const { status, data: policy } = await post(
        reader,
        'getIamPolicy?options.requestedPolicyVersion=3',
        {},
      );
      expect(status).toBe(200);
      expect((await post(reader, 'setIamPolicy', { policy: { ...policy, version: 3 } })).status).toBe(200);
      // The lister role reads every policy of the project, but edits none.
      expect((await post(other, 'getIamPolicy', {})).status).toBe(200);
      expect((await post(other, 'setIamPolicy', { policy: {} })).status).toBe(403);
      const list = `${world.google.url}/v1/projects/acme-data/serviceAccounts`;
      expect((await client.request({ url: list })).status).toBe(200);
    },
  );

  it('no other role of the account can', async () => {
    await expect(clientOf('rolebridge-dev-reconcile').getAccessToken()).rejects.toThrow(
      /iam\.serviceAccounts\.getAccessToken/,
    );
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
