import { boundaryStatements } from '../../shared/permissions/boundary.ts';
import { boundaryGaps } from '../../shared/permissions/boundary-gaps.ts';
import { policyDocument } from '../../shared/permissions/policy.ts';
import { deployment } from './deployment.ts';

const needed = boundaryStatements(deployment);
const own = policyDocument(needed);
const none = { missing: [], undecided: [] };
const gapsOf = (...Statement: readonly object[]) =>
  boundaryGaps({ Version: '2012-10-17', Statement }, needed);
const all = { Effect: 'Allow', Action: '*', Resource: '*' };
const roles = 'iam:GetRole on arn:aws:iam::111122223333:role/*';

describe('a boundary that is large enough', () => {
  it('is our own, also as AWS returns it', () => {
    expect(boundaryGaps(own, needed)).toEqual(none);
    expect(boundaryGaps(JSON.parse(JSON.stringify(own)), needed)).toEqual(none);
  });

  it('allows everything, or every service that we use', () => {
    expect(gapsOf(all)).toEqual(none);
    const services = ['iam', 'ssm', 'dynamodb', 'events', 'sqs', 'logs'];
    expect(gapsOf({ ...all, Action: services.map((service) => `${service}:*`) })).toEqual(none);
    expect(gapsOf({ Effect: 'Allow', NotAction: 'organizations:*', Resource: '*' })).toEqual(none);
    expect(boundaryGaps({ Statement: all }, needed)).toEqual(none);
  });

  it('ignores the casing of actions, and the order of a condition', () => {
    const shuffled = needed.map((statement) => ({
      ...statement,
      Action: statement.Action.map((action) => action.toUpperCase()),
      ...(statement.Condition === undefined
        ? {}
        : { Condition: Object.fromEntries(Object.entries(statement.Condition).toReversed()) }),
    }));
    expect(gapsOf(...shuffled)).toEqual(none);
  });

  it('denies only things that are not ours', () => {
    const deny = { Effect: 'Deny', Action: ['iam:*'], Resource: 'arn:aws:iam::999988887777:role/*' };
    expect(gapsOf(all, deny)).toEqual(none);
    expect(gapsOf(all, { Effect: 'Deny', Action: 'iam:CreateUser', Resource: '*' })).toEqual(none);
    expect(
      gapsOf(all, { Effect: 'Deny', Action: 'iam:GetRole', NotResource: 'arn:aws:iam::111122223333:*' }),
    ).toEqual(none);
  });
});

describe('a boundary that is too small', () => {
  // The sweep may read all of the ledger, so a boundary for both roles allows reconcile's reads of it.
  const alone = needed.filter(({ Sid }) => Sid !== 'ReconcileReadLedger');
  it.each(alone.map((statement) => [statement.Sid, statement] as const))('lacks %s', (_, statement) => {
    const others = needed.filter((one) => one !== statement);
    const { missing, undecided } = boundaryGaps(policyDocument(others), needed);
    const [action = ''] = statement.Action;
    // Another statement may allow the action under another condition.
    expect([...missing, ...undecided].join('\n')).toContain(`${action} on ${statement.Resource[0] ?? ''}`);
  });

  it('names what it lacks', () => {
    expect(gapsOf({ ...all, Action: ['ssm:*', 'dynamodb:*', 'events:*', 'sqs:*', 'logs:*'] })).toEqual({
      missing: [roles, 'iam:GetAccountAuthorizationDetails on *'],
      undecided: [],
    });
    expect(gapsOf({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }).missing).toContain(roles);
    const onlyApps = { ...all, Action: 'iam:GetRole', Resource: 'arn:aws:iam::111122223333:role/app-*' };
    expect(gapsOf({ Effect: 'Allow', NotAction: 'iam:GetRole', Resource: '*' }, onlyApps).missing).toEqual([
      roles,
    ]);
    expect(
      gapsOf({ Effect: 'Allow', Action: '*', NotResource: 'arn:aws:iam::111122223333:role/admin' }).missing,
    ).toContain(roles);
  });

  it('denies what we need', () => {
    expect(gapsOf(all, { Effect: 'Deny', Action: 'iam:Get*', Resource: '*' }).missing).toEqual([
      roles,
      'iam:GetAccountAuthorizationDetails on *',
    ]);
    const elsewhere = {
      Effect: 'Deny',
      Action: 'sqs:*',
      NotResource: 'arn:aws:sqs:us-east-1:999988887777:*',
    };
    expect(gapsOf(all, elsewhere).missing).toHaveLength(5);
  });

  it('is not a policy document', () => {
    for (const document of [undefined, {}, { Statement: [{ Effect: 'Maybe' }] }])
      expect(boundaryGaps(document, needed).missing).toEqual([
        expect.stringContaining('not a policy document'),
      ]);
  });
});

describe('a boundary that depends on something that we do not evaluate', () => {
  it.each([
    ['a condition', { ...all, Condition: { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } } }],
    ['a policy variable', { ...all, Resource: ['arn:aws:${aws:PrincipalAccount}*'] }],
  ])('%s of an Allow statement', (_, statement) => {
    expect(gapsOf(statement).undecided).toContain(roles);
  });

  it.each([
    [
      'a condition',
      {
        Effect: 'Deny',
        NotAction: 'sts:*',
        Resource: '*',
        Condition: { StringNotEquals: { 'aws:RequestedRegion': ['us-east-1'] } },
      },
    ],
    ['a part of the roles', { Effect: 'Deny', Action: 'iam:*', Resource: 'arn:aws:iam::*:role/admin-*' }],
  ])('%s of a Deny statement', (_, statement) => {
    const { missing, undecided } = gapsOf(all, statement);
    expect(missing).toEqual([]);
    expect(undecided).toContain(roles);
  });
});
