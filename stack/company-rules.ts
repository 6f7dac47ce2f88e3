import type { DeploySettings, Settings } from '../shared/core/settings.ts';
import { functionRoleNames } from '../shared/core/stack.ts';
import { companyStatements, vpcActions } from './company-policies.ts';

/**
 * The changes to the template that `deploy` in rolebridge.yml asks for; none without it. Our functions bring their own roles,
 * so the boundary and the VPC permissions of `serverless` do not reach them (docs/deploy.md, "For companies with rules").
 */
export const companyRules = ({ deploy }: Pick<Settings, 'deploy'>): object => {
  if (deploy === undefined) return {};
  const { kmsKey } = deploy;
  return {
    Resources: { ...roles(deploy), ...(kmsKey === undefined ? {} : encrypted(kmsKey)) },
    extensions: kmsKey === undefined ? {} : encryptedLogs(kmsKey),
  };
};

const functions = [
  { role: 'ReconcileRole', part: 'reconcile' },
  { role: 'SweepRole', part: 'sweep' },
] as const;

const roles = (deploy: DeploySettings) => {
  const names = functionRoleNames('${sls:stage}', { deploy });
  return Object.fromEntries(
    functions.map(({ role, part }, index) => {
      const added = companyStatements(deploy)[part];
      const statements = deploy.vpc === undefined ? added : [...added, onlyLambdaItself(part)];
      const Properties = {
        ...(deploy.permissionsBoundary === undefined
          ? {}
          : { PermissionsBoundary: deploy.permissionsBoundary }),
        ...(deploy.rolePath === undefined ? {} : { Path: deploy.rolePath }),
        ...(deploy.roleNamePrefix === undefined ? {} : { RoleName: names[index] }),
        // `serverless` merges lists by position: the first policy, in serverless.yml, stays as it is.
        ...(statements.length === 0 ? {} : { Policies: [{}, policyOf(statements)] }),
      };
      return [role, { Properties }];
    }),
  );
};

const policyOf = (Statement: readonly object[]) => ({
  PolicyName: 'company-rules',
  PolicyDocument: { Version: '2012-10-17', Statement },
});

/** The function's own code needs none of them. Only its calls have this key. */
const onlyLambdaItself = (part: string) => ({
  Sid: 'OnlyLambdaItself',
  Effect: 'Deny',
  Action: vpcActions,
  Resource: '*',
  Condition: {
    ArnEquals: {
      'lambda:SourceFunctionArn': sub(
        `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:\${self:custom.name}-${part}`,
      ),
    },
  },
});

const sub = (text: string) => ({ 'Fn::Sub': text });

/** Each data key costs a call of KMS for each queue and caller. SQS allows 1 minute to 24 hours. */
const dataKeyReuseSeconds = 3600;

const encrypted = (key: string) => ({
  Ledger: {
    Properties: { SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: key } },
  },
  ReconcileQueue: queue(key),
  ReconcileDeadLetterQueue: queue(key),
});

const queue = (KmsMasterKeyId: string) => ({
  Properties: {
    KmsMasterKeyId,
    KmsDataKeyReusePeriodSeconds: dataKeyReuseSeconds,
    // SQS allows one kind of encryption. `serverless` leaves out a property that is null.
    SqsManagedSseEnabled: null,
  },
});

/** `serverless` makes the log groups, so they are extended, not merged. */
const encryptedLogs = (KmsKeyId: string) =>
  Object.fromEntries(
    ['ReconcileLogGroup', 'SweepLogGroup'].map((group) => [group, { Properties: { KmsKeyId } }]),
  );
