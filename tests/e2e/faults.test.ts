import { SQSClient, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { deniedCalls } from '../support/authorize.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { reader, writer } from '../support/settings.ts';

const key = 'google-access';
const own = 'rolebridge@acme-identity.iam.gserviceaccount.com';

let cloud: Cloud;
beforeEach(async () => {
  cloud = await startCloud();
  cloud.addServiceAccount(reader);
  cloud.addServiceAccount(writer);
});
afterEach(async () => {
  await cloud.close();
  expect(deniedCalls).toEqual([]);
});

/** Waits until a condition holds. The tests never depend on how long that takes. */
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) {
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
};

describe('Google is down', () => {
  it.each([
    [
      '5xx',
      { kind: 'error', code: 503, status: 'UNAVAILABLE', message: 'The service is currently unavailable.' },
    ],
    ['dropped connections', { kind: 'drop' }],
  ] as const)(
    '%s: the message is redelivered, and is applied when Google is back',
    async (_, verdict) => {
      const recover = cloud.google.intercept(({ method }) =>
        method.startsWith('iam.') ? verdict : undefined,
      );
      await cloud.createRole('reports', { [key]: reader });
      await until(() => cloud.stack.queue.messages.some(({ receiveCount }) => receiveCount >= 2));
      expect(cloud.boundTo(reader)).toEqual([]);
      recover();
      await cloud.settled();
      expect(cloud.boundTo(reader)).toEqual(['reports']);
      // Each delay is longer than the one before.
      const delays = cloud.aws.calls
        .filter(({ action }) => action === 'sqs:ChangeMessageVisibilityBatch')
        .flatMap(({ input }) =>
          (input['Entries'] as readonly { VisibilityTimeout: number }[]).map(
            (entry) => entry.VisibilityTimeout,
          ),
        );
      expect(delays.length).toBeGreaterThan(0);
      expect(delays).toEqual([30, 60, 120, 240, 480, 900].slice(0, delays.length));
      // The redelivered message ends with the complete state of the role.
      expect(cloud.outcomeTypes()).toEqual(['Granted', 'Confirmed']);
      expect(cloud.stack.deadLetterQueue.messages).toEqual([]);
    },
    60_000,
  );

  it('for one account alone: others are not delayed; after the configured receives the message is in the dead-letter queue, and can be redriven', async () => {
    const recover = cloud.google.intercept(({ resource }) =>
      resource.includes(reader) && !resource.includes(own)
        ? { kind: 'error', code: 500, status: 'INTERNAL', message: 'Internal error.' }
        : undefined,
    );
    await cloud.createRole('reports', { [key]: reader });
    await cloud.createRole('app-1', { [key]: writer });
    await until(() => cloud.boundTo(writer).length === 1);
    // Delays grow with the receives. Here the queue hands the message out immediately, so that this takes seconds.
    const hurry = setInterval(() => {
      for (const message of cloud.stack.queue.messages)
        if (message.receiveCount > 0 && message.visibleAt > performance.now() + 300)
          message.visibleAt = performance.now() + 300;
    }, 20);
    await until(() => cloud.stack.deadLetterQueue.messages.length === 1);
    clearInterval(hurry);
    expect(cloud.boundTo(reader)).toEqual([]);
    expect(cloud.boundTo(writer)).toEqual(['app-1']);
    // Subscribers to outcomes get it once, with the reason.
    await until(() => cloud.stack.running() === 0);
    const failed = cloud.outcomes().filter(({ type }) => type === 'Failed');
    expect(failed.map(({ detail }) => detail)).toEqual([
      expect.objectContaining({
        role: expect.objectContaining({ roleName: 'reports' }),
        tag: { key, value: reader },
        reason: expect.stringMatching(/Internal error.*That was the last try/),
      }),
    ]);

    // The command is in docs/operations.md.
    recover();
    const sqs = new SQSClient({
      endpoint: cloud.aws.url,
      region: 'us-east-1',
      credentials: cloud.aws.admin,
    });
    await sqs.send(
      new StartMessageMoveTaskCommand({
        SourceArn: 'arn:aws:sqs:us-east-1:111122223333:rolebridge-prod-reconcile-dead',
        DestinationArn: 'arn:aws:sqs:us-east-1:111122223333:rolebridge-prod-reconcile',
      }),
    );
    await cloud.settled();
    expect(cloud.boundTo(reader)).toEqual(['reports']);
    expect(cloud.stack.deadLetterQueue.messages).toEqual([]);
  }, 120_000);
});

describe('a function killed between any two of its calls, then untag', () => {
  /** Calls of the function on the way to a grant, to AWS and to Google, in order. */
  const countCalls = async (): Promise<number> => {
    // The very first grant records what the configuration uses. Later containers only look it up.
    await cloud.createRole('app-1', { [key]: reader });
    await cloud.settled();
    await cloud.deleteRole('app-1');
    await cloud.settled();
    cloud.stack.killContainers();
    const [aws, google] = [cloud.aws.calls.length, cloud.google.calls.length];
    const later = () => cloud.aws.calls.slice(aws);
    await cloud.createRole('reports', { [key]: reader });
    await until(() => later().some(({ action }) => action === 'sqs:SendMessageBatch'));
    const fromFunction = later().filter(({ principalArn }) => principalArn.includes('rolebridge-prod'));
    return fromFunction.length + cloud.google.calls.length - google;
  };

  it('leaves no binding and no parameter behind', async () => {
    const total = await countCalls();
    expect(total).toBeGreaterThan(10);
    await cloud.untag('reports', key);
    await cloud.settled();
    let killed = 0;
    for (let position = 0; position < total; position += 1) {
      let seen = 0;
      const kill = () => {
        seen += 1;
        if (seen !== position + 1) return;
        cloud.stack.killContainers();
        killed += 1;
      };
      const listening = [
        cloud.aws.afterwards(({ principalArn }) => {
          if (principalArn.includes('rolebridge-prod')) kill();
        }),
        cloud.google.afterwards(kill),
      ];
      // A container that knows the pools of the scope, and is signed in, makes fewer calls than we counted.
      cloud.stack.killContainers();
      const before = cloud.stack.invocations();
      await cloud.tag('reports', { [key]: reader });
      await until(() => cloud.stack.invocations() > before && killed > position);
      for (const stop of listening) stop();
      // The tag event itself is lost with its function: only the ledger still shows the role.
      await until(() => cloud.stack.queue.messages.every(({ receiveCount }) => receiveCount > 0));
      for (const { receiptHandle } of cloud.stack.queue.messages) cloud.stack.queue.remove(receiptHandle);
      await cloud.untag('reports', key);
      await cloud.settled();
      expect({ position, bound: cloud.boundTo(reader), places: cloud.parameterPlaces() }).toEqual({
        position,
        bound: [],
        places: [],
      });
    }
    expect(killed).toBe(total);
  }, 300_000);
});

it('killed between the write and the report: the message is redelivered, and Confirmed reports the whole state', async () => {
  let kills = 0;
  cloud.aws.intercept(({ action, accessKeyId }) => {
    if (action !== 'events:PutEvents' || kills > 0) return undefined;
    kills += 1;
    cloud.stack.killCaller(accessKeyId);
    return { kind: 'drop' };
  });
  await cloud.createRole('reports', { [key]: reader });
  await until(() => kills === 1);
  // Access was granted, but no outcome was published.
  expect(cloud.boundTo(reader)).toEqual(['reports']);
  expect(cloud.outcomeTypes()).toEqual([]);
  await cloud.settled();
  expect(cloud.outcomeTypes()).toEqual(['Confirmed']);
  expect(cloud.outcomes()[0]?.detail).toMatchObject({
    role: { roleName: 'reports' },
    grants: [
      {
        grant: 'default',
        tag: { key, value: reader },
        target: { email: reader },
        parameters: [{ region: 'us-east-1' }, { region: 'eu-west-1' }],
      },
    ],
    requestedBy: 'arn:aws:sts::111122223333:assumed-role/Administrator/alice',
  });
});
