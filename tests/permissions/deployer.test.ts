import { stackNames } from '../../shared/core/stack.ts';
import { boundaryStatements } from '../../shared/permissions/boundary.ts';
import { cloudFormationStatements, deployerStatements } from '../../shared/permissions/deployer.ts';
import { personalStatements } from '../../shared/permissions/person.ts';
import {
  lengthOf,
  maxPolicyCharacters,
  policyDocuments,
  type Statement,
} from '../../shared/permissions/policy.ts';
import type { Deployment } from '../../shared/permissions/scopes.ts';
import { everyDeploySetting } from '../support/every-deploy-setting.ts';
import { deployment } from './deployment.ts';

const { settings } = deployment;
const email = { ...settings, notifications: { email: 'ops@example.com', outcomes: ['Failed' as const] } };
const statementNamed = (sid: string, ...args: Parameters<typeof deployerStatements>) =>
  deployerStatements(...args).find(({ Sid }) => Sid === sid);

it('one stage fits into one managed policy', () => {
  const [document, ...others] = policyDocuments(deployerStatements(deployment));
  expect(others).toEqual([]);
  expect(document).toHaveProperty('Version', '2012-10-17');
});

it('what does not fit becomes several policies, with each statement once', () => {
  const names = stackNames('a'.repeat(37));
  const statements = deployerStatements({ settings: email, stage: 'a'.repeat(37), names });
  const documents = policyDocuments(statements);
  expect(documents).toHaveLength(2);
  expect(documents.flatMap(({ Statement }) => Statement)).toEqual(statements);
  for (const document of documents) expect(lengthOf(document)).toBeLessThanOrEqual(maxPolicyCharacters);
});

it('every statement has a unique name, and no action is a pattern', () => {
  const statements = deployerStatements({ ...deployment, settings: email }, 'arn:aws:iam::1:policy/x');
  const sids = statements.map(({ Sid }) => Sid);
  expect(new Set(sids).size).toBe(sids.length);
  for (const { Sid, Action } of statements) {
    expect(Sid).toMatch(/^[A-Za-z0-9]+$/);
    expect(Action.filter((action) => action.includes('*'))).toEqual([]);
  }
});

it('a role can be passed to Lambda only', () => {
  expect(statementNamed('FunctionRolesPassedToLambda', deployment)).toMatchObject({
    Action: ['iam:PassRole'],
    Condition: { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
  });
});

it('with a boundary, a role can only be created or changed under it, and the boundary not removed', () => {
  const boundary = 'arn:aws:iam::111122223333:policy/rolebridge';
  expect(statementNamed('FunctionRolesWithBoundary', deployment, boundary)).toMatchObject({
    Action: ['iam:CreateRole', 'iam:PutRolePermissionsBoundary', 'iam:PutRolePolicy'],
    Condition: { StringEquals: { 'iam:PermissionsBoundary': boundary } },
  });
  const actions = deployerStatements(deployment, boundary).flatMap(({ Action }) => Action);
  expect(actions).not.toContain('iam:DeleteRolePermissionsBoundary');
  expect(actions.filter((action) => action === 'iam:CreateRole')).toHaveLength(1);
});

it('the ledger cannot be deleted', () => {
  const actions = deployerStatements(deployment).flatMap(({ Action }) => Action);
  expect(actions).toContain('dynamodb:CreateTable');
  expect(actions).not.toContain('dynamodb:DeleteTable');
});

it('notifications add their rules, topic and key', () => {
  const added = (withNotifications: typeof settings) => {
    const before = new Set(deployerStatements(deployment).map(({ Sid }) => Sid));
    return deployerStatements({ ...deployment, settings: withNotifications }).flatMap(({ Sid }) =>
      before.has(Sid) ? [] : [Sid],
    );
  };
  expect(added(email).toSorted()).toEqual([
    'EverythingViaCloudFormation',
    'KeysViaCloudFormation',
    'NotificationRules',
    'Topic',
  ]);
  const own = { topicArn: 'arn:aws:sns:us-east-1:111122223333:ops', outcomes: ['Failed' as const] };
  expect(added({ ...settings, notifications: own })).toEqual(['NotificationRules']);
});

it('the generated name of the bucket also matches if CloudFormation shortens it', () => {
  const bucketOf = (stage: string) =>
    statementNamed('Bucket', { settings, stage, names: stackNames(stage) })?.Resource[0] ?? '';
  expect(bucketOf('prod')).toBe('arn:aws:s3:::rolebridge-prod-serverlessdeploymentbuck*');
  expect(bucketOf('Prod')).toBe(bucketOf('prod'));
  expect(bucketOf('a'.repeat(37))).toBe('arn:aws:s3:::rolebridge-aaaaaaaaaaaaaa*-serverlessdeploymentbuck*');
});

describe('with every setting of deploy in rolebridge.yml', () => {
  const company: Deployment = {
    ...deployment,
    settings: { ...email, deploy: everyDeploySetting },
  };
  const { cloudFormationRole, permissionsBoundary, kmsKey } = everyDeploySetting;
  const { cloudFormationRole: _, ...withoutRole } = everyDeploySetting;
  const alone: Deployment = { ...company, settings: { ...email, deploy: withoutRole } };

  it('the deployer passes a role to CloudFormation, uploads to the bucket, and creates nothing itself', () => {
    const statements = deployerStatements(company);
    expect(statements.map(({ Sid }) => Sid)).toEqual([
      'Stack',
      'Everything',
      'Bucket',
      'Artifacts',
      'Functions',
      'SweepFunction',
      'ImageRepository',
      'CloudFormationRolePassedToCloudFormation',
    ]);
    expect(statements.at(-1)).toMatchObject({
      Action: ['iam:PassRole'],
      Resource: [cloudFormationRole],
      Condition: { StringEquals: { 'iam:PassedToService': 'cloudformation.amazonaws.com' } },
    });
    expect(statementNamed('Artifacts', company)?.Resource).toEqual([
      'arn:aws:s3:::acme-deployments/serverless/rolebridge/prod/*',
    ]);
  });

  it('the role of CloudFormation has the other permissions that a deployer without one needs, for any caller', () => {
    const ofRole = cloudFormationStatements(company);
    const actionsOf = (statements: readonly Statement[]) =>
      new Set(statements.flatMap(({ Action }) => Action));
    const ofDeployer = actionsOf(deployerStatements(alone));
    const own = actionsOf(deployerStatements(company));
    expect([...actionsOf(ofRole)].filter((action) => !ofDeployer.has(action))).toEqual([]);
    expect([...ofDeployer].filter((action) => !actionsOf(ofRole).has(action) && !own.has(action))).toEqual(
      [],
    );
    expect(JSON.stringify(ofRole)).not.toContain('aws:CalledVia');
  });

  it('the roles are those with the path and prefix, and can be created only under the boundary', () => {
    expect(statementNamed('FunctionRolesWithBoundary', alone)).toMatchObject({
      Resource: ['reconcile', 'sweep'].map(
        (part) => `arn:aws:iam::111122223333:role/platform/identity/platform-rolebridge-prod-${part}`,
      ),
      Condition: { StringEquals: { 'iam:PermissionsBoundary': permissionsBoundary } },
    });
  });

  it("no bucket and no key are created, and the company's key is used", () => {
    const actions = deployerStatements(alone).flatMap(({ Action }) => Action);
    expect(actions.filter((action) => /^(s3:(Create|Put)Bucket|kms:CreateKey)/.test(action))).toEqual([]);
    expect(statementNamed('CompanyKeyForAwsItself', alone)).toMatchObject({
      Action: ['kms:CreateGrant'],
      Resource: [kmsKey],
    });
    expect(actions).toContain('ec2:DescribeNetworkInterfaces');
    expect(actions).toContain('logs:AssociateKmsKey');
  });

  it('people who read the table may decrypt it, through DynamoDB only', () => {
    for (const job of ['plan', 'operator', 'doctor'] as const)
      expect(personalStatements(job, company)).toContainEqual({
        Sid: 'CompanyKeyViaDynamoDb',
        Effect: 'Allow',
        Action: ['kms:Decrypt'],
        Resource: [kmsKey],
        Condition: { StringEquals: { 'kms:ViaService': 'dynamodb.us-east-1.amazonaws.com' } },
      });
  });

  it('the boundary of the functions allows them to join the VPC and to use the key', () => {
    const sids = (of: Deployment) => boundaryStatements(of).map(({ Sid }) => Sid);
    const before = new Set(sids(deployment));
    // Statements about the same resources are one.
    expect(sids(company).filter((sid) => !before.has(sid))).toEqual([
      'ReconcileJoinTheVpcSweepListRolesSweepJoinTheVpc',
      'ReconcileDecryptTheLedgerSweepDecryptTheLedger',
      'ReconcileUseTheQueuesKey',
    ]);
  });
});
