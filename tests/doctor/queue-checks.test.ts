import { stackNames } from '../../shared/core/stack.ts';
import { failed, ok, warning } from '../../shared/doctor/finding.ts';
import { checkDeadLetters, checkEventSource, checkQueue } from '../../shared/doctor/queue-checks.ts';

const names = stackNames('prod');
const absent = { kind: 'absent' } as const;

describe('the event source mapping', () => {
  const source = (state: string, queue = 'rolebridge-prod-reconcile') => ({
    id: 'u-1',
    queueArn: `arn:aws:sqs:us-east-1:1:${queue}`,
    state,
  });
  const judge = (...sources: readonly ReturnType<typeof source>[]) =>
    checkEventSource(names, 'prod', sources);

  it('is enabled', () => {
    expect(judge(source('Disabled'), source('Enabled'))).toEqual(
      ok('rolebridge-prod-reconcile polls rolebridge-prod-reconcile.'),
    );
  });
  it('is missing, or reads another queue', () => {
    const missing = failed(
      'The function rolebridge-prod-reconcile does not poll the queue rolebridge-prod-reconcile.',
      'Deploy the stack: npm run deploy',
    );
    expect(judge()).toEqual(missing);
    expect(judge(source('Enabled', 'other'))).toEqual(missing);
  });
  it('is being enabled', () => {
    expect(judge(source('Enabling'))).toEqual(
      warning(
        'The event source mapping u-1 of rolebridge-prod-reconcile is Enabling.',
        'Check again in a minute: rolebridge doctor',
      ),
    );
  });
  it.each(['Disabled', 'Disabling'])('is %s', (state) => {
    expect(judge(source(state))).toEqual(
      failed(
        `The function rolebridge-prod-reconcile does not poll the queue rolebridge-prod-reconcile: its event source mapping u-1 is ${state}.`,
        'Enable it: aws lambda update-event-source-mapping --uuid u-1 --enabled --region us-east-1',
      ),
    );
  });
});

describe('the queues', () => {
  const queue = (waiting: number) => ({ kind: 'there', arn: 'arn:q', waiting }) as const;
  it('warn from 1,000 waiting messages on, and fail if there is no queue', () => {
    expect(checkQueue('q', 'prod', queue(999))).toEqual(ok('q: 999 messages waiting.'));
    expect(checkQueue('q', 'prod', queue(1000))).toEqual(
      warning(
        '1000 messages wait in q, so tags take effect late.',
        "Read the function's log: aws logs tail /aws/lambda/q --since 1h --region us-east-1",
      ),
    );
    expect(checkQueue('q', 'prod', absent)).toEqual(
      failed('us-east-1 has no queue q.', 'Deploy the stack: npm run deploy'),
    );
  });
  it('explain how to find the reason for dead letters, and how to redrive them', () => {
    expect(checkDeadLetters('d', names, 'prod', queue(0))).toEqual(ok('d is empty.'));
    expect(checkDeadLetters('d', names, 'prod', queue(1))).toEqual(
      failed(
        '1 message in d: roles that could not be reconciled in 8 tries, or events that EventBridge could not deliver.',
        `Find the reason: aws logs filter-log-events --log-group-name /aws/lambda/rolebridge-prod-reconcile --filter-pattern '"tried again"' --region us-east-1\n` +
          'Then return them to the queue: aws sqs start-message-move-task --source-arn arn:q --destination-arn arn:rolebridge-prod-reconcile --region us-east-1',
      ),
    );
    expect(checkDeadLetters('d', names, 'prod', absent).status).toBe('failed');
  });
});
