import type { LocalTrail } from '../../../local/aws/trails.ts';
import { writeAnswer } from '../../../shared/core/answer-item.ts';
import { writeVerdict } from '../../../shared/core/table-verdict.ts';
import { workloadIdentityUser } from '../../../shared/core/target.ts';
import { reader } from '../../support/settings.ts';
import { type Breakage, change, swap } from './breakages.ts';
import type { DoctorWorld } from './world.ts';

const ruleOf = ({ aws }: DoctorWorld, name: string) => {
  const found = aws.bus.rules().find((rule) => rule.name === `rolebridge-prod-${name}`);
  if (found === undefined) throw new Error(`no rule ${name}`);
  return found;
};
const trailOf = ({ aws }: DoctorWorld): LocalTrail => {
  const [trail] = aws.trails;
  if (trail === undefined) throw new Error('no trail');
  return trail;
};
const functionOf = ({ aws }: DoctorWorld, name: string) => {
  const found = aws.lambda.functions.find((one) => one.name === `rolebridge-prod-${name}`);
  if (found === undefined) throw new Error(`no function ${name}`);
  return found;
};
const log = ({ aws }: DoctorWorld, line: string) => {
  aws.logs.write('/aws/lambda/rolebridge-prod-reconcile', line);
  const group = aws.logs.groups.find(({ name }) => name.endsWith('-reconcile'));
  return () => group?.events.pop();
};
const tableOf = (aws: DoctorWorld['aws']): string => [...aws.dynamodb.protections.keys()].at(0) ?? '';
const protectionOf = (aws: DoctorWorld['aws']) => {
  const found = aws.dynamodb.protections.get(tableOf(aws));
  if (found === undefined) throw new Error('no table');
  return found;
};
/** Replaces an item. */
const putItem = async (aws: DoctorWorld['aws'], pk: string, sk: string, body: string) => {
  const TableName = tableOf(aws);
  const before = (await aws.dynamodb.items(TableName)).find(
    (item) => JSON.stringify([item['pk'], item['sk']]) === JSON.stringify([{ S: pk }, { S: sk }]),
  );
  const Key = { pk: { S: pk }, sk: { S: sk } };
  await aws.dynamodb.perform('PutItem', {
    TableName,
    Item: { ...Key, revision: { S: 'r' }, body: { S: body } },
  });
  return () =>
    before === undefined
      ? aws.dynamodb.perform('DeleteItem', { TableName, Key })
      : aws.dynamodb.perform('PutItem', { TableName, Item: before });
};
const swapTable = (aws: DoctorWorld['aws'], name: string) =>
  aws.intercept(({ action }) =>
    action === 'dynamodb:DescribeTable'
      ? { kind: 'error', status: 400, code: 'ResourceNotFoundException', message: `${name}: no such table` }
      : undefined,
  );
/** Nothing listens at this address. */
const nowhere = 'http://127.0.0.1:9';

/** Breakages of everything between IAM and the functions. */
export const awsBreakages: readonly Breakage[] = [
  {
    title: 'no AWS credentials',
    check: 'aws-credentials',
    status: 'failed',
    fix: /aws sso login/,
    break: () => () => undefined,
    options: () => ({
      variables: {
        AWS_ACCESS_KEY_ID: undefined,
        AWS_SECRET_ACCESS_KEY: undefined,
        AWS_SESSION_TOKEN: undefined,
        AWS_EC2_METADATA_DISABLED: 'true',
        HOME: '/nonexistent',
      },
    }),
  },
  {
    title: 'AWS cannot be reached',
    check: 'aws-credentials',
    status: 'failed',
    fix: /aws sts get-caller-identity/,
    break: () => () => undefined,
    options: () => ({ variables: { AWS_ENDPOINT_URL: nowhere } }),
  },
  {
    title: 'another AWS account',
    check: 'aws-account',
    status: 'failed',
    fix: /Use credentials of account 444455556666/,
    break: ({ edit }) =>
      edit((file) =>
        Object.assign(file, { accounts: [{ id: '444455556666', provider: 'aws-111122223333' }] }),
      ),
  },
  {
    title: 'nothing deployed',
    check: 'functions',
    status: 'failed',
    fix: /npm run deploy/,
    break: ({ aws }) => {
      const rules = aws.bus.rules();
      const names = rules.map(({ name }) => name);
      for (const rule of rules) Object.assign(rule, { name: `gone-${rule.name}` });
      const repairs = [swap(aws.lambda.functions, []), swap(aws.lambda.eventSourceMappings, [])];
      return () => {
        for (const repair of repairs) repair();
        rules.forEach((rule, index) => Object.assign(rule, { name: names[index] }));
      };
    },
  },
  {
    title: 'a function whose update failed',
    check: 'functions',
    status: 'failed',
    fix: /npm run deploy/,
    break: (world) =>
      change(functionOf(world, 'sweep'), { state: 'Failed', stateReason: 'the code could not be unpacked' }),
  },
  {
    title: 'rule disabled',
    check: 'role-events-rule',
    status: 'failed',
    fix: /aws events enable-rule --name rolebridge-prod-role-events --region us-east-1/,
    break: (world) => change(ruleOf(world, 'role-events'), { state: 'DISABLED' }),
  },
  {
    title: "rule's target gone",
    check: 'role-events-rule',
    status: 'failed',
    fix: /npm run deploy/,
    break: (world) => change(ruleOf(world, 'role-events'), { targets: [] }),
  },
  {
    title: 'rule of another tag key',
    check: 'role-events-rule',
    status: 'failed',
    fix: /npm run deploy/,
    break: (world) => {
      const rule = ruleOf(world, 'role-events');
      const pattern: unknown = JSON.parse(
        JSON.stringify(rule.pattern).replaceAll('google-access', 'gcp-access'),
      );
      return change(rule, { pattern });
    },
  },
  {
    title: 'drift rule disabled',
    check: 'drift-rule',
    status: 'failed',
    fix: /aws events enable-rule --name rolebridge-prod-drift/,
    break: (world) => change(ruleOf(world, 'drift'), { state: 'DISABLED' }),
  },
  {
    title: 'schedule disabled',
    check: 'schedule-rule',
    status: 'failed',
    fix: /aws events enable-rule --name rolebridge-prod-sweep/,
    break: (world) => change(ruleOf(world, 'sweep'), { state: 'DISABLED' }),
  },
  {
    title: 'another schedule deployed',
    check: 'schedule-rule',
    status: 'warning',
    fix: /npm run deploy/,
    break: ({ edit }) => edit((file) => Object.assign(file, { sweep: { schedule: 'rate(2 hours)' } })),
  },
  {
    title: 'trail stopped',
    check: 'trail',
    status: 'failed',
    fix: /aws cloudtrail start-logging/,
    break: (world) => change(trailOf(world), { isLogging: false }),
  },
  {
    title: 'trail logs reads only',
    check: 'trail',
    status: 'failed',
    fix: /aws cloudtrail put-event-selectors .*WriteOnly/,
    break: (world) => change(trailOf(world), { eventSelectors: [{ ReadWriteType: 'ReadOnly' }] }),
  },
  {
    title: "trail leaves out IAM's events",
    check: 'trail',
    status: 'failed',
    fix: /aws cloudtrail put-event-selectors/,
    break: (world) =>
      change(trailOf(world), {
        advancedEventSelectors: [
          {
            FieldSelectors: [
              { Field: 'eventCategory', Equals: ['Management'] },
              { Field: 'eventSource', NotEquals: ['iam.amazonaws.com'] },
            ],
          },
        ],
      }),
  },
  {
    title: 'an advanced trail that has only data events',
    check: 'trail',
    status: 'failed',
    fix: /--advanced-event-selectors '\[\{"FieldSelectors":\[\{"Field":"eventCategory","Equals":\["Data"\]\}\]\},\{"Name":/,
    break: (world) =>
      change(trailOf(world), {
        advancedEventSelectors: [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['Data'] }] }],
      }),
  },
  {
    title: 'no trail',
    check: 'trail',
    status: 'failed',
    fix: /aws cloudtrail create-trail --name management-events/,
    break: ({ aws }) => swap(aws.trails, []),
  },
  {
    title: 'event source mapping disabled',
    check: 'event-source',
    status: 'failed',
    fix: /aws lambda update-event-source-mapping --uuid \S+ --enabled/,
    break: ({ aws }) => {
      const [mapping] = aws.lambda.eventSourceMappings;
      if (mapping === undefined) throw new Error('no mapping');
      return change(mapping, { state: 'Disabled' });
    },
  },
  {
    title: 'a dead letter',
    check: 'dead-letter-queue',
    status: 'failed',
    fix: /aws sqs start-message-move-task --source-arn arn:aws:sqs:us-east-1:111122223333:rolebridge-prod-reconcile-dead/,
    break: ({ stack: { deadLetterQueue } }) => {
      deadLetterQueue.send('{}');
      return () => {
        for (const { receiptHandle } of deadLetterQueue.receive(1)) deadLetterQueue.remove(receiptHandle);
      };
    },
  },
  {
    title: 'a function failed with an error',
    check: 'function-errors',
    status: 'warning',
    fix: /aws logs tail \/aws\/lambda\/rolebridge-prod-reconcile/,
    break: (world) => log(world, '2026-11-24T12:00:00Z 0d1f Task timed out after 300.00 seconds'),
  },
  {
    title: 'a function could not sign in',
    check: 'own-exchange',
    status: 'warning',
    fix: /rolebridge sweep/,
    break: (world) =>
      log(world, '{"level":"WARN","reason":"rolebridge could not sign in to Google: invalid_target"}'),
  },
  {
    title: 'no permission to read functions',
    check: 'functions',
    status: 'unknown',
    fix: /lambda:GetFunctionConfiguration/,
    break: ({ aws }) =>
      aws.intercept(({ action }) =>
        action === 'lambda:GetFunctionConfiguration'
          ? { kind: 'error', status: 403, code: 'AccessDeniedException', message: 'not you' }
          : undefined,
      ),
  },
  {
    title: 'no permission to test event patterns',
    check: 'role-events-rule',
    status: 'unknown',
    fix: /You need: events:DescribeRule, events:ListTargetsByRule, events:TestEventPattern/,
    break: ({ aws }) =>
      aws.intercept(({ action }) =>
        action === 'events:TestEventPattern'
          ? { kind: 'error', status: 400, code: 'AccessDeniedException', message: 'not you' }
          : undefined,
      ),
  },
  {
    title: 'ledger not protected from deletion',
    check: 'ledger',
    status: 'failed',
    fix: /update-table --table-name \S+ --deletion-protection-enabled/,
    break: ({ aws }) => change(protectionOf(aws), { isProtected: false }),
  },
  {
    title: 'ledger cannot be restored',
    check: 'ledger',
    status: 'failed',
    fix: /update-continuous-backups .*PointInTimeRecoveryEnabled=true/,
    break: ({ aws }) => change(protectionOf(aws), { isRecoverable: false }),
  },
  {
    title: 'ledger gone',
    check: 'ledger',
    status: 'failed',
    fix: /Restore it under the same name/,
    break: ({ aws }) => swapTable(aws, 'gone'),
  },
  {
    title: 'ledger item of a newer version',
    check: 'ledger',
    status: 'failed',
    fix: /If no newer version wrote them, delete them/,
    break: ({ aws }) => putItem(aws, 'scope', 'project#acme-new', '{"version":9}'),
  },
  {
    title: 'ledger emptied, and filled again since',
    check: 'ledger-members',
    status: 'failed',
    fix: /sweep --accept-table/,
    break: ({ aws }) =>
      putItem(aws, 'sweep', 'table', writeVerdict({ verdict: 'emptied', at: '2026-11-24T12:00:00Z' })),
  },
  {
    title: 'everything revoked',
    check: 'ledger',
    status: 'warning',
    fix: /rolebridge resume/,
    break: async (world) => {
      const { aws } = world;
      const TableName = tableOf(aws);
      // The command disables these rules and revokes all bindings.
      const stops = ['role-events', 'sweep'].map((name) =>
        change(ruleOf(world, name), { state: 'DISABLED' }),
      );
      const policy = world.cell(reader).current();
      const { bindings = [] } = policy;
      world.cell(reader).replace({
        ...policy,
        bindings: bindings.filter(({ role }) => role !== workloadIdentityUser),
      });
      const text = (S: string) => ({ S });
      const key = { pk: text('answer'), sk: text('revoke#all') };
      const body = text(writeAnswer('revoke', 'arn:aws:iam::111122223333:user/alice', new Date()));
      await aws.dynamodb.perform('PutItem', { TableName, Item: { ...key, revision: text('r'), body } });
      return async () => {
        await aws.dynamodb.perform('DeleteItem', { TableName, Key: key });
        world.cell(reader).replace(policy);
        for (const start of stops) start();
      };
    },
  },
  {
    title: 'ledger emptied',
    check: 'ledger-members',
    status: 'failed',
    fix: /Name the earlier projects, regions, prefixes and pools .*sweep --accept-table/,
    break: async ({ aws }) => {
      const TableName = tableOf(aws);
      const items = await aws.dynamodb.items(TableName);
      await aws.dynamodb.empty(TableName);
      return async () => {
        for (const Item of items) await aws.dynamodb.perform('PutItem', { TableName, Item });
      };
    },
  },
];
