import { stackNames } from '../../shared/core/stack.ts';
import type { Context } from '../../shared/doctor/context.ts';
import { failed, ok, warning } from '../../shared/doctor/finding.ts';
import type { LedgerState, RuleState, SampleEvent } from '../../shared/doctor/ports.ts';
import {
  checkEventRule,
  checkSchedule,
  driftEvents,
  roleEvents,
  ruleChecks,
} from '../../shared/doctor/rule-checks.ts';
import { accountId, settings } from '../support/settings.ts';

const names = stackNames('prod');
const queueArn = `arn:aws:sqs:us-east-1:${accountId}:rolebridge-prod-reconcile`;
const there = (
  fields: Partial<Extract<RuleState, { readonly kind: 'there' }>> = {},
): Extract<RuleState, { readonly kind: 'there' }> => ({
  kind: 'there',
  isEnabled: true,
  pattern: '{"source":["aws.iam"]}',
  schedule: '',
  targets: [queueArn],
  ...fields,
});
const checkRule = (rule: RuleState, missed: readonly SampleEvent[] = []) =>
  checkEventRule(names.roleEventsRule, names, 'prod', rule, missed);

describe('a rule that feeds the queue', () => {
  it('is ok if it is enabled, has the queue as its target and misses no event', () => {
    expect(checkRule(there())).toEqual(
      ok('rolebridge-prod-role-events in us-east-1 is enabled and feeds rolebridge-prod-reconcile.'),
    );
  });

  it('is missing', () => {
    expect(checkRule({ kind: 'absent' })).toEqual(
      failed('us-east-1 has no rule rolebridge-prod-role-events.', 'Deploy the stack: npm run deploy'),
    );
  });

  it('is disabled', () => {
    expect(checkRule(there({ isEnabled: false }))).toEqual(
      failed(
        'The rule rolebridge-prod-role-events is disabled.',
        'Enable it: aws events enable-rule --name rolebridge-prod-role-events --region us-east-1',
      ),
    );
  });

  it('has no target, or another one', () => {
    expect(checkRule(there({ targets: [] })).message).toContain('(it has none)');
    expect(checkRule(there({ targets: ['arn:aws:sqs:us-east-1:1:other'] })).message).toContain(
      '(arn:aws:sqs:us-east-1:1:other)',
    );
    expect(checkRule(there({ targets: [] }))).toMatchObject({
      status: 'failed',
      fix: 'Restore its target: npm run deploy',
    });
    expect(
      checkRule(there({ targets: ['rolebridge-prod-reconcile', 'x:rolebridge-prod-reconcile'] })).status,
    ).toBe('failed');
  });

  it('has a pattern that misses events: lists them', () => {
    expect(checkRule(there(), roleEvents(accountId, 'gcp').slice(0, 3))).toEqual(
      failed(
        'The pattern of the rule rolebridge-prod-role-events does not match events that rolebridge.yml calls for: TagRole, UntagRole and CreateRole.',
        'Deploy the settings of rolebridge.yml: npm run deploy',
      ),
    );
    expect(checkRule(there(), driftEvents(accountId)).message).toContain(': Google Access Drift Detected.');
  });
});

describe('the sample events', () => {
  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html
  const mandatory = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type'];

  it('have every field that EventBridge requires', () => {
    for (const event of [...roleEvents(accountId, 'gcp'), ...driftEvents(accountId)])
      expect(Object.keys(event)).toEqual(expect.arrayContaining(mandatory));
  });

  it("look like CloudTrail's: the tag appears with other tags", () => {
    const detail = (eventName: string, requestParameters: object) => ({
      detail: { eventName, requestParameters },
    });
    const tags = [{ key: 'other' }, { key: 'gcp' }];
    expect(roleEvents(accountId, 'gcp')).toMatchObject([
      {
        source: 'aws.iam',
        'detail-type': 'AWS API Call via CloudTrail',
        account: accountId,
        region: 'us-east-1',
        ...detail('TagRole', { roleName: 'app-example', tags }),
      },
      detail('UntagRole', { tagKeys: ['other', 'gcp'] }),
      detail('CreateRole', { tags }),
      detail('DeleteRole', { roleName: 'app-example' }),
    ]);
  });
});

describe('checking the rules', () => {
  const revoked: LedgerState = {
    kind: 'there',
    name: 'ledger',
    isProtected: true,
    isRecoverable: true,
    isEmpty: false,
    revokeAll: { at: '2026-11-24T12:00:00Z', answeredBy: 'arn:aws:iam::1:user/a' },
  };
  const run = async (
    id: string,
    rule: RuleState,
    isMatch: (pattern: string, event: SampleEvent) => boolean = () => true,
    {
      ledger = { kind: 'absent', name: '' },
      isReadable = true,
    }: { ledger?: LedgerState; isReadable?: boolean } = {},
  ) => {
    const tested: [string, SampleEvent][] = [];
    const context = {
      names,
      stage: 'prod',
      identity: () => Promise.resolve({ accountId, arn: '' }),
      settingsIfAny: () => Promise.resolve(isReadable ? settings : undefined),
      aws: {
        rule: () => Promise.resolve(rule),
        ledger: () => Promise.resolve(ledger),
        isMatch: (pattern: string, event: SampleEvent) => {
          tested.push([pattern, event]);
          return Promise.resolve(isMatch(pattern, event));
        },
      },
    } as unknown as Context;
    const finding = await ruleChecks(context)
      .find((check) => check.id === id)
      ?.run();
    return { finding, tested };
  };

  it('asks EventBridge about each event that the rule must match', async () => {
    const { finding, tested } = await run('role-events-rule', there());
    expect(finding?.status).toBe('ok');
    expect(tested).toEqual(roleEvents(accountId, settings.tagKey).map((event) => [there().pattern, event]));
    expect((await run('drift-rule', there())).tested).toEqual([[there().pattern, ...driftEvents(accountId)]]);
  });

  it('reports the events that EventBridge says the rule misses', async () => {
    const { finding } = await run(
      'role-events-rule',
      there(),
      (_, { detail }) => 'eventName' in detail && detail.eventName !== 'DeleteRole',
    );
    expect(finding).toMatchObject({ status: 'failed', message: expect.stringMatching(/: DeleteRole\.$/) });
  });

  it('reports all events for a rule without a pattern, and does not ask', async () => {
    const { finding, tested } = await run('role-events-rule', there({ pattern: '' }));
    expect(finding?.message).toContain('TagRole, UntagRole, CreateRole and DeleteRole');
    expect(tested).toEqual([]);
  });

  it('does not ask about a rule that delivers nothing anyway, so a missing permission does not hide that', async () => {
    for (const rule of [{ kind: 'absent' } as const, there({ isEnabled: false }), there({ targets: [] })]) {
      const { finding, tested } = await run('role-events-rule', rule);
      expect([finding?.status, tested]).toEqual(['failed', []]);
    }
  });

  it('does not ask if rolebridge.yml cannot be read: the tag key is unknown', async () => {
    const { finding, tested } = await run('role-events-rule', there(), () => false, { isReadable: false });
    expect([finding?.status, tested]).toEqual(['ok', []]);
  });

  it('names the permission to test patterns', () => {
    const permissions = ruleChecks({ names, aws: {} } as unknown as Context).map(({ id, permission }) => [
      id,
      permission.includes('events:TestEventPattern'),
    ]);
    expect(permissions).toEqual([
      ['role-events-rule', true],
      ['drift-rule', true],
      ['schedule-rule', false],
    ]);
  });

  it('explains disabled rules by revoke --all, which disables all but the drift rule', async () => {
    const disabled = there({ isEnabled: false });
    for (const id of ['role-events-rule', 'schedule-rule'])
      expect((await run(id, disabled, undefined, { ledger: revoked })).finding).toMatchObject({
        status: 'unknown',
        because: 'ledger',
      });
    for (const [id, rule] of [
      ['drift-rule', disabled],
      ['role-events-rule', { kind: 'absent' } as const],
    ] as const)
      expect((await run(id, rule, undefined, { ledger: revoked })).finding?.status).toBe('failed');
    expect((await run('schedule-rule', disabled)).finding?.status).toBe('failed');
  });

  it('compares the schedule with rolebridge.yml', async () => {
    const target = `arn:aws:lambda:us-east-1:${accountId}:function:rolebridge-prod-sweep`;
    const rule = there({ pattern: '', schedule: settings.sweep.schedule, targets: [target] });
    expect((await run('schedule-rule', rule)).finding?.status).toBe('ok');
    expect((await run('schedule-rule', { ...rule, schedule: 'rate(9 days)' })).finding?.status).toBe(
      'warning',
    );
    expect(
      (await run('schedule-rule', { ...rule, schedule: 'rate(9 days)' }, undefined, { isReadable: false }))
        .finding?.status,
    ).toBe('ok');
  });
});

describe('the schedule of the sweep', () => {
  const sweepArn = `arn:aws:lambda:us-east-1:${accountId}:function:rolebridge-prod-sweep`;
  const rule = there({ pattern: '', schedule: 'rate(1 hour)', targets: [sweepArn] });

  it('is ok if it is that of rolebridge.yml, or if the file cannot be read', () => {
    const well = ok('rolebridge-prod-sweep starts the sweep: rate(1 hour).');
    expect(checkSchedule(names, 'prod', rule, 'rate(1 hour)')).toEqual(well);
    expect(checkSchedule(names, 'prod', rule, undefined)).toEqual(well);
  });

  it('differs from rolebridge.yml', () => {
    expect(checkSchedule(names, 'prod', rule, 'rate(1 day)')).toEqual(
      warning(
        'The sweep runs at rate(1 hour), but sweep.schedule in rolebridge.yml is rate(1 day).',
        'Deploy the settings of rolebridge.yml: npm run deploy',
      ),
    );
  });

  it('starts nothing', () => {
    expect(checkSchedule(names, 'prod', { ...rule, targets: [queueArn] }, undefined)).toEqual(
      failed(
        'The schedule rolebridge-prod-sweep does not start the function rolebridge-prod-sweep.',
        'Restore its target: npm run deploy',
      ),
    );
    expect(checkSchedule(names, 'prod', { kind: 'absent' }, undefined).status).toBe('failed');
  });
});
