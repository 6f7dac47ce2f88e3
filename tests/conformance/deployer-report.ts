import Table from 'cli-table3';
import { fields, type Json, resourcesOf, type Template } from '../../local/stack/template.ts';
import { handlers, type ResourceType } from '../../shared/permissions/handlers.ts';
import type { PolicyDocument } from '../../shared/permissions/policy.ts';
import type { Scope } from '../../shared/permissions/scopes.ts';
import type { ConditionName, Use } from '../../shared/permissions/use.ts';
import { allowingStatement } from '../support/authorize.ts';
import { accountId } from '../support/settings.ts';
import type { RecordedCall } from './recording-proxy.ts';

/** A call for which the deployer's policy was evaluated. */
interface Evaluated extends RecordedCall {
  /** `serverless deploy`, or the type of a resource that CloudFormation handles. */
  readonly by: string;
  readonly statement: string | undefined;
}

export interface DeployerReport {
  readonly text: string;
  readonly denied: readonly string[];
  readonly unused: readonly string[];
}

/**
 * Evaluates the deployer's policies for each recorded call, and for each call that CloudFormation's handlers make for
 * the resources of a template. Lists denied calls, and every permission that none of the calls needs.
 */
export const deployerReport = async (
  policies: readonly PolicyDocument[],
  recorded: ReadonlyMap<string, readonly RecordedCall[]>,
  template: Template,
  { boundary, added = [] }: HandlerOptions = {},
): Promise<DeployerReport> => {
  const calls = [
    ...[...recorded].flatMap(([by, ofCommand]) => ofCommand.map((call) => ({ ...call, by, context: {} }))),
    ...handlerCalls(template, boundary, added),
  ];
  // A policy document is JSON, which the evaluator accepts.
  const documents = policies.map((policy) => JSON.parse(JSON.stringify(policy)) as Json);
  const evaluated: Evaluated[] = [];
  for (const { by, action, resource, context } of calls) {
    const question = { principalArn: `arn:aws:iam::${accountId}:role/deploy`, accountId, action, context };
    evaluated.push({
      by,
      action,
      resource,
      statement: await allowingStatement(question, resource, documents),
    });
  }
  const denied = evaluated.flatMap(({ by, action, resource, statement }) =>
    statement === undefined ? [`${by}: ${action} on ${resource}`] : [],
  );
  const used = new Set(evaluated.map(({ statement, action }) => `${statement} ${action}`));
  const unused = policies
    .flatMap(({ Statement }) => Statement)
    .flatMap(({ Sid, Action }) => Action.map((action) => `${Sid} ${action}`))
    .filter((permission) => !used.has(permission));
  return { text: textOf(evaluated, unused), denied: [...new Set(denied)], unused };
};

interface HandlerOptions {
  readonly boundary?: string;
  /** Calls of the handlers that settings of rolebridge.yml add. */
  readonly added?: readonly Use[];
}

interface Call extends RecordedCall {
  readonly by: string;
  readonly context: Readonly<Record<string, string | string[]>>;
}

/** @throws Error if the template has a type of resource whose handler is not in shared/permissions/handlers.ts */
const handlerCalls = (
  template: Template,
  boundary: string | undefined,
  added: readonly Use[],
): readonly Call[] => {
  const types = [...new Set(template.resources.map(({ type }) => type))].toSorted();
  const uses = [
    ...types.flatMap((type) => usesOf(type).map((use) => ({ by: type, ...use }))),
    ...added.map((use) => ({ by: 'deploy in rolebridge.yml', ...use })),
  ];
  return uses.flatMap(({ by, actions, on, condition }) =>
    actionsUnder(actions, boundary, condition).flatMap((action) =>
      concrete(on, template, by).map((resource) => ({
        by,
        action,
        resource,
        context: contextOf(condition, template, boundary),
      })),
    ),
  );
};

const usesOf = (type: string): readonly Use[] => {
  if (isKnown(type)) return handlers[type];
  throw new Error(
    `The stack has a resource of type ${type}: add the permissions of its CloudFormation handlers to shared/permissions/handlers.ts.`,
  );
};

const isKnown = (type: string): type is ResourceType => Object.hasOwn(handlers, type);

/** Under a boundary, the role's handler also sets it. */
const actionsUnder = (
  actions: readonly string[],
  boundary: string | undefined,
  condition: ConditionName | undefined,
): readonly string[] =>
  condition === 'withBoundary' && boundary !== undefined
    ? [...actions, 'iam:PutRolePermissionsBoundary']
    : actions;

/** ARNs as in a deployed stack: the template's, and generated names. */
const concrete = (on: Scope, template: Template, type: string): readonly string[] => {
  const arnsOf = (wanted: string): readonly string[] => resourcesOf(template, wanted).map(({ arn }) => arn);
  const own = (service: string, resource: string): string =>
    `arn:aws:${service}:us-east-1:${accountId}:${resource}`;
  // Either the company's bucket, or the name that CloudFormation generates.
  const [code] = resourcesOf(template, 'AWS::Lambda::Function').map(({ properties }) =>
    fields(properties['Code']),
  );
  const named = code?.['S3Bucket'];
  const bucket = `arn:aws:s3:::${resourcesOf(template, 'AWS::S3::Bucket').length === 0 ? String(named) : 'rolebridge-prod-serverlessdeploymentbucket-1abcdefghijkl'}`;
  const generated: Partial<Record<Scope, readonly string[]>> = {
    everything: ['*'],
    functionRoles: arnsOf('AWS::IAM::Role'),
    functions: arnsOf('AWS::Lambda::Function'),
    artifacts: [`${bucket}/serverless/rolebridge/prod/1/sweep.zip`],
    bucket: [bucket],
    eventSourceMappings: [own('lambda', 'event-source-mapping:14e0db71-5d35-4eb5-b481-8945cf9d10c2')],
    queues: arnsOf('AWS::SQS::Queue'),
    logGroups: resourcesOf(template, 'AWS::Logs::LogGroup').map(({ properties }) =>
      own('logs', `log-group:${String(properties['LogGroupName'])}`),
    ),
    anyAlarm: arnsOf('AWS::CloudWatch::Alarm'),
    dashboard: resourcesOf(template, 'AWS::CloudWatch::Dashboard').map(
      ({ properties }) => `arn:aws:cloudwatch::${accountId}:dashboard/${String(properties['DashboardName'])}`,
    ),
    ledger: [own('dynamodb', 'table/rolebridge-prod-Ledger-1ABCDEFGHIJKL')],
    topic: arnsOf('AWS::SNS::Topic'),
    companyKey: resourcesOf(template, 'AWS::DynamoDB::Table').map(({ properties }) =>
      String(fields(properties['SSESpecification'])['KMSMasterKeyId']),
    ),
    keys: [own('kms', 'key/1234abcd-12ab-34cd-56ef-1234567890ab')],
  };
  return generated[on] ?? arnsOf(type);
};

const contextOf = (
  condition: ConditionName | undefined,
  template: Template,
  boundary: string | undefined,
): Call['context'] => {
  switch (condition) {
    case 'passedToLambda':
      return { 'iam:PassedToService': 'lambda.amazonaws.com' };
    case 'forOurFunctions':
      return { 'lambda:FunctionArn': resourcesOf(template, 'AWS::Lambda::Function')[0]?.arn ?? '' };
    case 'viaCloudFormation':
      return { 'aws:CalledVia': ['cloudformation.amazonaws.com'] };
    case 'forAwsItself':
      return { 'kms:GrantIsForAWSResource': 'true' };
    case 'withBoundary':
      return boundary === undefined ? {} : { 'iam:PermissionsBoundary': boundary };
    case 'inOurAccounts':
    case 'ofOurTags':
    case 'passedToCloudFormation':
    case 'viaDynamoDb':
    case undefined:
      return {};
  }
};

const textOf = (evaluated: readonly Evaluated[], unused: readonly string[]): string => {
  const table = new Table({
    head: ['made by', 'call', 'on', 'allowed by'],
    style: { head: [], border: [], compact: true },
  });
  const rows = Map.groupBy(evaluated, ({ by, action, statement }) => JSON.stringify([by, action, statement]));
  const makers = [...new Set(evaluated.map(({ by }) => by))];
  const orderOf = (same: readonly Evaluated[]): string =>
    same
      .slice(0, 1)
      .map(({ by, action }) => `${String(makers.indexOf(by)).padStart(2, '0')} ${action}`)
      .join('');
  for (const same of [...rows.values()].toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))) {
    const [{ by, action, statement } = { by: '', action: '', statement: undefined }] = same;
    table.push([by, action, resourcesText(same.map(({ resource }) => resource)), statement ?? 'denied']);
  }
  return [
    'What allows each call of a deployer: of "serverless" itself as recorded, and of CloudFormation\'s handlers.',
    table.toString(),
    `Unused permissions: ${unused.length === 0 ? 'none' : unused.join(', ')}`,
  ].join('\n');
};

/** The same in every run, because it leaves out generated names and the time of the deploy. */
const resourcesText = (resources: readonly string[]): string => {
  const stable = resources.map((resource) =>
    resource
      .replace(/(serverlessdeploymentbucket-)\w+/, '$1…')
      .replace(/(rolebridge\/prod\/)\d+-[^/]+/, '$1…')
      .replace(/(stack\/rolebridge-prod\/).*/, '$1…'),
  );
  const [first = '', ...others] = [...new Set(stable)].toSorted();
  return others.length === 0 ? first : `${first} and ${others.length} more`;
};
