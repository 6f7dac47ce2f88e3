import {
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
} from '@aws-sdk/client-cloudtrail';
import { DescribeLogGroupsCommand, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import {
  DescribeRuleCommand,
  DisableRuleCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  ListAttachedRolePoliciesCommand,
  ListInstanceProfilesForRoleCommand,
} from '@aws-sdk/client-iam';
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, GetQueueUrlCommand, PurgeQueueCommand } from '@aws-sdk/client-sqs';
import { failureOf, type Harness, startHarness } from '../testing/aws-harness.ts';
import { accountId } from '../testing/settings.ts';

let at: Harness;
beforeEach(async () => {
  at = await startHarness();
});
afterEach(() => at.close());

const RoleName = 'reports';

it('names the permission and the resources of each call of the command line, as policies do', async () => {
  const name = { Name: 'r' };
  const profile = { InstanceProfileName: 'p' };
  const trailArn = `arn:aws:cloudtrail:us-east-1:999999999999:trail/org`;
  const QueueUrl = `${at.aws.url}/${accountId}/q`;
  const policy = { RoleName, PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' };
  await at.iam.send(new CreateRoleCommand({ RoleName, Path: '/team/', AssumeRolePolicyDocument: '{}' }));
  const { events, sqs, lambda, trail, logs, iam, ec2 } = at;
  for (const call of [
    () => events.send(new DescribeRuleCommand(name)),
    () => events.send(new DisableRuleCommand(name)),
    () => events.send(new ListTargetsByRuleCommand({ Rule: 'r' })),
    () => events.send(new ListRulesCommand({})),
    () => events.send(new TestEventPatternCommand({ EventPattern: '{}', Event: '{}' })),
    () => sqs.send(new GetQueueUrlCommand({ QueueName: 'q' })),
    () => sqs.send(new GetQueueAttributesCommand({ QueueUrl })),
    () => sqs.send(new PurgeQueueCommand({ QueueUrl })),
    () => lambda.send(new InvokeCommand({ FunctionName: 'f:$LATEST' })),
    () => lambda.send(new GetFunctionConfigurationCommand({ FunctionName: `${accountId}:function:f` })),
    () => lambda.send(new ListEventSourceMappingsCommand({ FunctionName: 'f' })),
    () => trail.send(new DescribeTrailsCommand({})),
    () => trail.send(new GetTrailStatusCommand({ Name: 't' })),
    () => trail.send(new GetEventSelectorsCommand({ TrailName: trailArn })),
    () => logs.send(new FilterLogEventsCommand({ logGroupName: '/aws/lambda/f' })),
    () => logs.send(new DescribeLogGroupsCommand({})),
    () => ec2.send(new DescribeInstancesCommand({})),
    () => iam.send(new ListInstanceProfilesForRoleCommand({ RoleName })),
    () => iam.send(new ListAttachedRolePoliciesCommand({ RoleName })),
    () => iam.send(new AttachRolePolicyCommand(policy)),
    () => iam.send(new CreateInstanceProfileCommand({ ...profile, Path: '/team/' })),
    () => iam.send(new AddRoleToInstanceProfileCommand({ ...profile, RoleName })),
  ])
    await failureOf(call());
  const here = (service: string, resource: string) => `arn:aws:${service}:us-east-1:${accountId}:${resource}`;
  const role = `arn:aws:iam::${accountId}:role/team/reports`;
  const profileArn = `arn:aws:iam::${accountId}:instance-profile/team/p`;
  expect(at.aws.calls.slice(1).map(({ action, resources }) => [action, ...resources])).toEqual([
    ['events:DescribeRule', here('events', 'rule/r')],
    ['events:DisableRule', here('events', 'rule/r')],
    ['events:ListTargetsByRule', here('events', 'rule/r')],
    ['events:ListRules', '*'],
    ['events:TestEventPattern', '*'],
    ['sqs:GetQueueUrl', here('sqs', 'q')],
    ['sqs:GetQueueAttributes', here('sqs', 'q')],
    ['sqs:PurgeQueue', here('sqs', 'q')],
    ['lambda:InvokeFunction', here('lambda', 'function:f')],
    ['lambda:GetFunctionConfiguration', here('lambda', 'function:f')],
    ['lambda:ListEventSourceMappings', '*'],
    ['cloudtrail:DescribeTrails', '*'],
    ['cloudtrail:GetTrailStatus', here('cloudtrail', 'trail/t')],
    ['cloudtrail:GetEventSelectors', trailArn],
    ['logs:FilterLogEvents', here('logs', 'log-group:/aws/lambda/f:log-stream:')],
    ['logs:DescribeLogGroups', '*'],
    ['ec2:DescribeInstances', '*'],
    ['iam:ListInstanceProfilesForRole', role],
    ['iam:ListAttachedRolePolicies', role],
    ['iam:AttachRolePolicy', role],
    ['iam:CreateInstanceProfile', profileArn],
    ['iam:AddRoleToInstanceProfile', profileArn],
  ]);
  expect(at.aws.calls.find(({ action }) => action === 'iam:AttachRolePolicy')?.context).toEqual({
    'iam:PolicyARN': [policy.PolicyArn],
  });
});
