import { runSimulation } from '@cloud-copilot/iam-simulate';
import fc from 'fast-check';
import { controlPolicy, maxPolicyLength } from '../../cli/commands/guard/control-policy.ts';
import { forwardRule, functionRoleNames, memberRole, memberRoleKinds } from '../../shared/core/stack.ts';
import { accountId } from '../support/settings.ts';

const sessionOf = (name: string) => `arn:aws:sts::${accountId}:assumed-role/${name}/session`;
const tagger = sessionOf('tagger');
const deployer = sessionOf('deployer');
const roleOf = (session: string) => `arn:aws:iam::${accountId}:role/${session.split('/')[1] ?? ''}`;
const mallory = sessionOf('admin');
const policy = controlPolicy({
  tagKey: 'google-access',
  functions: functionRoleNames('prod', {}),
  functionRoles: functionRoleNames('prod', {}),
  taggers: [`arn:aws:iam::${accountId}:role/tagger`],
  deployers: [`arn:aws:iam::*:role/deploy*`],
});
const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

/** An administrator of the account, who is subject to this control policy. */
const mayDo = async (
  principal: string,
  action: string,
  roleArn: string,
  contextVariables: Readonly<Record<string, string | string[]>> = {},
  control: object = policy,
): Promise<boolean> => {
  const simulated = await runSimulation(
    {
      request: {
        principal,
        action,
        resource: { resource: roleArn, accountId },
        // For a session, it is the role's ARN.
        contextVariables: { 'aws:PrincipalArn': roleOf(principal), ...contextVariables },
      },
      identityPolicies: [{ name: 'administrator', policy: everything }],
      serviceControlPolicies: [
        {
          orgIdentifier: 'ou-1',
          policies: [
            { name: 'FullAWSAccess', policy: everything },
            { name: 'rolebridge', policy: control },
          ],
        },
      ],
      resourceControlPolicies: [],
    },
    {},
  );
  if (simulated.resultType === 'error') throw new Error(JSON.stringify(simulated.errors));
  return simulated.overallResult === 'Allowed';
};
const role = (name: string) => `arn:aws:iam::${accountId}:role/${name}`;
const mayTag = (principal: string, keys: string[], action = 'iam:TagRole') =>
  mayDo(principal, action, role('reports'), {
    'aws:TagKeys': keys,
    ...Object.fromEntries(keys.map((key) => [`aws:RequestTag/${key}`, 'x'])),
  });

/** Whether a principal with this ARN may tag. */
const mayTagUnder = (control: object, principalArn: string) =>
  mayDo(
    mallory,
    'iam:TagRole',
    role('reports'),
    {
      'aws:PrincipalArn': principalArn,
      'aws:TagKeys': ['google-access'],
      'aws:RequestTag/google-access': 'x',
    },
    control,
  );

/** A text with each letter in either case. */
const anyCasing = (text: string) =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((upper) =>
      [...text].map((one, index) => (upper[index] === true ? one.toUpperCase() : one)).join(''),
    );

describe('the tag keys are reserved', () => {
  it.each(['iam:TagRole', 'iam:UntagRole', 'iam:CreateRole'])(
    '%s, in any casing, beside other keys',
    async (action) => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom('google-access', 'google-access/writer', 'google-access/x-9').chain(anyCasing),
          async (key) => {
            expect({ key, may: await mayTag(mallory, ['Name', key], action) }).toEqual({ key, may: false });
          },
        ),
        { numRuns: 60 },
      );
    },
  );

  it('the chosen principals may tag', async () => {
    expect(await mayTag(tagger, ['google-access', 'google-access/w'])).toBe(true);
    expect(await mayTag(tagger, ['google-access'], 'iam:CreateRole')).toBe(true);
  });

  it('everyone may use other keys', async () => {
    const innocent = [
      'Name',
      'google',
      'google-accessory',
      'my-google-access',
      'backup-policy',
      'google_access',
      'team/google-access',
    ];
    for (const key of innocent)
      expect({ key, may: await mayTag(mallory, [key]) }).toEqual({ key, may: true });
    expect(await mayDo(mallory, 'iam:CreateRole', role('reports'))).toBe(true);
    expect(await mayDo(mallory, 'iam:DeleteRole', role('reports'))).toBe(true);
  });
});

describe('the names of the functions’ roles are reserved', () => {
  it.each([
    'iam:CreateRole',
    'iam:PassRole',
    'iam:UpdateAssumeRolePolicy',
    'iam:AttachRolePolicy',
    'iam:PutRolePolicy',
  ])('%s', async (action) => {
    for (const name of [
      'rolebridge-prod-reconcile',
      'rolebridge-prod-sweep',
      'some/path/rolebridge-prod-sweep',
    ]) {
      expect({ name, may: await mayDo(mallory, action, role(name)) }).toEqual({ name, may: false });
      expect({ name, may: await mayDo(deployer, action, role(name)) }).toEqual({ name, may: true });
    }
    expect(await mayDo(mallory, action, role('rolebridge-prod-reconcile-2'))).toBe(true);
  });
});

describe('the functions are reserved', () => {
  const lambda = (name: string) => `arn:aws:lambda:us-east-1:${accountId}:function:${name}`;
  it.each(['lambda:UpdateFunctionCode', 'lambda:UpdateFunctionConfiguration'])('%s', async (action) => {
    for (const name of ['rolebridge-prod-reconcile', 'rolebridge-prod-sweep']) {
      expect({ name, may: await mayDo(mallory, action, lambda(name)) }).toEqual({ name, may: false });
      expect({ name, may: await mayDo(deployer, action, lambda(name)) }).toEqual({ name, may: true });
    }
    expect(await mayDo(mallory, action, lambda('rolebridge-prod-sweep-2'))).toBe(true);
    expect(await mayDo(mallory, 'lambda:InvokeFunction', lambda('rolebridge-prod-sweep'))).toBe(true);
  });
});

it('a wildcard also matches a path, as guard warns', async () => {
  const wide = controlPolicy({
    tagKey: 'google-access',
    functions: functionRoleNames('prod', {}),
    functionRoles: functionRoleNames('prod', {}),
    taggers: ['arn:aws:iam::*:role/platform-*'],
    deployers: [],
  });
  expect(await mayTagUnder(wide, role('platform-x/evil'))).toBe(true);
  const own = controlPolicy({
    tagKey: 'google-access',
    functions: functionRoleNames('prod', {}),
    functionRoles: functionRoleNames('prod', {}),
    taggers: ['arn:aws:iam::*:role/platform/*'],
    deployers: [],
  });
  expect(await mayTagUnder(own, role('platform-x/evil'))).toBe(false);
  expect(await mayTagUnder(own, role('platform/tagger'))).toBe(true);
});

it('fits into one policy, also with the longest tag key', () => {
  const longest = controlPolicy({
    tagKey: 'k'.repeat(64),
    functions: functionRoleNames('production', {}),
    functionRoles: functionRoleNames('production', {}),
    taggers: [tagger],
    deployers: [deployer],
  });
  expect(JSON.stringify(policy).length).toBeLessThan(maxPolicyLength);
  expect(JSON.stringify(longest).length).toBeLessThan(maxPolicyLength);
});

it('reserves the roles by their own names, and the functions by theirs', () => {
  const prefixed = functionRoleNames('prod', { deploy: { roleNamePrefix: 'platform-' } });
  const { Statement } = controlPolicy({
    tagKey: 'x',
    functions: ['rolebridge-prod-sweep'],
    functionRoles: prefixed,
    taggers: [],
    deployers: [],
  });
  const resources = Statement.map(({ Resource }) => Resource);
  expect(resources[2]).toContain('arn:aws:iam::*:role/*/platform-rolebridge-prod-sweep');
  expect(resources[3]).toEqual(['arn:aws:lambda:*:*:function:rolebridge-prod-sweep']);
});

it('if no one is chosen, no one may tag', async () => {
  const { Statement } = controlPolicy({
    tagKey: 'x',
    functions: ['a', 'b'],
    functionRoles: ['a', 'b'],
    taggers: [],
    deployers: [],
  });
  expect(Statement.map(({ Condition }) => Object.keys(Condition))).toEqual([
    ['ForAnyValue:StringEqualsIgnoreCase'],
    ['ForAnyValue:StringLike'],
    [],
    [],
  ]);
});

describe('with several accounts', () => {
  const names = memberRoleKinds.map((kind) => memberRole('prod', {}, accountId, kind).name);
  const control = controlPolicy({
    tagKey: 'google-access',
    functions: functionRoleNames('prod', {}),
    functionRoles: functionRoleNames('prod', {}),
    members: { roles: names, rule: forwardRule('prod') },
    taggers: [`arn:aws:iam::${accountId}:role/tagger`],
    deployers: ['arn:aws:iam::*:role/deploy*', 'arn:aws:iam::*:role/stacksets-exec-*'],
  });

  it.each(names)('the name %s is reserved', async (name) => {
    const reserved = `arn:aws:iam::${accountId}:role/${name}`;
    for (const action of ['iam:CreateRole', 'iam:UpdateAssumeRolePolicy', 'iam:PutRolePolicy']) {
      expect(await mayDo(mallory, action, reserved, {}, control)).toBe(false);
      expect(await mayDo(mallory, action, reserved)).toBe(true);
      expect(await mayDo(deployer, action, reserved, {}, control)).toBe(true);
      expect(await mayDo(sessionOf('stacksets-exec-0123'), action, reserved, {}, control)).toBe(true);
    }
  });

  it('the forwarding rule is reserved, and other rules are not', async () => {
    const rule = `arn:aws:events:us-east-1:${accountId}:rule/rolebridge-prod-forward`;
    for (const action of [
      'events:DisableRule',
      'events:DeleteRule',
      'events:RemoveTargets',
      'events:PutRule',
    ]) {
      expect(await mayDo(mallory, action, rule, {}, control)).toBe(false);
      expect(await mayDo(mallory, action, `${rule}-2`, {}, control)).toBe(true);
      expect(await mayDo(deployer, action, rule, {}, control)).toBe(true);
    }
  });

  it('AWS takes the policy with the longest names', () => {
    const longest = 'x'.repeat(64);
    const policyOf = controlPolicy({
      tagKey: 'k'.repeat(95),
      functions: [longest, longest],
      functionRoles: [longest, longest],
      members: { roles: names.map(() => longest), rule: longest },
      taggers: ['arn:aws:iam::*:role/platform/*'],
      deployers: ['arn:aws:iam::*:role/platform/deploy'],
    });
    expect(JSON.stringify(policyOf).length).toBeLessThan(maxPolicyLength);
  });
});
