import { type PolicyRequest, policyVerdict } from '../../shared/doctor/policy-verdict.ts';

const forward = 'arn:aws:iam::444455556666:role/rolebridge-prod-forward';
const bus = 'arn:aws:events:us-east-1:111122223333:event-bus/rolebridge-prod';

const request: PolicyRequest = {
  action: 'events:PutEvents',
  principals: [forward, '444455556666', 'arn:aws:iam::444455556666:root'],
  resource: bus,
  context: { 'aws:principalorgid': 'o-a1b2c3d4e5', 'aws:principalarn': forward },
};

const statement = (more: object = {}) => ({
  Effect: 'Allow',
  Principal: '*',
  Action: 'events:PutEvents',
  Resource: bus,
  Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
  ...more,
});

const verdict = (...statements: readonly unknown[]) =>
  policyVerdict(JSON.stringify({ Version: '2012-10-17', Statement: statements }), request);

describe('a call under one policy', () => {
  it.each([
    ['a matching condition', {}],
    ['one statement that is not in a list', {}],
    ['wildcards in action and resource', { Action: ['events:Put*'], Resource: `${bus.slice(0, -4)}*` }],
    ['an action in another casing', { Action: 'EVENTS:putevents' }],
    ['the account as principal', { Principal: { AWS: '444455556666' } }],
    ["the account's root as principal", { Principal: { AWS: ['arn:aws:iam::444455556666:root'] } }],
    [
      'an ARN with a wildcard',
      { Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/rolebridge-prod-forward' } } },
    ],
    [
      'one of several values',
      { Condition: { StringEquals: { 'AWS:principalorgid': ['o-other', 'o-a1b2c3d4e5'] } } },
    ],
    ['no resource', { Resource: undefined }],
  ])('is allowed by %s', (_, more) => {
    expect(verdict(statement(more))).toBe('allowed');
    expect(policyVerdict(JSON.stringify({ Statement: statement(more) }), request)).toBe('allowed');
  });

  it.each([
    ['another organization', { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-other' } } }],
    ['another account', { Principal: { AWS: 'arn:aws:iam::999999999999:root' } }],
    ['another service', { Principal: { Service: 'lambda.amazonaws.com' } }],
    ['another action', { Action: 'events:PutRule' }],
    ['another bus', { Resource: bus.replace('prod', 'test') }],
    ['a wildcard in StringEquals', { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-*' } } }],
  ])('is not allowed for %s', (_, more) => {
    expect(verdict(statement(more))).toBe('denied');
  });

  it.each([
    ['NotPrincipal', { NotPrincipal: { AWS: 'x' } }],
    ['NotAction', { NotAction: 'x' }],
    ['NotResource', { NotResource: 'x' }],
    ['another operator', { Condition: { StringNotEquals: { 'aws:PrincipalOrgID': 'o-other' } } }],
    ['a key that is not known', { Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1' } } }],
    ['a condition that is not an object', { Condition: { StringEquals: 'x' } }],
  ])('is unclear with %s', (_, more) => {
    expect(verdict(statement(more))).toBe('unclear');
    expect(verdict(statement(more), statement())).toBe('allowed');
    expect(verdict(statement({ ...more, Effect: 'Deny' }), statement())).toBe('unclear');
  });

  it('is denied if a Deny matches it', () => {
    expect(verdict(statement(), statement({ Effect: 'Deny', Condition: undefined }))).toBe('denied');
    expect(verdict(statement(), statement({ Effect: 'Deny', Action: 'events:PutRule' }))).toBe('allowed');
  });

  it.each(['', 'no JSON', '{}', '[]', '"x"'])('is not allowed if the policy is %j', (document) => {
    expect(policyVerdict(document, request)).toBe('denied');
  });

  it('is unclear if a statement is not an object', () => {
    expect(verdict('x')).toBe('unclear');
  });
});
