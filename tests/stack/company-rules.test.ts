import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { stringify } from 'yaml';
import {
  fields,
  items,
  type Json,
  type Resource,
  readTemplate,
  resourcesOf,
} from '../../local/stack/template.ts';
import { loadSettings } from '../../shared/config/config.ts';
import { longestStage, stackNames } from '../../shared/core/stack.ts';
import { boundaryStatements } from '../../shared/permissions/boundary.ts';
import { cloudFormationStatements, companyUses } from '../../shared/permissions/deployer.ts';
import { policyDocuments } from '../../shared/permissions/policy.ts';
import { companyRules } from '../../stack/company-rules.ts';
import { deployerReport } from '../conformance/deployer-report.ts';
import { deniedCalls } from '../support/authorize.ts';
import { cfnLint, hasCfnLint, nothingToSay } from '../support/cfn-lint.ts';
import { startCloud } from '../support/cloud.ts';
import { everyDeploySetting } from '../support/every-deploy-setting.ts';
import { packageWith } from '../support/package-with.ts';
import { accountId, reader } from '../support/settings.ts';

const templateName = 'cloudformation-template-update-stack.json';
const place = { accountId, region: 'us-east-1', endpoint: 'http://127.0.0.1' };

const { kmsKey, vpc } = everyDeploySetting;
let folder: string;
beforeAll(async () => {
  const more = stringify({ notifications: { email: 'ops@example.com' }, deploy: everyDeploySetting });
  folder = await packageWith(`${readFileSync('rolebridge.yml', 'utf8')}\n${more}`);
}, 120_000);
afterAll(() => rmSync(dirname(folder), { recursive: true, force: true }));

const resources = (type: string, from = folder): readonly Resource[] =>
  resourcesOf(readTemplate(join(from, templateName), place), type);
const propertiesOf = (type: string) => resources(type).map(({ properties }) => properties);

describe('without deploy in rolebridge.yml', () => {
  it('the template is the one of the golden file, byte for byte, except for the time of the upload', () => {
    const text = readFileSync(join('.serverless', templateName), 'utf8');
    const golden = readFileSync('tests/golden/template.txt', 'utf8');
    // After a change of the stack, run npm run package, and write the golden file with the same replacement.
    expect(withoutUploadTime(text)).toBe(golden);
  });

  it('nothing is added', () => {
    expect(companyRules({})).toEqual({});
    expect(companyRules({ deploy: {} })).toEqual({
      Resources: { ReconcileRole: { Properties: {} }, SweepRole: { Properties: {} } },
      extensions: {},
    });
  });
});

describe('with every setting of deploy', () => {
  (hasCfnLint ? it : it.skip)('cfn-lint has nothing to say', () => {
    expect(cfnLint(join(folder, templateName))).toEqual(nothingToSay);
  });

  it('serverless tags the stack, uploads to the bucket and passes the role to CloudFormation', () => {
    const state: Json = JSON.parse(readFileSync(join(folder, 'serverless-state.json'), 'utf8'));
    expect(fields(fields(fields(state)['service'])['provider'])).toMatchObject({
      stackTags: everyDeploySetting.stackTags,
      deploymentBucket: 'acme-deployments',
      iam: { deploymentRole: everyDeploySetting.cloudFormationRole },
    });
    expect([...resources('AWS::S3::Bucket'), ...resources('AWS::S3::BucketPolicy')]).toEqual([]);
  });

  it('every role has the boundary, the path and the prefix', () => {
    expect(propertiesOf('AWS::IAM::Role')).toEqual(
      ['reconcile', 'sweep'].map((part) =>
        expect.objectContaining({
          RoleName: `platform-rolebridge-prod-${part}`,
          Path: '/platform/identity/',
          PermissionsBoundary: everyDeploySetting.permissionsBoundary,
        }),
      ),
    );
  });

  it('both functions run in the VPC, as the roles under their path', () => {
    const functions = propertiesOf('AWS::Lambda::Function');
    expect(functions.map(({ VpcConfig }) => VpcConfig)).toEqual(
      [vpc, vpc].map(({ subnetIds, securityGroupIds }) => ({
        SubnetIds: subnetIds,
        SecurityGroupIds: securityGroupIds,
      })),
    );
    expect(functions.map(({ Role }) => Role)).toEqual(
      ['reconcile', 'sweep'].map(
        (part) => `arn:aws:iam::${accountId}:role/platform/identity/platform-rolebridge-prod-${part}`,
      ),
    );
  });

  it('queues, table, logs and topic are encrypted with the key, and the stack creates none', () => {
    const queues = propertiesOf('AWS::SQS::Queue');
    expect(queues).toHaveLength(2);
    for (const queue of queues) {
      expect(queue).toMatchObject({ KmsMasterKeyId: kmsKey, KmsDataKeyReusePeriodSeconds: 3600 });
      expect(queue).not.toHaveProperty('SqsManagedSseEnabled');
    }
    expect(propertiesOf('AWS::DynamoDB::Table').map(({ SSESpecification }) => SSESpecification)).toEqual([
      { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: kmsKey },
    ]);
    const logs = propertiesOf('AWS::Logs::LogGroup');
    expect(logs.map(({ KmsKeyId, RetentionInDays }) => [KmsKeyId, RetentionInDays])).toEqual([
      [kmsKey, 365],
      [kmsKey, 365],
    ]);
    expect(propertiesOf('AWS::SNS::Topic').map(({ KmsMasterKeyId }) => KmsMasterKeyId)).toEqual([kmsKey]);
    expect(resources('AWS::KMS::Key')).toEqual([]);
  });

  it('everything else is the same as without it', () => {
    const changed = new Set([
      'AWS::IAM::Role',
      'AWS::Lambda::Function',
      'AWS::SQS::Queue',
      'AWS::DynamoDB::Table',
      'AWS::Logs::LogGroup',
    ]);
    const parts = (from: string) =>
      Object.fromEntries(
        readTemplate(join(from, templateName), place)
          .resources.filter(
            ({ type, logicalId }) => !changed.has(type) && !/^(Notif|ServerlessDeployment)/.test(logicalId),
          )
          .map(({ logicalId, type }) => [logicalId, type]),
      );
    expect(parts(folder)).toEqual(parts('.serverless'));
    const firstPolicies = (from: string) => {
      const template: Json = JSON.parse(readFileSync(join(from, templateName), 'utf8'));
      const raw = fields(fields(template)['Resources']);
      return ['ReconcileRole', 'SweepRole'].map(
        (role) => items(fields(fields(raw[role])['Properties'])['Policies'])[0],
      );
    };
    expect(firstPolicies(folder)).toEqual(firstPolicies('.serverless'));
  });

  describe('the roles suffice', () => {
    const via = (service: string) => ({ 'kms:ViaService': `${service}.us-east-1.amazonaws.com` });
    const ownCode = (part: string) => ({
      'lambda:SourceFunctionArn': `arn:aws:lambda:us-east-1:${accountId}:function:rolebridge-prod-${part}`,
    });
    it.each([
      ['reconcile', 'kms:Decrypt', via('dynamodb'), true],
      ['sweep', 'kms:Decrypt', via('dynamodb'), true],
      ['reconcile', 'kms:Decrypt', via('sqs'), true],
      ['reconcile', 'kms:GenerateDataKey', via('sqs'), true],
      // The sweep uses no queue, and no function decrypts on its own.
      ['sweep', 'kms:Decrypt', via('sqs'), false],
      ['reconcile', 'kms:Decrypt', {}, false],
      ['reconcile', 'kms:GenerateDataKey', via('dynamodb'), false],
      ['reconcile', 'ec2:CreateNetworkInterface', {}, true],
      ['sweep', 'ec2:DeleteNetworkInterface', {}, true],
      // Lambda joins the VPC. The function's code must not.
      ['reconcile', 'ec2:CreateNetworkInterface', ownCode('reconcile'), false],
      ['sweep', 'ec2:DescribeNetworkInterfaces', ownCode('sweep'), false],
    ])('%s, %s with %j: %s', async (part, action, contextVariables, isAllowed) => {
      expect(await isPermitted(part, action, contextVariables)).toBe(isAllowed);
    });
  });

  it('the policy for CloudFormation allows what the handlers of this template call, and nothing else', async () => {
    const settings = loadSettings(join(dirname(folder), 'rolebridge.yml'));
    const deployment = { settings, stage: 'prod', names: stackNames('prod') };
    const policies = policyDocuments(cloudFormationStatements(deployment));
    const template = readTemplate(join(folder, templateName), place);
    const boundary = everyDeploySetting.permissionsBoundary;
    const options = { boundary, added: companyUses(settings) };
    expect(await deployerReport(policies, new Map(), template, options)).toMatchObject({
      denied: [],
      unused: [],
    });
  });

  it('the boundary allows what the roles of this template allow', () => {
    const settings = loadSettings(join(dirname(folder), 'rolebridge.yml'));
    const boundary = boundaryStatements({ settings, stage: 'prod', names: stackNames('prod') });
    const sids = propertiesOf('AWS::IAM::Role').flatMap(({ Policies }, index) =>
      items(Policies)
        .flatMap((policy) => items(fields(fields(policy)['PolicyDocument'])['Statement']))
        .filter((statement) => fields(statement)['Effect'] === 'Allow')
        .map((statement) => `${['Reconcile', 'Sweep'][index]}${String(fields(statement)['Sid'])}`),
    );
    // Statements that differ only in what they allow are merged, with all their names.
    const named = boundary.map(({ Sid }) => Sid);
    for (const sid of sids) expect(named.filter((name) => name.includes(sid))).toHaveLength(1);
    expect(named.join('')).toHaveLength(sids.join('').length);
  });

  it('the key policy of docs/deploy.md names the queues, logs and topic of the stack', () => {
    // The evaluator knows no kms:EncryptionContext, so this compares the statements.
    const arns = (type: string) => resources(type).map(({ arn }) => arn);
    const logGroups = propertiesOf('AWS::Logs::LogGroup').map(
      ({ LogGroupName }) => `arn:aws:logs:us-east-1:${accountId}:log-group:${String(LogGroupName)}`,
    );
    const condition = (context: string, values: unknown) => ({
      Condition: { ArnEquals: { [`kms:EncryptionContext:aws:${context}`]: values } },
    });
    expect(items(fields(documentedKeyPolicy())['Statement'])).toEqual([
      expect.objectContaining({ Principal: { AWS: `arn:aws:iam::${accountId}:root` } }),
      expect.objectContaining(condition('sqs:arn', arns('AWS::SQS::Queue'))),
      expect.objectContaining(condition('logs:arn', logGroups)),
      expect.objectContaining(condition('sns:topicArn', arns('AWS::SNS::Topic')[0])),
    ]);
  });

  it('the added policy fits into the space reserved for it (shared/core/parameter-limits.ts)', () => {
    for (const { properties } of resources('AWS::IAM::Role')) {
      const added = JSON.stringify(fields(items(properties['Policies'])[1])['PolicyDocument']);
      expect(added.length + longestStage - 'prod'.length).toBeLessThanOrEqual(1_320);
    }
  });

  it('a tagged role gets its access: Google admits the functions by their names, without the path', async () => {
    const cloud = await startCloud({ packageFolder: folder });
    cloud.addServiceAccount(reader);
    await cloud.createRole('reports', { 'google-access': reader });
    await cloud.settled();
    expect(cloud.boundTo(reader)).toEqual(['reports']);
    await cloud.sweep();
    expect(deniedCalls).toEqual([]);
    await cloud.close();
  });
});

const withoutUploadTime = (template: string): string => template.replaceAll(/\d{13}-[\dTZ:.-]{24}/g, 'TIME');

/** The key policy that docs/deploy.md shows. */
const documentedKeyPolicy = (): Json => {
  const [, text = ''] = /```json\n([\s\S]*?)```/.exec(readFileSync('docs/deploy.md', 'utf8')) ?? [];
  return JSON.parse(text);
};

/** Whether a function's role may make the call, by its policies in the template. */
const isPermitted = (
  part: string,
  action: string,
  contextVariables: Readonly<Record<string, string>>,
): Promise<boolean> => {
  const name = `platform-rolebridge-prod-${part}`;
  const role = propertiesOf('AWS::IAM::Role').find(({ RoleName }) => RoleName === name);
  const policies = items(role?.['Policies']).map((policy) => fields(policy)['PolicyDocument'] ?? null);
  const interfaces = action.startsWith('ec2:Describe')
    ? '*'
    : `arn:aws:ec2:us-east-1:${accountId}:network-interface/*`;
  return simulate(
    {
      principal: `arn:aws:sts::${accountId}:assumed-role/${name}/x`,
      action,
      resource: action.startsWith('kms:') ? kmsKey : interfaces,
      contextVariables,
    },
    policies,
  );
};

interface Call {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly contextVariables: Readonly<Record<string, string>>;
}

const simulate = async ({ resource, ...call }: Call, policies: readonly Json[]): Promise<boolean> => {
  const simulated = await runSimulation(
    {
      request: { ...call, resource: { resource, accountId } },
      identityPolicies: policies.map((policy, index) => ({ name: `policy-${index}`, policy })),
      ...(resource === kmsKey ? { resourcePolicy: documentedKeyPolicy() } : {}),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (simulated.resultType === 'error') throw new Error(JSON.stringify(simulated.errors));
  return simulated.overallResult === 'Allowed';
};
