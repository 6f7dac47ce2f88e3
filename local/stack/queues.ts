import type { Queue } from '../aws/sqs.ts';
import type { AwsWorld } from '../aws/world.ts';
import { fields, resourcesOf, type Template } from './template.ts';

const nameOf = (arn: unknown): string => String(arn).split(':').at(-1) ?? '';

/** Makes the template's queues. */
export const createQueues = (aws: AwsWorld, template: Template): void => {
  for (const { properties } of resourcesOf(template, 'AWS::SQS::Queue')) {
    const redrive = fields(properties['RedrivePolicy']);
    const target = redrive['deadLetterTargetArn'];
    aws.sqs.create({
      name: String(properties['QueueName']),
      visibilitySeconds: Number(properties['VisibilityTimeout'] ?? 30),
      ...(target === undefined
        ? {}
        : {
            redrive: { deadLetterQueue: nameOf(target), maxReceiveCount: Number(redrive['maxReceiveCount']) },
          }),
    });
  }
};

export const queueOf = (aws: AwsWorld, arn: unknown): Queue => aws.sqs.queue(nameOf(arn));
