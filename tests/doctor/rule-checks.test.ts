import { readFileSync } from 'node:fs';
import { stackNames } from '../../shared/core/stack.ts';
import { failed, ok, warning } from '../../shared/doctor/finding.ts';
import type { RuleState } from '../../shared/doctor/ports.ts';
import { checkEventRule, checkSchedule, driftEvents, roleEvents } from '../../shared/doctor/rule-checks.ts';
import { accountId } from '../support/settings.ts';

const names = stackNames('prod');
const queueArn = `arn:aws:sqs:us-east-1:${accountId}:rolebridge-prod-reconcile`;
const pattern = (tagKey = 'google-access') =>
  JSON.stringify({
    source: ['aws.iam'],
    'detail-type': ['AWS API Call via CloudTrail'],
    detail: {
      eventSource: ['iam.amazonaws.com'],
      errorCode: [{ exists: false }],
      $or: [
        {
          eventName: ['TagRole', 'CreateRole'],
          requestParameters: { tags: { key: [{ prefix: { 'equals-ignore-case': tagKey } }] } },
        },
        {
          eventName: ['UntagRole'],
          requestParameters: { tagKeys: [{ prefix: { 'equals-ignore-case': tagKey } }] },
        },
        { eventName: ['DeleteRole'] },
      ],
    },
  });
const there = (
  fields: Partial<Extract<RuleState, { readonly kind: 'there' }>> = {},
): Extract<RuleState, { readonly kind: 'there' }> => ({
  kind: 'there',
  isEnabled: true,
  pattern: pattern(),
  schedule: '',
  targets: [queueArn],
  ...fields,
});
const judge = (rule: RuleState, tagKey = 'google-access') =>
  checkEventRule(names.roleEventsRule, names, 'prod', rule, roleEvents(accountId, tagKey));

describe('a rule that brings role events', () => {
  it('is well: enabled, with the queue as target and our pattern', () => {
    expect(judge(there())).toEqual(
      ok('rolebridge-prod-role-events in us-east-1 is enabled and feeds rolebridge-prod-reconcile.'),
    );
  });

  it('the pattern here is that of serverless.yml, but for the tag key', () => {
    const text = readFileSync('serverless.yml', 'utf8');
    for (const name of ['TagRole', 'CreateRole', 'UntagRole', 'DeleteRole']) expect(text).toContain(name);
    expect(text.match(/prefix: \{ equals-ignore-case/g)).toHaveLength(2);
  });

  it('is missing', () => {
    expect(judge({ kind: 'absent' })).toEqual(
      failed('us-east-1 has no rule rolebridge-prod-role-events.', 'Deploy the stack: npm run deploy'),
    );
  });

  it('is disabled', () => {
    expect(judge(there({ isEnabled: false }))).toEqual(
      failed(
        'The rule rolebridge-prod-role-events is disabled.',
        'Enable it: aws events enable-rule --name rolebridge-prod-role-events --region us-east-1',
      ),
    );
  });

  it('has no target, or another', () => {
    expect(judge(there({ targets: [] })).message).toContain('(it has none)');
    expect(judge(there({ targets: ['arn:aws:sqs:us-east-1:1:other'] })).message).toContain(
      '(arn:aws:sqs:us-east-1:1:other)',
    );
    expect(judge(there({ targets: [] }))).toMatchObject({
      status: 'failed',
      fix: 'Give it its target back: npm run deploy',
    });
    expect(
      judge(there({ targets: ['rolebridge-prod-reconcile', 'x:rolebridge-prod-reconcile'] })).status,
    ).toBe('failed');
  });

  it('is of another tag key: which events it does not let pass', () => {
    expect(judge(there(), 'gcp')).toEqual(
      failed(
        'The pattern of the rule rolebridge-prod-role-events does not let TagRole, UntagRole and CreateRole of the tag key in rolebridge.yml pass.',
        'Deploy what rolebridge.yml says: npm run deploy',
      ),
    );
    expect(judge(there({ pattern: 'no json' })).message).toContain('DeleteRole');
  });

  it('was changed by hand in a way that is not known here', () => {
    expect(judge(there({ pattern: '{"source":[{"wildcard":"aws.*"}]}' }))).toEqual({
      status: 'unknown',
      message:
        'The pattern of the rule rolebridge-prod-role-events was changed by hand: it uses the operator wildcard, which is not known here.',
      fix: 'Deploy the usual one: npm run deploy',
    });
  });

  it('events are as CloudTrail tells them: beside tags of others', () => {
    expect(roleEvents(accountId, 'gcp')).toMatchObject([
      {
        what: 'TagRole',
        event: {
          source: 'aws.iam',
          account: accountId,
          region: 'us-east-1',
          detail: {
            requestParameters: { roleName: 'app-example', tags: [{ key: 'other' }, { key: 'gcp' }] },
          },
        },
      },
      { what: 'UntagRole', event: { detail: { requestParameters: { tagKeys: ['other', 'gcp'] } } } },
      { what: 'CreateRole' },
      { what: 'DeleteRole', event: { detail: { requestParameters: { roleName: 'app-example' } } } },
    ]);
  });
});

it('a rule that brings drift lets our own event of this account pass', () => {
  const drift = (account: string) =>
    checkEventRule(
      names.driftRule,
      names,
      'prod',
      there({
        pattern: JSON.stringify({
          source: ['rolebridge'],
          'detail-type': ['Google Access Drift Detected'],
          account: [account],
        }),
      }),
      driftEvents(accountId),
    );
  expect(drift(accountId).status).toBe('ok');
  expect(drift('444455556666').message).toContain('does not let Google Access Drift Detected');
});

describe('the schedule of the sweep', () => {
  const sweepArn = `arn:aws:lambda:us-east-1:${accountId}:function:rolebridge-prod-sweep`;
  const rule = there({ pattern: '', schedule: 'rate(1 hour)', targets: [sweepArn] });

  it('starts the sweep as the file says, or as it does where the file cannot be read', () => {
    const well = ok('rolebridge-prod-sweep starts the sweep: rate(1 hour).');
    expect(checkSchedule(names, 'prod', rule, 'rate(1 hour)')).toEqual(well);
    expect(checkSchedule(names, 'prod', rule, undefined)).toEqual(well);
  });

  it('is another than in the file', () => {
    expect(checkSchedule(names, 'prod', rule, 'rate(1 day)')).toEqual(
      warning(
        'The sweep runs at rate(1 hour), and sweep.schedule in rolebridge.yml says rate(1 day).',
        'Deploy what the file says: npm run deploy',
      ),
    );
  });

  it('starts nothing', () => {
    expect(checkSchedule(names, 'prod', { ...rule, targets: [queueArn] }, undefined)).toEqual(
      failed(
        'The schedule rolebridge-prod-sweep does not start the function rolebridge-prod-sweep.',
        'Give it its target back: npm run deploy',
      ),
    );
    expect(checkSchedule(names, 'prod', { kind: 'absent' }, undefined).status).toBe('failed');
  });
});
