import { homeOf, type Settings, watchedPrefixes } from '../core/settings.ts';
import { functionRoleNames, memberRole, type StackNames, stackNames, stackRegion } from '../core/stack.ts';

/** One deployed stage. */
export interface Deployment {
  readonly settings: Settings;
  readonly stage: string;
  readonly names: StackNames;
}

export type Scope = keyof ReturnType<typeof scopesOf>;

/** ARNs of the stage's parts. Where AWS generates a name, a `*` stands for the generated part. */
export const scopesOf = ({ settings, stage, names }: Deployment) => {
  const account = homeOf(settings);
  const arn = (service: string, resource: string, region = stackRegion): string =>
    `arn:aws:${service}:${region}:${account}:${resource}`;
  const { deploy = {} } = settings;
  const role = (name: string): string => arn('iam', `role/${name}`, '');
  const bucket = `arn:aws:s3:::${deploy.deploymentBucket ?? bucketPattern(names.stack)}`;
  const functions = [names.reconcileFunction, names.sweepFunction];
  const parameters = (path: string): string => arn('ssm', `parameter${path}`, '*');
  return {
    everything: ['*'],
    stack: [arn('cloudformation', `stack/${names.stack}/*`)],
    bucket: [bucket],
    // `serverless` uploads to this folder.
    artifacts: [`${bucket}/serverless/rolebridge/${stage}/*`],
    functionRoles: functionRoleNames(stage, settings).map((name) =>
      role(`${deploy.rolePath?.slice(1) ?? ''}${name}`),
    ),
    cloudFormationRole: textsOf(deploy.cloudFormationRole),
    anyRole: [role('*')],
    boundary: textsOf(deploy.permissionsBoundary),
    // Another stage may have another path and prefix.
    reconcileOfAnyStage: [arn('lambda', `function:${stackNames('*').reconcileFunction}`)],
    reconcileRoleOfAnyStage: [role(`*${stackNames('*').reconcileFunction}`)],
    functions: functions.map((name) => arn('lambda', `function:${name}`)),
    sweepFunction: [arn('lambda', `function:${names.sweepFunction}`)],
    // Lambda generates their ids.
    eventSourceMappings: [arn('lambda', 'event-source-mapping:*')],
    queues: [names.queue, names.deadLetterQueue].map((queue) => arn('sqs', queue)),
    queue: [arn('sqs', names.queue)],
    // Some calls of CloudWatch Logs are authorized for the group's ARN with `:*`, others without.
    logGroups: functions.flatMap((name) => {
      const group = arn('logs', `log-group:/aws/lambda/${name}`);
      return [group, `${group}:*`];
    }),
    logStreams: functions.map((name) => arn('logs', `log-group:/aws/lambda/${name}:*`)),
    rules: [
      names.roleEventsRule,
      names.driftRule,
      names.scheduleRule,
      ...(hasMembers(settings) ? [`${names.memberBus}/${names.memberEventsRule}`] : []),
    ].map((rule) => arn('events', `rule/${rule}`)),
    memberBus: hasMembers(settings) ? [arn('events', `event-bus/${names.memberBus}`)] : [],
    viewerRoles: hasMembers(settings) ? [memberRole(stage, settings, '*', 'viewer').arn] : [],
    notificationRules: [arn('events', `rule/${names.stack}-notify-*`)],
    alarms: [arn('cloudwatch', `alarm:${names.stack}-*`)],
    anyAlarm: [arn('cloudwatch', 'alarm:*')],
    dashboard: [arn('cloudwatch', `dashboard/${names.stack}`, '')],
    // CloudFormation generates the rest.
    ledger: [arn('dynamodb', `table/${names.stack}-Ledger-*`)],
    topic: [arn('sns', `${names.stack}-notifications`)],
    keys: [arn('kms', 'key/*')],
    companyKey: textsOf(deploy.kmsKey),
    // `serverless remove` looks for images, of which this stack has none.
    imageRepository: [arn('ecr', `repository/serverless-${names.stack}`)],
    // Any region: people also list the regions that rolebridge.yml no longer names.
    parameterPrefixes: watchedPrefixes(settings).map(parameters),
    parameters: watchedPrefixes(settings).map((prefix) => parameters(`${prefix}/*`)),
  } as const satisfies Readonly<Record<string, readonly string[]>>;
};

const hasMembers = ({ accounts }: Settings): boolean => accounts.length > 1;

const textsOf = (text: string | undefined): readonly string[] => (text === undefined ? [] : [text]);

/**
 * A generated bucket name is the stack's name, the logical id and a suffix, in lowercase and shortened to 63 characters. What
 * exactly CloudFormation shortens is not documented, so the pattern leaves it the ends of both parts.
 */
const bucketPattern = (stack: string): string => {
  const logicalId = 'serverlessdeploymentbuck';
  const longest = 63 - logicalId.length - '--012345678901'.length;
  const name = stack.toLowerCase();
  return name.length <= longest ? `${name}-${logicalId}*` : `${name.slice(0, longest)}*-${logicalId}*`;
};
