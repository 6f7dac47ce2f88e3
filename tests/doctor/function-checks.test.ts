import { stackNames } from '../../shared/core/stack.ts';
import { failed, ok, warning } from '../../shared/doctor/finding.ts';
import {
  checkDeadLetters,
  checkErrors,
  checkEventSource,
  checkFunctions,
  checkQueue,
  isSignInFailure,
  quoted,
} from '../../shared/doctor/function-checks.ts';
import type { FunctionState, LogLine } from '../../shared/doctor/ports.ts';
import { accountId } from '../support/settings.ts';

const names = stackNames('prod');
const absent = { kind: 'absent' } as const;
const active = (name: string, fields: Partial<Exclude<FunctionState, { kind: 'absent' }>> = {}) => ({
  name,
  state: {
    kind: 'there',
    state: 'Active',
    lastUpdate: 'Successful',
    reason: '',
    roleArn: `arn:aws:iam::${accountId}:role/${name}`,
    ...fields,
  } as const,
});

describe('the functions', () => {
  it('are well: deployed, active or asleep, each as its own role', () => {
    expect(checkFunctions('prod', [active('a'), active('b', { state: 'Inactive' })])).toEqual(
      ok('a and b are deployed and active.'),
    );
  });

  it('are not deployed at all: perhaps it is another stage', () => {
    const none = [
      { name: 'a', state: absent },
      { name: 'b', state: absent },
    ];
    expect(checkFunctions('test', none)).toEqual(
      failed(
        'No stage test of rolebridge is deployed in us-east-1: there is no function a and no b.',
        'Deploy it: npm run deploy -- --stage test\nOr name the stage that is deployed: rolebridge doctor --stage <name>',
      ),
    );
  });

  it('one is missing', () => {
    expect(checkFunctions('prod', [active('a'), { name: 'b', state: absent }])).toEqual(
      failed('us-east-1 has no function b.', 'Deploy the stack: npm run deploy'),
    );
  });

  it.each([
    [
      { state: 'Failed', reason: 'no such layer' },
      'The function a is Failed, its last update Successful (no such layer).',
    ],
    [{ lastUpdate: 'Failed' }, 'The function a is Active, its last update Failed.'],
  ])('%o', (fields, message) => {
    expect(checkFunctions('prod', [active('a', fields)])).toEqual(
      failed(message, 'Deploy it anew: npm run deploy'),
    );
  });

  it('one runs as a role that Google does not admit', () => {
    expect(checkFunctions('prod', [active('a', { roleArn: 'arn:aws:iam::1:role/other' })])).toEqual(
      failed(
        'The function a runs as arn:aws:iam::1:role/other; Google admits the role a alone.',
        'Deploy it with its own role: npm run deploy',
      ),
    );
  });
});

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
      ok('rolebridge-prod-reconcile takes from rolebridge-prod-reconcile.'),
    );
  });
  it('is missing, or of another queue', () => {
    const missing = failed(
      'The function rolebridge-prod-reconcile does not take from the queue rolebridge-prod-reconcile.',
      'Deploy the stack: npm run deploy',
    );
    expect(judge()).toEqual(missing);
    expect(judge(source('Enabled', 'other'))).toEqual(missing);
  });
  it('is on its way', () => {
    expect(judge(source('Enabling'))).toEqual(
      warning(
        'The event source mapping u-1 of rolebridge-prod-reconcile is Enabling.',
        'Look again in a minute: rolebridge doctor',
      ),
    );
  });
  it.each(['Disabled', 'Disabling'])('is %s', (state) => {
    expect(judge(source(state))).toEqual(
      failed(
        `The function rolebridge-prod-reconcile takes nothing from the queue rolebridge-prod-reconcile: its event source mapping u-1 is ${state}.`,
        'Enable it: aws lambda update-event-source-mapping --uuid u-1 --enabled --region us-east-1',
      ),
    );
  });
});

describe('the queues', () => {
  const queue = (waiting: number) => ({ kind: 'there', arn: 'arn:q', waiting }) as const;
  it('few wait, many wait, or there is none', () => {
    expect(checkQueue('q', 'prod', queue(999))).toEqual(ok('q: 999 messages waiting.'));
    expect(checkQueue('q', 'prod', queue(1000))).toEqual(
      warning(
        '1000 messages wait in q: tags take effect late.',
        'See what the function says: aws logs tail /aws/lambda/q --since 1h --region us-east-1',
      ),
    );
    expect(checkQueue('q', 'prod', absent)).toEqual(
      failed('us-east-1 has no queue q.', 'Deploy the stack: npm run deploy'),
    );
  });
  it('dead letters: how to see why, and how to hand them back', () => {
    expect(checkDeadLetters('d', names, 'prod', queue(0))).toEqual(ok('d is empty.'));
    expect(checkDeadLetters('d', names, 'prod', queue(1))).toEqual(
      failed(
        '1 message in d: roles that could not be reconciled in 8 tries, or events that EventBridge could not deliver.',
        `See why: aws logs filter-log-events --log-group-name /aws/lambda/rolebridge-prod-reconcile --filter-pattern '"tried again"' --region us-east-1\n` +
          'Then hand them back: aws sqs start-message-move-task --source-arn arn:q --destination-arn arn:rolebridge-prod-reconcile --region us-east-1',
      ),
    );
    expect(checkDeadLetters('d', names, 'prod', absent).status).toBe('failed');
  });
});

describe('errors in the logs', () => {
  const line = (at: string, text: string): LogLine => ({ functionName: 'f', at, text });
  const door = line('2026-01-03', 'rolebridge could not sign in to Google: no');

  it('none, or at the door of Google, which another check tells', () => {
    const none = ok('No function ended in an error within 24 hours.');
    expect([checkErrors([]), checkErrors([door])]).toEqual([none, none]);
    expect(isSignInFailure(door)).toBe(true);
  });
  it('the last one, in whatever order they come', () => {
    expect(checkErrors([line('2026-01-02', 'second\n'), line('2026-01-01', 'first'), door])).toEqual(
      warning(
        '2 errors within 24 hours, the last one of f at 2026-01-02: second',
        'Read on: aws logs tail /aws/lambda/f --since 1d --region us-east-1\ndocs/operations.md says what to do.',
      ),
    );
    expect(checkErrors([line('2026-01-01', 'x')]).message).toMatch(/^1 error within/);
    expect(checkErrors([line('2026-01-01', 'first'), line('2026-01-02', 'second')]).message).toContain(
      'second',
    );
  });
  it('is one line, and not too long', () => {
    expect(quoted(line('t', ' a\n\tb '))).toBe('f at t: a b');
    expect(quoted(line('t', 'x'.repeat(301)))).toBe(`f at t: ${'x'.repeat(300)}…`);
  });
});
