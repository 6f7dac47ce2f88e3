import { PermanentError } from '../../shared/core/errors.ts';
import { memberRole, stackNames } from '../../shared/core/stack.ts';
import { checkBus } from '../../shared/doctor/bus-check.ts';
import { failed, ok } from '../../shared/doctor/finding.ts';
import { checkForwardRole } from '../../shared/doctor/member-forward-check.ts';
import { checkMemberRoles } from '../../shared/doctor/member-roles-check.ts';
import { checkMemberRule } from '../../shared/doctor/member-rule-check.ts';
import { checkViewer, type Evidence } from '../../shared/doctor/member-viewer-check.ts';
import type { RoleDetail, RuleState, SampleEvent } from '../../shared/doctor/ports.ts';
import { roleEvents } from '../../shared/doctor/rule-checks.ts';
import { accountId as home, settings } from '../support/settings.ts';

const member = '444455556666';
const bus = `arn:aws:events:us-east-1:${home}:event-bus/rolebridge-prod`;
const forwardRole = memberRole('prod', settings, member, 'forward').arn;
const restore =
  'Deploy the member template there: rolebridge member --print cloudformation\nIf its stack exists there, delete the stack first: an update does not restore what someone deleted.';
const policy = (...Statement: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement });

const roleWith = (trust: string): RoleDetail => ({
  kind: 'there',
  roleName: 'r',
  roleId: 'AROA1',
  arn: 'arn:aws:iam::444455556666:role/r',
  tags: [],
  trust,
});

describe('the forwarding rule', () => {
  const rule = {
    kind: 'there',
    isEnabled: true,
    pattern: '{}',
    schedule: '',
    targets: [bus],
    targetRoles: new Map([[bus, forwardRole]]),
  } as const satisfies RuleState;
  const check = (state: RuleState, missed: readonly SampleEvent[] = []) =>
    checkMemberRule('prod', { rule: state, bus, forwardRole, missed });

  it('is fine if it is enabled and forwards to our bus with our role', () => {
    expect(check(rule)).toEqual(ok('Its rule forwards role events.'));
  });

  it.each([
    ['is missing', { kind: 'absent' }, 'us-east-1 has no rule rolebridge-prod-forward.'],
    ['has no target', { ...rule, targets: [] }, `does not have the bus ${bus} as its target (it has none)`],
    [
      'has another target',
      { ...rule, targets: [`${bus}2`] },
      `does not have the bus ${bus} as its target (${bus}2)`,
    ],
    ['has a target without a role', { ...rule, targetRoles: new Map() }, 'has no role to forward with'],
    [
      'has a target with another role',
      { ...rule, targetRoles: new Map([[bus, 'x']]) },
      'has another role to forward with',
    ],
  ] as const)('fails if it %s', (_, state, message) => {
    expect(check(state)).toEqual(failed(expect.stringContaining(message), restore));
  });

  it('fails if it is disabled or misses an event', () => {
    expect(check({ ...rule, isEnabled: false })).toEqual(
      failed(
        'The rule rolebridge-prod-forward is disabled.',
        expect.stringContaining('aws events enable-rule --name rolebridge-prod-forward --region us-east-1'),
      ),
    );
    expect(check(rule, roleEvents(member, 'google-access')).message).toContain(
      'does not match events that rolebridge.yml calls for: TagRole, UntagRole, CreateRole and DeleteRole.',
    );
  });
});

describe('the forwarding role', () => {
  const trust = policy({
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sts:AssumeRole',
  });
  const put = policy({ Effect: 'Allow', Action: 'events:PutEvents', Resource: bus });
  const check = (role: RoleDetail, policies: readonly string[]) =>
    checkForwardRole('prod', { name: 'rolebridge-prod-forward', accountId: member, bus, role, policies });

  it('is fine if EventBridge may assume it and it may put events on the bus', () => {
    expect(check(roleWith(trust), [policy(), put])).toEqual(ok('EventBridge may forward to the bus.'));
  });

  it.each([
    ['is missing', { kind: 'absent' }, [], 'There is no role rolebridge-prod-forward.'],
    [
      'trusts another service',
      roleWith(trust.replace('events.', 'lambda.')),
      [put],
      'does not admit events.amazonaws.com',
    ],
    ['has no policy', roleWith(trust), [], 'does not allow events:PutEvents'],
    [
      'may write to another bus',
      roleWith(trust),
      [put.replace('-prod', '-test')],
      'does not allow events:PutEvents',
    ],
  ] as const)('fails if it %s', (_, role, policies, message) => {
    expect(check(role, policies)).toEqual(failed(expect.stringContaining(message), restore));
  });

  it('is unknown if its policies cannot be evaluated', () => {
    const odd = (text: string) =>
      text.replace('"Effect":"Allow"', '"Effect":"Allow","Condition":{"Bool":{"x":"y"}}');
    expect(check(roleWith(trust), [odd(put)]).status).toBe('unknown');
    expect(check(roleWith(odd(trust)), [put]).status).toBe('unknown');
  });
});

describe('the roles of the functions', () => {
  const reconcile = `arn:aws:iam::${home}:role/rolebridge-prod-reconcile`;
  const sweep = `arn:aws:iam::${home}:role/rolebridge-prod-sweep`;
  const trusting = (functionRole: string): RoleDetail =>
    roleWith(
      policy({
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${home}:root` },
        Action: 'sts:AssumeRole',
        Condition: { ArnEquals: { 'aws:PrincipalArn': functionRole } },
      }),
    );
  const roles = (admitted: readonly [RoleDetail, RoleDetail]) => [
    { name: 'm', arn: `arn:aws:iam::${member}:role/m`, functionRole: reconcile, role: admitted[0] },
    { name: 'm-read', arn: `arn:aws:iam::${member}:role/m-read`, functionRole: sweep, role: admitted[1] },
  ];
  const check = (admitted: readonly [RoleDetail, RoleDetail], text?: string) =>
    checkMemberRoles('prod', {
      home,
      organization: undefined,
      roles: roles(admitted),
      lines: text === undefined ? [] : [{ functionName: 'f', at: '2026-11-29T12:00:00Z', text }],
    });

  it('are fine if each admits its function', () => {
    expect(check([trusting(reconcile), trusting(sweep)])).toEqual(ok('Both functions are admitted.'));
    expect(
      check([trusting(reconcile), trusting(sweep)], 'assuming arn:aws:iam::777788889999:role/m').status,
    ).toBe('ok');
  });

  it.each([
    ['missing', [{ kind: 'absent' }, trusting(sweep)], 'There is no role m.'],
    [
      'exchanged',
      [trusting(reconcile), trusting(reconcile)],
      `The trust policy of role m-read does not admit ${sweep}.`,
    ],
  ] as const)('fail if one is %s', (_, admitted, message) => {
    expect(check(admitted)).toEqual(failed(message, restore));
  });

  it('are a warning if a function recently could not assume one', () => {
    const finding = check(
      [trusting(reconcile), trusting(sweep)],
      `AWS does not let rolebridge assume arn:aws:iam::${member}:role/m-read (denied)`,
    );
    expect(finding).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('last f at 2026-11-29'),
    });
  });
});

it('the roles of the functions: a denied call is a different warning from a role that cannot be assumed', () => {
  const admitting = roleWith(policy({ Effect: 'Allow', Principal: { AWS: home }, Action: 'sts:AssumeRole' }));
  const check = (text: string) =>
    checkMemberRoles('prod', {
      home,
      organization: undefined,
      roles: ['m', 'm-read'].map((name) => ({
        name,
        arn: `arn:aws:iam::${member}:role/${name}`,
        functionRole: `arn:aws:iam::${home}:role/f`,
        role: admitting,
      })),
      lines: [{ functionName: 'f', at: '2026-11-29T12:00:00Z', text }],
    });
  const denied = `reading role x: GetRole in AWS account ${member}: AccessDenied: no. Check in that account that the policy of role m allows iam:GetRole`;
  expect(check(denied)).toMatchObject({
    status: 'warning',
    message: expect.stringContaining('AWS denied a function a call in the account, last f at 2026-11-29'),
    fix: expect.stringContaining(
      `the policy of the role that the message names may lack the call. ${restore}`,
    ),
  });
  expect(check(denied.replace('role m ', 'role other ')).status).toBe('ok');
  expect(check(denied.replaceAll(member, '777788889999')).status).toBe('ok');
});

describe('the viewer role', () => {
  const refused = new PermanentError('AWS does not let you assume it.');
  const unexplained = new PermanentError('AWS gives no reason.', { because: 'assumeUnexplained' });
  const check = (failure: PermanentError | undefined, evidence: Evidence = { askedCount: 0 }) =>
    checkViewer('prod', member, failure, evidence);
  const other = '777788889999';

  it('is a blind spot, with the fix, if it cannot be assumed', () => {
    expect(check(undefined).status).toBe('ok');
    expect(check(refused, { askedCount: 3, reached: new Set() })).toMatchObject({
      status: 'unknown',
      message: 'Not checked: AWS does not let you assume it.',
      fix: expect.stringContaining('OperatorArns'),
    });
  });

  it('is missing or lacks the caller: the functions and the other accounts show which', () => {
    const start = 'Not checked: AWS gives no reason.';
    expect(check(unexplained).message).toBe(start);
    expect(check(unexplained, { askedCount: 1 }).message).toBe(
      `${start} You cannot read the others either, so your own policy may be the cause.`,
    );
    const own = 'rolebridge permissions --print doctor';
    expect(check(unexplained, { askedCount: 1 })).toMatchObject({ fix: expect.stringContaining(own) });
    const readable = { askedCount: 1, readable: other };
    expect(check(unexplained, readable)).toMatchObject({ fix: expect.not.stringContaining(own) });
    expect(check(unexplained, { ...readable, reached: new Set([member]) }).message).toBe(
      `${start} You can read account ${other}, so your own policy is not the cause. The functions have reached this account, so its stack is there: OperatorArns is empty or does not name your role.`,
    );
    expect(check(unexplained, { askedCount: 0, reached: new Set([other]) }).message).toBe(
      `${start} The functions have never reached this account, so its stack is probably missing.`,
    );
  });
});

describe('the bus', () => {
  const name = stackNames('prod').memberBus;
  const senders = [{ accountId: member, forwardRole }];
  const check = (Condition: object, organization?: string, Principal: unknown = '*') =>
    checkBus(
      name,
      'prod',
      {
        kind: 'there',
        arn: bus,
        policy: policy({ Effect: 'Allow', Principal, Action: 'events:PutEvents', Resource: bus, Condition }),
      },
      { organization, senders },
    );

  it('admits the accounts of the organization, or those of a list', () => {
    const inOrganization = {
      StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' },
      ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/rolebridge-prod-forward' },
    };
    expect(check(inOrganization, 'o-a1b2c3d4e5')).toEqual(ok(`${name} admits ${member}.`));
    expect(check({}, undefined, { AWS: [`arn:aws:iam::${member}:root`] }).status).toBe('ok');
  });

  it('fails for an account that it does not admit', () => {
    const fix = 'Deploy the accounts of rolebridge.yml: npm run deploy';
    expect(check({ StringEquals: { 'aws:PrincipalOrgID': 'o-other' } }, 'o-a1b2c3d4e5')).toEqual(
      failed(`The policy of the bus ${name} does not admit ${member}.`, fix),
    );
    expect(checkBus(name, 'prod', { kind: 'absent' }, { organization: undefined, senders })).toEqual(
      failed(`us-east-1 has no event bus ${name}.`, fix),
    );
    expect(
      checkBus(name, 'prod', { kind: 'there', arn: bus, policy: '' }, { organization: undefined, senders })
        .status,
    ).toBe('failed');
  });

  it('is unknown if the organization is not known', () => {
    expect(check({ StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } }).status).toBe('unknown');
  });
});
