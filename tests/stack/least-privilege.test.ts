import { readFileSync } from 'node:fs';
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { fields, items, type Json, readTemplate, resourcesOf } from '../../local/stack/template.ts';
import { type AuthorizedCall, exceptions, permissionsOf } from '../support/permission-log.ts';
import { permissionReport } from '../support/permission-report.ts';
import { accountId } from '../support/settings.ts';

const template = readTemplate('.serverless/cloudformation-template-update-stack.json', {
  accountId,
  region: 'us-east-1',
  endpoint: 'http://127.0.0.1',
});
const statements = resourcesOf(template, 'AWS::IAM::Role').flatMap(({ properties }) =>
  items(properties['Policies']).flatMap((policy) =>
    items(fields(fields(policy)['PolicyDocument'])['Statement']).map(fields),
  ),
);
const texts = (value: Json | undefined): readonly string[] =>
  (typeof value === 'string' ? [value] : items(value)).map(String);

describe('the roles of the functions', () => {
  it('name their resources; a * appears only if the name cannot be known in advance', () => {
    const open = statements
      .flatMap(({ Sid, Resource }) => texts(Resource).map((resource) => `${String(Sid)} ${resource}`))
      .filter((text) => text.includes('*'));
    expect([...new Set(open)].toSorted()).toEqual([
      // Any region, because the sweep also clears regions that rolebridge.yml no longer names. Any role's folder, but
      // one prefix.
      `ListParameters arn:aws:ssm:*:${accountId}:parameter/google-access`,
      `ListParameters arn:aws:ssm:*:${accountId}:parameter/google-access/*`,
      // IAM supports no narrower resource for iam:GetAccountAuthorizationDetails.
      'ListRoles *',
      `PublishParameters arn:aws:ssm:*:${accountId}:parameter/google-access/*`,
      // Any role may be tagged. The call only reads.
      `ReadRoleTags arn:aws:iam::${accountId}:role/*`,
      `RemoveLabels arn:aws:ssm:*:${accountId}:parameter/google-access/*`,
      // Lambda names the streams of the function's own log group.
      `WriteLogs arn:aws:logs:us-east-1:${accountId}:log-group:/aws/lambda/rolebridge-prod-reconcile:*`,
      `WriteLogs arn:aws:logs:us-east-1:${accountId}:log-group:/aws/lambda/rolebridge-prod-sweep:*`,
    ]);
  });

  it('name their actions one by one, allow only, and name each statement', () => {
    for (const { Sid, Effect, Action, NotAction, NotResource } of statements) {
      expect({ Sid, Effect, NotAction, NotResource }).toEqual({ Sid: expect.any(String), Effect: 'Allow' });
      expect(texts(Action).filter((action) => action.includes('*'))).toEqual([]);
    }
  });

  it('may only be assumed by Lambda', () => {
    for (const { properties } of resourcesOf(template, 'AWS::IAM::Role'))
      expect(items(fields(properties['AssumeRolePolicyDocument'])['Statement'])).toEqual([
        { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ]);
  });

  it('have no policies besides their own', () => {
    for (const { properties } of resourcesOf(template, 'AWS::IAM::Role'))
      expect(properties['ManagedPolicyArns']).toBeUndefined();
    expect(resourcesOf(template, 'AWS::IAM::Policy')).toEqual([]);
  });
});

describe('invariant 2: the ledger’s table', () => {
  const [table] = resourcesOf(template, 'AWS::DynamoDB::Table');
  const policiesOf = (roleName: string): readonly Json[] =>
    resourcesOf(template, 'AWS::IAM::Role')
      .filter(({ properties }) => properties['RoleName'] === roleName)
      .flatMap(({ properties }) => items(properties['Policies']))
      .map((policy) => fields(policy)['PolicyDocument'] ?? null);
  const mayDo = async (name: string, action: string, keys?: readonly string[]) => {
    const simulated = await runSimulation(
      {
        request: {
          principal: `arn:aws:sts::${accountId}:assumed-role/rolebridge-prod-${name}/x`,
          action: `dynamodb:${action}`,
          resource: { resource: table?.arn ?? '', accountId },
          contextVariables: keys === undefined ? {} : { 'dynamodb:LeadingKeys': [...keys] },
        },
        identityPolicies: policiesOf(`rolebridge-prod-${name}`).map((policy, index) => ({
          name: `policy-${index}`,
          policy,
        })),
        serviceControlPolicies: [],
        resourceControlPolicies: [],
      },
      {},
    );
    if (simulated.resultType === 'error') throw new Error(JSON.stringify(simulated.errors));
    return simulated.overallResult === 'Allowed';
  };
  const role = 'role#aws:111122223333:reports';

  it('is on demand, protected, restorable to any second, and outlives the stack under a name of its own', () => {
    const { properties } = table ?? { properties: {} };
    expect(properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
    expect(properties).not.toHaveProperty('TimeToLiveSpecification');
    const raw = JSON.parse(readFileSync('.serverless/cloudformation-template-update-stack.json', 'utf8')) as {
      readonly Resources: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    };
    const { Properties, ...rest } = raw.Resources['Ledger'] ?? {};
    expect(rest).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(Properties).not.toHaveProperty('TableName');
  });

  it.each<[string, string, readonly string[] | undefined, boolean]>([
    ['reconcile', 'BatchGetItem', [role, 'scope'], true],
    ['reconcile', 'BatchGetItem', [role, 'answer'], true],
    ['reconcile', 'PutItem', ['answer'], false],
    ['reconcile', 'DeleteItem', ['answer'], false],
    ['reconcile', 'BatchGetItem', ['sweep'], true],
    ['reconcile', 'Query', ['scope'], true],
    ['reconcile', 'Query', [role], false],
    ['reconcile', 'Query', undefined, false],
    ['reconcile', 'PutItem', [role], true],
    ['reconcile', 'DeleteItem', [role], true],
    ['reconcile', 'PutItem', ['scope'], true],
    ['reconcile', 'DeleteItem', ['scope'], false],
    ['reconcile', 'PutItem', ['sweep'], false],
    ['reconcile', 'PutItem', [role, 'sweep'], false],
    ['reconcile', 'PutItem', undefined, false],
    ['reconcile', 'Scan', undefined, false],
    ['sweep', 'Scan', undefined, true],
    ['sweep', 'BatchGetItem', [role], true],
    ['sweep', 'PutItem', [role], false],
    ['sweep', 'DeleteItem', [role], false],
    ['sweep', 'PutItem', ['scope'], true],
    ['sweep', 'PutItem', ['scope', role], false],
    ['sweep', 'DeleteItem', ['scope'], true],
    ['sweep', 'PutItem', ['sweep'], true],
    ['sweep', 'DeleteItem', ['sweep'], true],
    ['sweep', 'PutItem', ['answer'], true],
    ['sweep', 'DeleteItem', ['answer'], true],
    ['sweep', 'PutItem', ['answer', role], false],
    ['sweep', 'PutItem', ['held#111122223333'], true],
    ['sweep', 'DeleteItem', ['held#111122223333'], true],
    ['sweep', 'PutItem', ['held#'], false],
    ['sweep', 'PutItem', ['held#111122223333', role], false],
    ['sweep', 'UpdateItem', ['held#111122223333'], false],
    ['reconcile', 'PutItem', ['held#111122223333'], false],
    ['reconcile', 'BatchGetItem', ['held#111122223333'], false],
    ['sweep', 'DeleteTable', undefined, false],
    ['reconcile', 'UpdateItem', [role], false],
  ])('%s: %s of %j is allowed: %s', async (name, action, keys, isAllowed) => {
    expect(await mayDo(name, action, keys)).toBe(isAllowed);
  });
});

describe.each(['rolebridge-prod-reconcile', 'rolebridge-prod-reconcile-dead'])(
  'the queue %s',
  (queueName) => {
    const queue = `arn:aws:sqs:us-east-1:${accountId}:${queueName}`;
    const [policy] = resourcesOf(template, 'AWS::SQS::QueuePolicy')
      .filter(({ properties }) =>
        items(properties['Queues']).includes(`http://127.0.0.1/${accountId}/${queueName}`),
      )
      .map(({ properties }) => properties['PolicyDocument']);
    const rule = (name: string, account = accountId) => `arn:aws:events:us-east-1:${account}:rule/${name}`;
    const mayDo = async (principal: string, sourceArn: string, action = 'sqs:SendMessage') => {
      const simulated = await runSimulation(
        {
          request: {
            principal,
            action,
            resource: { resource: queue, accountId },
            contextVariables: { 'aws:SourceArn': sourceArn },
          },
          identityPolicies: [],
          serviceControlPolicies: [],
          resourceControlPolicies: [],
          resourcePolicy: policy,
        },
        {},
      );
      if (simulated.resultType === 'error') throw new Error(JSON.stringify(simulated.errors));
      return simulated.overallResult === 'Allowed';
    };
    const eventBridge = 'events.amazonaws.com';

    it.each(['rolebridge-prod-role-events', 'rolebridge-prod-drift'])(
      'accepts what rule %s sends',
      async (name) => {
        expect(await mayDo(eventBridge, rule(name))).toBe(true);
      },
    );

    it.each([
      ['another rule', eventBridge, rule('rolebridge-prod-role-events-2')],
      ['a rule of that name in another account', eventBridge, rule('rolebridge-prod-drift', '999988887777')],
      ['another service', 's3.amazonaws.com', rule('rolebridge-prod-drift')],
      [
        'a role of another account',
        'arn:aws:sts::999988887777:assumed-role/x/y',
        rule('rolebridge-prod-drift'),
      ],
    ])('refuses %s', async (_, principal, sourceArn) => {
      expect(await mayDo(principal, sourceArn)).toBe(false);
    });

    it('lets its rules send, and nothing else', async () => {
      for (const action of [
        'sqs:ReceiveMessage',
        'sqs:PurgeQueue',
        'sqs:DeleteMessage',
        'sqs:SetQueueAttributes',
      ])
        expect({ action, may: await mayDo(eventBridge, rule('rolebridge-prod-drift'), action) }).toEqual({
          action,
          may: false,
        });
    });
  },
);

describe('the report at the end of a run', () => {
  const permissions = permissionsOf(template);
  const used: readonly AuthorizedCall[] = permissions
    .filter(({ action }) => !Object.hasOwn(exceptions, action))
    .map((permission) => ({ ...permission, resource: '*' }));

  it('is empty if every permission is used', () => {
    const { text, unused } = permissionReport(template, used);
    expect(unused).toEqual([]);
    expect(text).toContain('Unused permissions: none');
    expect(text).toMatch(/rolebridge-prod-sweep +│ iam:GetAccountAuthorizationDetails +│ \* +│ ListRoles/);
  });

  it('names a permission that nothing used, even if another role or statement uses the same action', () => {
    const isIt = ({ role, action }: { readonly role: string; readonly action: string }) =>
      role === 'rolebridge-prod-sweep' && action === 'dynamodb:PutItem';
    const { text, unused } = permissionReport(
      template,
      used.filter((call) => !isIt(call)),
    );
    expect(unused).toEqual([
      { role: 'rolebridge-prod-sweep', statement: 'KeepNotesAndAnswers', action: 'dynamodb:PutItem' },
      { role: 'rolebridge-prod-sweep', statement: 'KeepHeldLists', action: 'dynamodb:PutItem' },
      { role: 'rolebridge-prod-sweep', statement: 'KeepScope', action: 'dynamodb:PutItem' },
    ]);
    expect(text).toContain('  rolebridge-prod-sweep KeepNotesAndAnswers dynamodb:PutItem');
  });

  it('has no exception for a permission that no role has', () => {
    const actions = new Set(permissions.map(({ action }) => action));
    expect(Object.keys(exceptions).filter((action) => !actions.has(action))).toEqual([]);
  });
});
