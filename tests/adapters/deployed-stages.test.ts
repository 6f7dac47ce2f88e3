import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import type { DeployedFunction } from '../../local/aws/functions.ts';
import { type Harness, startHarness } from '../../local/testing/aws-harness.ts';
import checkStageConflicts from '../../scripts/check-stage-conflicts.ts';
import { awsDeployedStages } from '../../shared/adapters/aws/deployed-stages.ts';
import { loadSettings } from '../../shared/config/config.ts';
import { stageConflicts } from '../../shared/stages/stage-conflicts.ts';

const settings = loadSettings('rolebridge.yml');
let at: Harness;
beforeEach(async () => {
  at = await startHarness();
});
afterEach(() => at.close());

const addRule = (name: string, key?: string) =>
  at.aws.bus.addRule({
    name,
    // The same as in serverless.yml.
    pattern: {
      source: ['aws.iam'],
      detail: {
        $or: [
          {
            eventName: ['TagRole'],
            requestParameters: {
              tags: { key: [{ prefix: key === undefined ? 'x' : { 'equals-ignore-case': key } }] },
            },
          },
          { eventName: ['DeleteRole'] },
        ],
      },
    },
    targets: [],
  });
const addFunction = async (stage: string, prefix: string, roleNamePrefix = '') => {
  const RoleName = `${roleNamePrefix}rolebridge-${stage}-reconcile`;
  await at.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: '{}' }));
  const Resource = [`arn:aws:ssm:*:111122223333:parameter${prefix}/*`];
  const PolicyDocument = JSON.stringify({
    Statement: [
      { Effect: 'Allow', Action: 'iam:GetRole', Resource: 'arn:aws:iam::111122223333:role/*' },
      { Effect: 'Allow', Action: ['ssm:PutParameter'], Resource },
    ],
  });
  await at.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'reconcile', PolicyDocument }));
  at.aws.lambda.functions.push(
    functionOf(`rolebridge-${stage}-reconcile`, `arn:aws:iam::111122223333:role/platform/${RoleName}`),
  );
};
const functionOf = (name: string, roleArn: string): DeployedFunction => ({
  name,
  region: 'us-east-1',
  runtime: 'nodejs24.x',
  handler: 'dist/handlers/reconcile.handler',
  roleArn,
  architecture: 'arm64',
  timeoutSeconds: 300,
  memoryMegabytes: 512,
  environment: {},
  codeSha256: 'abc=',
  codeBytes: 12,
  state: 'Active',
  lastUpdateStatus: 'Successful',
  lastModified: new Date(0),
  reservedConcurrency: undefined,
  invoke: () => Promise.resolve({ kind: 'throttled' }),
  start: () => undefined,
});
const conflicts = (stage: string, other = settings) =>
  stageConflicts(stage, other, awsDeployedStages(at, new AbortController().signal));

describe('the stages that are deployed in the AWS account', () => {
  it('conflict if they share the tag key or overlap in the prefix', async () => {
    addRule('rolebridge-prod-role-events', 'google-access');
    await addFunction('prod', '/google-access/prod');
    expect(await conflicts('dev')).toEqual({
      kind: 'checked',
      conflicts: [
        expect.stringMatching(
          /^parameterPrefix: \/google-access overlaps \/google-access\/prod of stage prod/,
        ),
        expect.stringMatching(/^tagKey: stage prod reads the tags google-access, too/),
      ],
    });
  });

  it('conflict if their roles have a prefix and a path of another rolebridge.yml', async () => {
    addRule('rolebridge-prod-role-events', 'another-key');
    await addFunction('prod', '/google-access/prod', 'platform-');
    expect(await conflicts('dev')).toMatchObject({
      conflicts: [expect.stringMatching(/^parameterPrefix: \/google-access overlaps/)],
    });
  });

  it('serve the accounts that the policy of their function names, but an organization does not', async () => {
    addRule('rolebridge-prod-role-events', 'another-key');
    await addFunction('prod', '/prod');
    const accountIdsWith = async (condition?: object) => {
      const assume = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*', Condition: condition };
      const PolicyDocument = JSON.stringify({ Statement: condition === undefined ? [] : [assume] });
      const RoleName = 'rolebridge-prod-reconcile';
      await at.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'reconcile', PolicyDocument }));
      const [stage] = await awsDeployedStages(at, new AbortController().signal).besides(
        'dev',
        '111122223333',
      );
      return stage?.accountIds;
    };
    expect(await accountIdsWith()).toEqual(['111122223333']);
    const listed = ['444455556666', '777788889999'];
    expect(await accountIdsWith({ StringEquals: { 'aws:ResourceAccount': listed } })).toEqual([
      '111122223333',
      ...listed,
    ]);
    expect(await accountIdsWith({ StringEquals: { 'aws:ResourceOrgID': 'o-a1b2c3d4e5' } })).toBe('unknown');
  });

  it('cannot be checked if a response lacks the role or is not a policy: that does not prove that there is no conflict', async () => {
    addRule('rolebridge-prod-role-events', 'another-key');
    await addFunction('prod', '/google-access/prod');
    const RoleName = 'rolebridge-prod-reconcile';
    const put = (PolicyDocument: string) =>
      at.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'reconcile', PolicyDocument }));
    for (const document of ['"a page of a proxy"', '[]', 'null']) {
      await put(document);
      expect(await conflicts('dev')).toEqual({
        kind: 'unreadable',
        reason: expect.stringContaining('is not a policy document'),
      });
    }
    at.aws.lambda.functions.splice(0, 1, functionOf(RoleName, ''));
    expect(await conflicts('dev')).toEqual({
      kind: 'unreadable',
      reason: expect.stringContaining('The answer of Lambda lacks the role of rolebridge-prod-reconcile.'),
    });
  });

  it('do not conflict with themselves, with other keys, or with rules that are not ours', async () => {
    addRule('rolebridge-dev-role-events', 'google-access');
    await addFunction('dev', '/google-access');
    addRule('rolebridge-test-role-events', 'google-access-test');
    await addFunction('test', '/google-access-test');
    addRule('rolebridge-prod-drift');
    addRule('another-role-events', 'google-access');
    expect(await conflicts('dev')).toEqual({ kind: 'checked', conflicts: [] });
  });

  it('cannot be checked with credentials of another account, or if a rule names no key', async () => {
    const accounts = [{ id: '444455556666', provider: 'aws-444455556666' }];
    expect(await conflicts('dev', { ...settings, accounts })).toEqual({
      kind: 'unreadable',
      reason: expect.stringContaining('look into account 111122223333, not into account 444455556666'),
    });
    addRule('rolebridge-prod-role-events');
    expect(await conflicts('dev')).toEqual({
      kind: 'unreadable',
      reason: 'The event rule rolebridge-prod-role-events names no tag key. Deploy its stage again.',
    });
  });
});

describe('serverless deploy', () => {
  const deploy = async (credentials = at.aws.admin): Promise<readonly string[]> => {
    const warnings: string[] = [];
    const config = { region: 'us-east-1', endpoint: at.aws.url, credentials, maxAttempts: 1 };
    const serverless = {
      classes: { Error },
      getProvider: () => ({ getAwsSdkV3Config: () => Promise.resolve(config) }),
    };
    const log = { warning: (line: string) => void warnings.push(line) };
    await checkStageConflicts(serverless, { stage: 'dev' }, { log }).hooks['before:deploy:deploy']();
    return warnings;
  };

  it('refuses a stage that shares its tag key with another one', async () => {
    expect(await deploy()).toEqual([]);
    addRule('rolebridge-prod-role-events', 'google-access');
    await expect(deploy()).rejects.toThrow(/tagKey: stage prod reads .*\nNothing was deployed\./);
  });

  it('warns if it is not allowed to look', async () => {
    const strangers = { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'x', sessionToken: 'x' };
    expect(await deploy(strangers)).toEqual([
      expect.stringMatching(
        /^Not checked: whether another deployed stage has the same tags or parameters \(/,
      ),
    ]);
  });
});
