import { CloudTrailClient, DescribeTrailsCommand } from '@aws-sdk/client-cloudtrail';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { type AwsWorld, startAws } from './aws/world.ts';
import { awsFault } from './fault-codes.ts';
import { armFault } from './faults.ts';
import { accountId } from './testing/settings.ts';

let aws: AwsWorld;
beforeAll(async () => {
  aws = await startAws({ accountId });
  aws.sqs.create({ name: 'work', visibilitySeconds: 30 });
});
afterAll(() => aws.close());

const config = () => ({ region: 'us-east-1', endpoint: aws.url, credentials: aws.admin, maxAttempts: 2 });
let roles = 0;
const services = {
  iam: () => {
    roles += 1;
    return new IAMClient(config()).send(
      new CreateRoleCommand({ RoleName: `role-${roles}`, AssumeRolePolicyDocument: '{}' }),
    );
  },
  sts: () => new STSClient(config()).send(new GetCallerIdentityCommand()),
  ssm: () =>
    new SSMClient(config()).send(
      new PutParameterCommand({ Name: '/a', Value: 'v', Type: 'String', Overwrite: true }),
    ),
  sqs: () =>
    new SQSClient(config()).send(
      new SendMessageCommand({ QueueUrl: `${aws.url}/${accountId}/work`, MessageBody: 'm' }),
    ),
  events: () =>
    new EventBridgeClient(config()).send(
      new PutEventsCommand({ Entries: [{ Source: 's', DetailType: 'd', Detail: '{}' }] }),
    ),
  lambda: () => new LambdaClient(config()).send(new ListEventSourceMappingsCommand({})),
  logs: () => new CloudWatchLogsClient(config()).send(new DescribeLogGroupsCommand({})),
  cloudtrail: () => new CloudTrailClient(config()).send(new DescribeTrailsCommand({})),
  ec2: () => new EC2Client(config()).send(new DescribeInstancesCommand({})),
} as const;
const names = {
  iam: ['Throttling', 'ServiceFailureException', 'ServiceUnavailable'],
  sts: ['Throttling', 'InternalFailure', 'ServiceUnavailable'],
  ssm: ['ThrottlingException', 'InternalServerError', 'ServiceUnavailable'],
  sqs: ['RequestThrottled', 'InternalFailure', 'ServiceUnavailable'],
  events: ['ThrottlingException', 'InternalException', 'ServiceUnavailable'],
  lambda: ['TooManyRequestsException', 'ServiceException', 'ServiceUnavailable'],
  logs: ['ThrottlingException', 'InternalFailure', 'ServiceUnavailableException'],
  cloudtrail: ['ThrottlingException', 'InternalFailure', 'ServiceUnavailable'],
  ec2: ['RequestLimitExceeded', 'InternalError', 'Unavailable'],
} as const;
type Service = keyof typeof services;

const faults = ['throttle', '500', '503'] as const;
const statuses = { throttle: 400, '500': 500, '503': 503 };
const throttleStatus: Partial<Record<Service, number>> = { lambda: 429, ec2: 503 };
const cases = (Object.keys(services) as Service[]).flatMap((service) =>
  faults.map((fault, index) => [service, fault, names[service][index] ?? ''] as const),
);

/** No function and no Google stand-in. */
const arm = (times: number, fault: (typeof faults)[number]) =>
  armFault(
    {
      aws,
      google: { intercept: () => () => undefined },
      stack: { killCaller: () => undefined, killContainers: () => undefined },
    },
    { times },
    fault,
  );

it.each(cases)('the SDK reads %s, %s as %s, and retries if it occurs once', async (service, fault, name) => {
  const twice = arm(2, fault);
  await expect(services[service]()).rejects.toMatchObject({
    name,
    $metadata: {
      httpStatusCode: (fault === 'throttle' ? throttleStatus[service] : undefined) ?? statuses[fault],
      attempts: 2,
    },
  });
  twice.disarm();
  const once = arm(1, fault);
  await expect(services[service]()).resolves.toMatchObject({ $metadata: { attempts: 2 } });
  once.disarm();
});

it('throws for a service without known codes', () => {
  const call = { action: 's3:GetObject' } as Parameters<typeof awsFault>[0];
  expect(() => awsFault(call, '500')).toThrow('unknown fault codes for the AWS service s3');
});
