import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { type AwsWorld, startAws } from '../../local/aws/world.ts';
import { awsFault } from '../../local/fault-codes.ts';
import { armFault } from '../../local/faults.ts';
import { accountId } from '../support/settings.ts';

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
} as const;
const names = {
  iam: ['Throttling', 'ServiceFailureException', 'ServiceUnavailable'],
  sts: ['Throttling', 'InternalFailure', 'ServiceUnavailable'],
  ssm: ['ThrottlingException', 'InternalServerError', 'ServiceUnavailable'],
  sqs: ['RequestThrottled', 'InternalFailure', 'ServiceUnavailable'],
  events: ['ThrottlingException', 'InternalException', 'ServiceUnavailable'],
} as const;

const faults = ['throttle', '500', '503'] as const;
const statuses = { throttle: 400, '500': 500, '503': 503 };
const cases = (['iam', 'sts', 'ssm', 'sqs', 'events'] as const).flatMap((service) =>
  faults.map((fault, index) => [service, fault, names[service][index] ?? ''] as const),
);

/** Neither function nor Google takes part. */
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

it.each(cases)(
  'the SDK reads %s, %s as %s, and tries again where it comes once',
  async (service, fault, name) => {
    const twice = arm(2, fault);
    await expect(services[service]()).rejects.toMatchObject({
      name,
      $metadata: { httpStatusCode: statuses[fault], attempts: 2 },
    });
    twice.disarm();
    const once = arm(1, fault);
    await expect(services[service]()).resolves.toMatchObject({ $metadata: { attempts: 2 } });
    once.disarm();
  },
);

it('a service without known codes is told, not guessed', () => {
  const call = { action: 's3:GetObject' } as Parameters<typeof awsFault>[0];
  expect(() => awsFault(call, '500')).toThrow('no faults of the AWS service s3 are known');
});
