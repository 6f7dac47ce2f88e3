import type { Queue, QueueOptions } from '../aws/sqs.ts';
import type { AwsWorld } from '../aws/world.ts';
import { fields, items, type Resource, resourcesOf, type Template } from './template.ts';

/** Creates the template's queues in the AWS stand-in. An existing one keeps its messages. */
export const createQueues = (aws: AwsWorld, template: Template, existing: ReadonlySet<string>): void => {
  for (const resource of resourcesOf(template, 'AWS::SQS::Queue')) {
    const { properties } = resource;
    const policy = policyOf(template, resource);
    const retention = properties['MessageRetentionPeriod'];
    const redrive = fields(properties['RedrivePolicy']);
    const target = redrive['deadLetterTargetArn'];
    const options: QueueOptions = {
      name: String(properties['QueueName']),
      visibilitySeconds: Number(properties['VisibilityTimeout'] ?? 30),
      ...(policy === undefined ? {} : { policy }),
      ...(retention === undefined ? {} : { retentionSeconds: Number(retention) }),
      ...(target === undefined
        ? {}
        : {
            redrive: { deadLetterQueue: nameOf(target), maxReceiveCount: Number(redrive['maxReceiveCount']) },
          }),
    };
    if (existing.has(resource.logicalId)) aws.sqs.queue(options.name).options = options;
    else aws.sqs.create(options);
  }
};

const policyOf = (template: Template, { physicalId }: Resource): string | undefined => {
  const found = resourcesOf(template, 'AWS::SQS::QueuePolicy').find(({ properties }) =>
    items(properties['Queues']).includes(physicalId),
  );
  return found === undefined ? undefined : JSON.stringify(found.properties['PolicyDocument']);
};

const nameOf = (arn: unknown): string => String(arn).split(':').at(-1) ?? '';

export const queueOf = (aws: AwsWorld, arn: unknown): Queue => aws.sqs.queue(nameOf(arn));
