import { fields, items, type Json } from '../../local/stack/template.ts';
import { isAllowed as isAllowedBy } from '../../local/testing/is-allowed.ts';
import { mirrorSource } from '../../shared/core/mirror-source.ts';
import { outcomeTypes } from '../../shared/core/outcome.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { memberTemplate } from '../../shared/member/cloudformation.ts';
import { memberDefinition } from '../../shared/member/definition.ts';
import { accountId as home, settings } from '../support/settings.ts';

const account = '444455556666';
const operator = `arn:aws:iam::${home}:role/platform/operator`;
/** The policy as CloudFormation resolves it in the other account. */
const rolesOf = (using: Settings) => {
  const template = JSON.parse(
    JSON.stringify(memberTemplate(memberDefinition(using, 'prod')))
      .replaceAll(/\{"Fn::Sub":("[^"]*")\}/g, '$1')
      .replaceAll('{"Ref":"OperatorArns"}', JSON.stringify([operator]))
      .replaceAll('${AWS::Partition}', 'aws')
      .replaceAll('${AWS::AccountId}', account),
  ) as Json;
  return Object.values(fields(fields(template)['Resources']))
    .map((resource) => fields(fields(resource)['Properties']))
    .filter(({ RoleName }) => RoleName !== undefined);
};
const roles = rolesOf(settings);
const roleNamed = (kind: string, among = roles) => {
  const role = among.find(({ RoleName }) => RoleName === `rolebridge-prod-${kind}`);
  if (role === undefined) throw new Error(`no role ${kind}`);
  return role;
};
const statementsOf = (kind: string, among = roles): readonly Json[] =>
  items(roleNamed(kind, among)['Policies']).flatMap((policy) =>
    items(fields(fields(policy)['PolicyDocument'])['Statement']),
  );

const role = `arn:aws:iam::${account}:role/app-batch`;
const parameter = (name: string) => `arn:aws:ssm:eu-west-1:${account}:parameter${name}`;
const config = parameter('/google-access/app-batch/default');
const rule = `arn:aws:events:us-east-1:${account}:rule/rolebridge-prod-forward`;
const forwarder = `arn:aws:iam::${account}:role/rolebridge-prod-forward`;
const bus = `arn:aws:events:us-east-1:${home}:event-bus/rolebridge-prod`;

type Call = readonly [action: string, resource: string];

/** The calls in the account for which each role exists. */
const needed: Readonly<Record<string, readonly Call[]>> = {
  member: [
    ['iam:GetRole', role],
    ['ssm:GetParametersByPath', parameter('/google-access/app-batch')],
    ['ssm:PutParameter', config],
    ['ssm:DeleteParameter', config],
    ['ssm:GetParameterHistory', config],
    ['ssm:UnlabelParameterVersion', config],
  ],
  'member-read': [
    ['iam:GetAccountAuthorizationDetails', '*'],
    ['ssm:GetParametersByPath', parameter('/google-access')],
  ],
  viewer: [
    ['iam:GetRole', role],
    ['iam:GetAccountAuthorizationDetails', '*'],
    ['ssm:GetParametersByPath', parameter('/google-access')],
    ['ssm:GetParametersByPath', parameter('/google-access/app-batch')],
    ['events:DescribeRule', rule],
    ['events:ListTargetsByRule', rule],
    ['iam:GetRolePolicy', forwarder],
    ['iam:ListRolePolicies', forwarder],
    ['iam:ListAttachedRolePolicies', role],
    ['iam:ListInstanceProfilesForRole', role],
    ['ec2:DescribeInstances', '*'],
    ['cloudtrail:DescribeTrails', '*'],
    ['cloudtrail:GetEventSelectors', `arn:aws:cloudtrail:us-east-1:${home}:trail/organization`],
    ['cloudtrail:GetTrailStatus', `arn:aws:cloudtrail:us-east-1:${home}:trail/organization`],
  ],
  forward: [['events:PutEvents', bus]],
};

/** Calls for which none of the roles exists, on everything of value. */
const never: readonly Call[] = [
  ['iam:TagRole', role],
  ['iam:UntagRole', role],
  ['iam:CreateRole', role],
  ['iam:PutRolePolicy', role],
  ['iam:UpdateAssumeRolePolicy', role],
  ['iam:PassRole', role],
  ['sts:AssumeRole', role],
  ['ssm:GetParameter', parameter('/database/password')],
  ['ssm:GetParametersByPath', parameter('/database')],
  ['ssm:PutParameter', parameter('/database/password')],
  ['ssm:PutParameter', parameter('/google-access-2/app-batch/default')],
  ['ssm:DeleteParameter', parameter('/database/password')],
  ['events:PutEvents', `arn:aws:events:us-east-1:${account}:event-bus/default`],
  ['events:PutEvents', `arn:aws:events:us-east-1:${home}:event-bus/default`],
  ['events:DisableRule', rule],
  ['cloudtrail:StopLogging', `arn:aws:cloudtrail:us-east-1:${account}:trail/all`],
];

const isAllowed = async (statements: readonly Json[], [action, resource]: Call): Promise<boolean> =>
  evaluate({
    principal: `arn:aws:sts::${account}:assumed-role/x/y`,
    action,
    resource,
    identityPolicies: statements,
    // The bus of the home account admits the account.
    ...(resource === bus
      ? {
          owner: home,
          resourcePolicy: [{ Effect: 'Allow', Principal: '*', Action: 'events:PutEvents', Resource: bus }],
        }
      : {}),
  });

describe('the policy of each role', () => {
  it.each(Object.entries(needed))('%s: allows every call that it is for', async (kind, calls) => {
    for (const call of calls)
      expect({ call, isAllowed: await isAllowed(statementsOf(kind), call) }).toEqual({
        call,
        isAllowed: true,
      });
  });

  it.each(Object.entries(needed))(
    '%s: allows no action and no resource that none of them needs',
    async (kind, calls) => {
      const statements = statementsOf(kind).map(fields);
      for (const [index, statement] of statements.entries())
        for (const field of ['Action', 'Resource'] as const) {
          const values = [statement[field] ?? null].flat();
          for (const value of values) {
            const rest = values.filter((other) => other !== value);
            const without = statements.flatMap((other, at) =>
              at !== index ? [other] : rest.length === 0 ? [] : [{ ...other, [field]: rest }],
            );
            const answers = await Promise.all(calls.map((call) => isAllowed(without, call)));
            expect({ field, value, isNeeded: answers.includes(false) }).toEqual({
              field,
              value,
              isNeeded: true,
            });
          }
        }
    },
  );

  it.each(Object.keys(needed))('%s: allows nothing else of value', async (kind) => {
    for (const call of never)
      expect({ call, isAllowed: await isAllowed(statementsOf(kind), call) }).toEqual({
        call,
        isAllowed: false,
      });
  });

  it('the viewer and the reader write nothing', () => {
    const actions = ['viewer', 'member-read'].flatMap((kind) =>
      statementsOf(kind).flatMap((statement) => [fields(statement)['Action'] ?? null].flat()),
    );
    for (const action of actions) expect(String(action)).toMatch(/^\w+:(Get|List|Describe)/);
  });

  it('has a wildcard only if the name is not known, or if AWS accepts no resource', () => {
    const open = Object.keys(needed).flatMap((kind) =>
      statementsOf(kind)
        .map(fields)
        .flatMap(({ Sid, Resource }) =>
          [Resource ?? null].flat().map((resource) => `${kind} ${String(Sid)} ${String(resource)}`),
        )
        .filter((text) => text.includes('*')),
    );
    expect(open).toEqual([
      // Any role may be tagged. The call only reads.
      `member ReadRoleTags arn:aws:iam::${account}:role/*`,
      // Any region and any role's folder, but one prefix.
      ...['ListParameters', 'PublishParameters', 'RemoveLabels'].map(
        (sid) => `member ${sid} arn:aws:ssm:*:${account}:parameter/google-access/*`,
      ),
      // IAM supports no narrower resource for iam:GetAccountAuthorizationDetails.
      'member-read ListRoles *',
      `member-read ListParameters arn:aws:ssm:*:${account}:parameter/google-access`,
      `viewer ReadRoleTags arn:aws:iam::${account}:role/*`,
      'viewer ListRoles *',
      `viewer ListParameters arn:aws:ssm:*:${account}:parameter/google-access`,
      `viewer ListParameters arn:aws:ssm:*:${account}:parameter/google-access/*`,
      // Workloads that use a role about which doctor is asked.
      `viewer ReadRoles arn:aws:iam::${account}:role/*`,
      'viewer ReadInstances *',
      // A trail may belong to another account of the organization, and to any region.
      'viewer ReadTrails *',
    ]);
  });
});

describe('with accountOutcomes.mirror', () => {
  const mirroring = rolesOf({ ...settings, accountOutcomes: { mirror: true, status: false } });
  const ownBus = `arn:aws:events:us-east-1:${account}:event-bus/default`;
  const put = (resource: string, source: string, type: string, kind = 'member') =>
    evaluate({
      principal: `arn:aws:sts::${account}:assumed-role/x/y`,
      action: 'events:PutEvents',
      resource,
      identityPolicies: statementsOf(kind, mirroring),
      context: { 'events:source': [source], 'events:detail-type': [type] },
    });

  it('the function may put every outcome on the default bus of the account', async () => {
    for (const type of outcomeTypes)
      expect({ type, isAllowed: await put(ownBus, mirrorSource, `Google Access ${type}`) }).toEqual({
        type,
        isAllowed: true,
      });
  });

  it.each([
    ['of another source', ownBus, 'rolebridge', 'Google Access Granted'],
    ['of AWS', ownBus, 'aws.iam', 'Google Access Granted'],
    ['that is not an outcome', ownBus, mirrorSource, 'Google Access Drift Detected'],
    ['on another bus', ownBus.replace('default', 'orders'), mirrorSource, 'Google Access Granted'],
    ['in another region', ownBus.replace('us-east-1', 'eu-west-1'), mirrorSource, 'Google Access Granted'],
  ])('and no event %s', async (_, resource, source, type) => {
    expect(await put(resource, source, type)).toBe(false);
  });

  it('no other role may, and nothing else changes', async () => {
    for (const kind of ['member-read', 'viewer', 'forward'])
      expect(await put(ownBus, mirrorSource, 'Google Access Granted', kind)).toBe(false);
    const isOther = (statement: Json): boolean => fields(statement)['Sid'] !== 'MirrorOutcomes';
    for (const kind of Object.keys(needed))
      expect(statementsOf(kind, mirroring).filter(isOther)).toEqual(statementsOf(kind));
  });
});

const reconcile = `arn:aws:iam::${home}:role/rolebridge-prod-reconcile`;
const sweep = `arn:aws:iam::${home}:role/rolebridge-prod-sweep`;
const others = [
  `arn:aws:iam::${home}:role/admin`,
  // The same name with a path, in another account, and as a user.
  `arn:aws:iam::${home}:role/evil/rolebridge-prod-reconcile`,
  `arn:aws:iam::555566667777:role/rolebridge-prod-reconcile`,
  `arn:aws:iam::${account}:role/rolebridge-prod-reconcile`,
  `arn:aws:iam::${home}:user/rolebridge-prod-reconcile`,
];

describe('the trust of each role', () => {
  it.each([
    ['member', reconcile],
    ['member-read', sweep],
    ['viewer', operator],
    ['forward', undefined],
  ])('%s: may only be assumed by %s', async (kind, trusted) => {
    for (const principalArn of [reconcile, sweep, operator, ...others])
      expect({ principalArn, may: await mayAssume(principalArn, kind) }).toEqual({
        principalArn,
        may: principalArn === trusted,
      });
  });

  it('EventBridge may assume the forwarding role, and no other one', () => {
    const services = roles.map(({ RoleName, AssumeRolePolicyDocument }) => [
      RoleName,
      ...items(fields(AssumeRolePolicyDocument)['Statement']).map(
        (statement) => fields(statement)['Principal'],
      ),
    ]);
    const root = { AWS: `arn:aws:iam::${home}:root` };
    expect(services).toEqual([
      ['rolebridge-prod-member', root],
      ['rolebridge-prod-member-read', root],
      ['rolebridge-prod-viewer', root],
      ['rolebridge-prod-forward', { Service: 'events.amazonaws.com' }],
    ]);
  });
});

/** With a policy of its own that allows everything, like an administrator's. */
const mayAssume = (principalArn: string, kind: string): Promise<boolean> => {
  const [, owner = '', type = '', path = ''] =
    /^arn:aws:iam::(\d+):(role|user)\/(.*)$/.exec(principalArn) ?? [];
  const { AssumeRolePolicyDocument } = roleNamed(kind);
  return evaluate({
    principal:
      type === 'user' ? principalArn : `arn:aws:sts::${owner}:assumed-role/${path.split('/').at(-1)}/x`,
    action: 'sts:AssumeRole',
    resource: `arn:aws:iam::${account}:role/rolebridge-prod-${kind}`,
    context: { 'aws:PrincipalArn': principalArn },
    identityPolicies: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
    resourcePolicy: items(fields(AssumeRolePolicyDocument)['Statement']),
  });
};

interface Question {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly owner?: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
  readonly identityPolicies: readonly Json[];
  readonly resourcePolicy?: readonly Json[];
}

const evaluate = ({
  owner = account,
  context = {},
  identityPolicies,
  resourcePolicy,
  ...question
}: Question): Promise<boolean> =>
  isAllowedBy({
    ...question,
    resourceAccountId: owner,
    context,
    identityPolicies: [document(identityPolicies)],
    ...(resourcePolicy === undefined ? {} : { resourcePolicy: document(resourcePolicy) }),
  });

const document = (Statement: readonly Json[]) => ({ Version: '2012-10-17', Statement });
