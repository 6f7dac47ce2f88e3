import { outcomeTypes } from '../shared/core/outcome.ts';
import type { Settings } from '../shared/core/settings.ts';
import { memberRole, stackNames } from '../shared/core/stack.ts';
import { accountStatements } from './account-policies.ts';
import { otherAccounts } from './other-accounts.ts';
import {
  allow,
  eventsOf,
  type PolicyCondition,
  type PolicyStatement,
  sub,
  type TemplateText,
} from './statement.ts';

/**
 * The policies of the functions' two AWS roles. serverless.yml includes them, and `rolebridge permissions --print boundary`
 * prints them as a permissions boundary, so the two cannot differ.
 */
export const functionPolicies = (
  settings: Settings,
  stage: string,
): Readonly<Record<'reconcile' | 'sweep', readonly PolicyStatement[]>> => ({
  reconcile: reconcileStatements(settings, stage),
  sweep: sweepStatements(settings, stage),
});

/** `serverless` includes a list in the template as it is. */
export const policyNamed = (PolicyName: string, Statement: readonly PolicyStatement[]) => [
  { PolicyName, PolicyDocument: { Version: '2012-10-17', Statement } },
];

const reconcileStatements = (settings: Settings, stage: string): readonly PolicyStatement[] => [
  ...accountStatements(settings).reconcile,
  allow('ReadLedger', 'dynamodb:BatchGetItem', ledger, keysLike('role#*', 'scope', 'answer', 'sweep')),
  allow('ReadScope', 'dynamodb:Query', ledger, keysIn('scope')),
  allow('WriteLedger', ['dynamodb:PutItem', 'dynamodb:DeleteItem'], ledger, keysLike('role#*')),
  allow('EnterScope', 'dynamodb:PutItem', ledger, keysIn('scope')),
  allow('SendOutcomes', 'events:PutEvents', eventBus, eventsOf('rolebridge', outcomeTypes)),
  allow(
    'WorkTheQueue',
    [
      'sqs:ReceiveMessage',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ChangeMessageVisibility',
      'sqs:SendMessage',
    ],
    { 'Fn::GetAtt': ['ReconcileQueue', 'Arn'] },
  ),
  ...assume(settings, stage, 'member'),
  writeLogs(stackNames(stage).reconcileFunction),
];

const sweepStatements = (settings: Settings, stage: string): readonly PolicyStatement[] => [
  ...accountStatements(settings).sweep,
  allow('ReadLedger', ['dynamodb:Scan', 'dynamodb:BatchGetItem'], ledger),
  allow(
    'KeepNotesAndAnswers',
    ['dynamodb:PutItem', 'dynamodb:DeleteItem'],
    ledger,
    keysIn('sweep', 'answer'),
  ),
  allow(
    'KeepHeldLists',
    ['dynamodb:PutItem', 'dynamodb:DeleteItem'],
    ledger,
    // One key per AWS account. No other key begins like this.
    keysLike('held#????????????'),
  ),
  // It writes the lists of inherited members. Also without a rule for a Google role: former rules may have left lists, for which people
  // still answer.
  allow('KeepScope', ['dynamodb:PutItem', 'dynamodb:DeleteItem'], ledger, keysIn('scope')),
  allow(
    'TellReconcile',
    'events:PutEvents',
    eventBus,
    eventsOf('rolebridge', ['Drift Detected', 'Revocations Held']),
  ),
  ...assume(settings, stage, 'member-read'),
  writeLogs(stackNames(stage).sweepFunction),
];

const ledger: TemplateText = { 'Fn::GetAtt': ['Ledger', 'Arn'] };
const eventBus = sub('arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default');

/** ForAllValues is also true where a call names no key, so Null asks for one. */
const someKey = { Null: { 'dynamodb:LeadingKeys': 'false' } };
const keysIn = (...keys: readonly string[]): PolicyCondition => ({
  'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': keys },
  ...someKey,
});
const keysLike = (...patterns: readonly string[]): PolicyCondition => ({
  'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': patterns },
  ...someKey,
});

/** The function's role in every other account. */
const assume = (
  settings: Settings,
  stage: string,
  kind: 'member' | 'member-read',
): readonly PolicyStatement[] =>
  settings.accounts.length === 1
    ? []
    : [
        allow('AssumeInOtherAccounts', 'sts:AssumeRole', memberRole(stage, settings, '*', kind).arn, {
          StringEquals: otherAccounts(settings),
        }),
      ];

/** A function's log group has the function's name. */
const writeLogs = (functionName: string): PolicyStatement =>
  allow(
    'WriteLogs',
    ['logs:CreateLogStream', 'logs:PutLogEvents'],
    sub(
      `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/${functionName}:*`,
    ),
  );
