import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { IAMClient, ListRolesCommand, TagRoleCommand, UntagRoleCommand } from '@aws-sdk/client-iam';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { run } from '../../local/run-workload.ts';
import { documentErrors } from '../../scripts/document-schema.ts';
import { command, documentOf, startCommand, type Variables } from '../support/command-line.ts';
import { reader } from '../support/settings.ts';

jest.setTimeout(240_000);

const home = '111122223333';
const near = '444455556666';
const far = '777788889999';

interface Shown {
  readonly environment: Variables;
  readonly environmentFile: string;
  readonly accounts: readonly { readonly accountId: string; readonly profile: string }[];
}

/** Starts `local up` with several accounts, as a person does. */
const startLocal = async (...options: readonly string[]) => {
  const local = startCommand({}, ['local', 'up', '--accounts', '3', '--json', ...options]);
  while (!local.output.stdout.endsWith('}\n')) {
    if (local.child.exitCode !== null) throw new Error(local.output.stderr);
    await setTimeout(50);
  }
  const document = JSON.parse(local.output.stdout) as Shown;
  expect(documentErrors('local up', document)).toEqual([]);
  return {
    shown: document,
    close: async () => {
      local.child.kill('SIGINT');
      expect(await local.ended).toMatchObject({ status: 0 });
    },
  };
};

/** An unmodified client with a profile from the files that `local up` wrote. */
const optionsOf = ({ environment }: Shown, profile: string, region = 'us-east-1') => ({
  region,
  endpoint: environment['AWS_ENDPOINT_URL'] ?? '',
  credentials: defaultProvider({
    profile,
    filepath: environment['AWS_SHARED_CREDENTIALS_FILE'] ?? '',
    configFilepath: environment['AWS_CONFIG_FILE'] ?? '',
  }),
});

describe('local up --accounts 3', () => {
  let local: Awaited<ReturnType<typeof startLocal>>;
  beforeAll(async () => {
    local = await startLocal();
  });
  afterAll(() => local.close());
  const roles = async (): Promise<readonly unknown[]> => {
    const { roles: listed } = documentOf(await command(local.shown.environment, 'roles', '--json'));
    return Array.isArray(listed) ? listed : [];
  };

  it('gives each account a profile, and no keys that would override it', () => {
    expect(local.shown.accounts).toEqual([
      { accountId: home, profile: 'home' },
      { accountId: near, profile: near },
      { accountId: far, profile: far },
    ]);
    expect(Object.keys(local.shown.environment)).not.toContain('AWS_ACCESS_KEY_ID');
  });

  it('its file unsets the keys of the shell, and sources in a POSIX shell', async () => {
    const lines = `. ${local.shown.environmentFile}; echo "$AWS_PROFILE \${AWS_ACCESS_KEY_ID-none}"; deactivate; echo "\${AWS_PROFILE-none} $AWS_ACCESS_KEY_ID"`;
    expect(await run('sh', ['-ec', lines], { AWS_ACCESS_KEY_ID: 'AKIAMINE' })).toEqual({
      ok: true,
      output: 'home none\nnone AKIAMINE',
    });
  });

  it('has the product’s own roles in every member account, and a role with access', async () => {
    for (const id of [near, far]) {
      const iam = new IAMClient(optionsOf(local.shown, id));
      const { Roles = [] } = await iam.send(new ListRolesCommand({}));
      iam.destroy();
      expect(Roles.map(({ RoleName }) => RoleName)).toEqual([
        'app-batch',
        'reports',
        'rolebridge-prod-forward',
        'rolebridge-prod-member',
        'rolebridge-prod-member-read',
        'rolebridge-prod-viewer',
      ]);
      const { stdout } = await command(local.shown.environment, 'roles', '--role', `${id}/reports`);
      expect(stdout).toMatch(/ reader@acme-data\S+ .* bound$/m);
    }
  });

  it('doctor finds every link of the chain in place', async () => {
    const { stdout } = await command(local.shown.environment, 'doctor', '--account', near, '--all');
    expect(stdout).toContain('0 failed, 0 not checked');
    // This is about the other account, so it checks no role of the home account.
    expect(stdout).not.toMatch(/^Role /m);
  });

  it('the stack of each member account is one of CloudFormation', async () => {
    for (const id of [near, far]) {
      const cloudFormation = new CloudFormationClient(optionsOf(local.shown, id));
      const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({}));
      cloudFormation.destroy();
      expect(Stacks.map(({ StackName, StackStatus }) => `${StackName} ${StackStatus}`)).toEqual([
        'rolebridge-prod-member CREATE_COMPLETE',
      ]);
    }
  });

  it('a tag in a member account gives access, published in the account’s own region, until it is removed', async () => {
    const role = `${near}/app-batch`;
    const iam = new IAMClient(optionsOf(local.shown, near));
    const Tags = [{ Key: 'google-access', Value: reader }];
    await iam.send(new TagRoleCommand({ RoleName: 'app-batch', Tags }));
    expect(await command(local.shown.environment, 'wait', '--role', role)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`Role ${role} has its grant default`),
    });
    const ssm = new SSMClient(optionsOf(local.shown, near, 'eu-central-1'));
    const { Parameter } = await ssm.send(
      new GetParameterCommand({ Name: '/google-access/app-batch/default' }),
    );
    expect(Parameter?.Value).toContain(`aws-${near}`);
    const before = (await roles()).length;
    await iam.send(new UntagRoleCommand({ RoleName: 'app-batch', TagKeys: ['google-access'] }));
    while ((await roles()).length === before) await setTimeout(100);
    await expect(
      ssm.send(new GetParameterCommand({ Name: '/google-access/app-batch/default' })),
    ).rejects.toThrow(expect.objectContaining({ name: 'ParameterNotFound' }));
    iam.destroy();
    ssm.destroy();
  });
});

describe('local up --accounts 3 --empty', () => {
  let local: Awaited<ReturnType<typeof startLocal>>;
  let folder: string;
  let environment: Variables;
  beforeAll(async () => {
    local = await startLocal('--empty');
    folder = mkdtempSync(join(tmpdir(), 'rolebridge-rollout-'));
    const config = join(folder, 'rolebridge.yml');
    cpSync('rolebridge.yml', config);
    environment = { ...local.shown.environment, ROLEBRIDGE_CONFIG: config };
  });
  afterAll(async () => {
    await local.close();
    rmSync(folder, { recursive: true });
  });
  const expectDone = async (...args: readonly string[]): Promise<string> => {
    const said = await command(environment, ...args);
    expect({ args, ...said }).toMatchObject({ args, status: 0 });
    return said.stdout;
  };

  it('the whole rollout: list the accounts, set up, deploy home, then the printed template, then tag', async () => {
    await expectDone('accounts', '--write', '--yes');
    expect(readFileSync(environment['ROLEBRIDGE_CONFIG'] ?? '', 'utf8')).toContain(`id: "${far}"`);
    await expectDone('setup', '--yes', '--opt-in', reader);
    await expectDone('deploy');
    const TemplateBody = await expectDone('member', '--print', 'cloudformation');
    const cloudFormation = new CloudFormationClient(optionsOf(local.shown, near));
    await cloudFormation.send(
      new CreateStackCommand({
        StackName: 'rolebridge-prod-member',
        TemplateBody,
        Capabilities: ['CAPABILITY_NAMED_IAM'],
        Parameters: [
          {
            ParameterKey: 'OperatorArns',
            ParameterValue: `arn:aws:iam::${home}:role/Administrator`,
          },
        ],
      }),
    );
    const iam = new IAMClient(optionsOf(local.shown, near));
    const Tags = [{ Key: 'google-access', Value: reader }];
    await iam.send(new TagRoleCommand({ RoleName: 'reports', Tags }));
    expect(await expectDone('wait', '--role', `${near}/reports`)).toContain('published in every region');
    cloudFormation.destroy();
    iam.destroy();
  });
});
