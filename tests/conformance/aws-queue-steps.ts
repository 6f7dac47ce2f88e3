import type { QueueAttributeName } from '@aws-sdk/client-sqs';
import { numbered, type Steps, type Subject } from './aws-subject.ts';

const receive = async ({ sqs, QueueUrl }: Subject) => {
  const MessageSystemAttributeNames = ['ApproximateReceiveCount' as const];
  const received = await sqs.receiveMessage({
    QueueUrl,
    MaxNumberOfMessages: 10,
    MessageSystemAttributeNames,
  });
  return received.Messages ?? [];
};

const messageSteps: Steps = {
  'sends a message': ({ sqs, QueueUrl }) => sqs.sendMessage({ QueueUrl, MessageBody: 'a' }),
  'receives it once, and again when its time-out is set to nothing': async (subject) => {
    const first = await receive(subject);
    const second = await receive(subject);
    const { sqs, QueueUrl } = subject;
    const Entries = first.map(({ ReceiptHandle }) => ({ Id: 'a', ReceiptHandle, VisibilityTimeout: 0 }));
    const shown = await sqs.changeMessageVisibilityBatch({ QueueUrl, Entries });
    return { first, second, shown, third: await receive(subject) };
  },
  'deletes a message': async (subject) => {
    const { sqs, QueueUrl } = subject;
    await sqs.sendMessage({ QueueUrl, MessageBody: 'b' });
    const [message] = await receive(subject);
    return sqs.deleteMessage({ QueueUrl, ReceiptHandle: message?.ReceiptHandle });
  },
  'sends a batch, one of it later': ({ sqs, QueueUrl }) => {
    const later = { Id: '1', MessageBody: 'later', DelaySeconds: 900 };
    return sqs.sendMessageBatch({ QueueUrl, Entries: [{ Id: '0', MessageBody: 'now' }, later] });
  },
  'receives of it what is due': receive,
  'does not send eleven in one call': ({ sqs, QueueUrl }) =>
    sqs.sendMessageBatch({ QueueUrl, Entries: numbered(11, (Id) => ({ Id: `${Id}`, MessageBody: 'x' })) }),
  'does not send an empty batch': ({ sqs, QueueUrl }) => sqs.sendMessageBatch({ QueueUrl, Entries: [] }),
  'does not send two entries of one id': ({ sqs, QueueUrl }) =>
    sqs.sendMessageBatch({ QueueUrl, Entries: numbered(2, () => ({ Id: 'same', MessageBody: 'x' })) }),
  'does not send with a delay of more than 15 minutes': ({ sqs, QueueUrl }) =>
    sqs.sendMessage({ QueueUrl, MessageBody: 'x', DelaySeconds: 901 }),
  'does not receive eleven in one call': ({ sqs, QueueUrl }) =>
    sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 11 }),
  'fails an entry whose message is not there': ({ sqs, QueueUrl }) => {
    const entry = { Id: 'a', ReceiptHandle: 'nothing', VisibilityTimeout: 1 };
    return sqs.changeMessageVisibilityBatch({ QueueUrl, Entries: [entry] });
  },
  'does not send to a queue that is not there': ({ sqs, QueueUrl }) =>
    sqs.sendMessage({ QueueUrl: `${QueueUrl}-not`, MessageBody: 'x' }),
};

const attributesOf = async ({ sqs, QueueUrl }: Subject, ...AttributeNames: QueueAttributeName[]) => {
  const { Attributes = {} } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames });
  const { RedrivePolicy, ...rest } = Attributes;
  return RedrivePolicy === undefined ? rest : { ...rest, redrive: JSON.parse(RedrivePolicy) as unknown };
};
const counts = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

export const queueSteps: Steps = {
  ...messageSteps,
  'finds a queue by its name': async ({ sqs }) =>
    new URL((await sqs.getQueueUrl({ QueueName: 'q' })).QueueUrl ?? '').pathname,
  'does not find a queue that is not there': ({ sqs }) => sqs.getQueueUrl({ QueueName: 'not' }),
  'shows the attributes of a queue': (subject) =>
    attributesOf(subject, 'QueueArn', 'RedrivePolicy', 'VisibilityTimeout', 'DelaySeconds'),
  'shows no attribute if none is requested': (subject) => attributesOf(subject),
  'does not show an attribute that does not exist': (subject) =>
    attributesOf(subject, 'Nothing' as QueueAttributeName),
  'does not show a queue that is not there': (subject) =>
    attributesOf({ ...subject, QueueUrl: `${subject.QueueUrl}-not` }, 'All'),
  'purges a queue': ({ sqs, QueueUrl }) => sqs.purgeQueue({ QueueUrl }),
  'counts messages by what they wait for': async (subject) => {
    const { sqs, QueueUrl } = subject;
    for (const DelaySeconds of [0, 0, 900])
      await sqs.sendMessage({ QueueUrl, MessageBody: 'x', DelaySeconds });
    await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 1 });
    return attributesOf(subject, ...counts);
  },
  'does not purge it twice within a minute': ({ sqs, QueueUrl }) => sqs.purgeQueue({ QueueUrl }),
};
