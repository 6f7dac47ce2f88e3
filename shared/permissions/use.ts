import { otherAccounts } from '../../stack/other-accounts.ts';
import { stackRegion } from '../core/stack.ts';
import type { Condition, Statement } from './policy.ts';
import { type Deployment, type Scope, scopesOf } from './scopes.ts';

/** A set of calls that someone makes on one kind of thing. */
export interface Use {
  readonly actions: readonly string[];
  readonly on: Scope;
  readonly condition?: ConditionName;
}

export type ConditionName =
  | 'passedToLambda'
  | 'passedToCloudFormation'
  | 'forOurFunctions'
  | 'viaCloudFormation'
  | 'viaDynamoDb'
  | 'forAwsItself'
  | 'withBoundary'
  | 'inOurAccounts'
  | 'ofOurTags';

/** One statement per scope and condition, in the order of their first use, so that each is printed once. */
export const statementsOf = (
  uses: readonly Use[],
  deployment: Deployment,
  boundary?: string,
): readonly Statement[] => {
  const scopes = scopesOf(deployment);
  const conditions = conditionsOf(deployment, boundary);
  const grouped = Map.groupBy(uses, ({ on, condition }) => {
    const hasEffect = condition !== undefined && conditions[condition] !== undefined;
    return [on, ...(hasEffect ? [condition] : [])].map(capitalized).join('');
  });
  return [...grouped].flatMap(([Sid, same]) => {
    const [first] = same;
    // A part that this deployment does not have.
    if (first === undefined || scopes[first.on].length === 0) return [];
    const Condition = first.condition === undefined ? undefined : conditions[first.condition];
    return {
      Sid,
      Effect: 'Allow',
      Action: [...new Set(same.flatMap(({ actions }) => actions))].toSorted(),
      Resource: scopes[first.on],
      ...(Condition === undefined ? {} : { Condition }),
    };
  });
};

const conditionsOf = (
  deployment: Deployment,
  boundary: string | undefined,
): Readonly<Record<ConditionName, Condition | undefined>> => {
  const { tagKey } = deployment.settings;
  return {
    passedToLambda: { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
    passedToCloudFormation: { StringEquals: { 'iam:PassedToService': 'cloudformation.amazonaws.com' } },
    forOurFunctions: { ArnEquals: { 'lambda:FunctionArn': scopesOf(deployment).functions } },
    viaCloudFormation: { 'ForAnyValue:StringEquals': { 'aws:CalledVia': 'cloudformation.amazonaws.com' } },
    viaDynamoDb: { StringEquals: { 'kms:ViaService': `dynamodb.${stackRegion}.amazonaws.com` } },
    forAwsItself: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    withBoundary:
      boundary === undefined ? undefined : { StringEquals: { 'iam:PermissionsBoundary': boundary } },
    inOurAccounts: { StringEquals: otherAccounts(deployment.settings) },
    ofOurTags: {
      'ForAllValues:StringLike': { 'aws:TagKeys': [tagKey, `${tagKey}/*`] },
      // ForAllValues is also true where a call names no key.
      Null: { 'aws:TagKeys': 'false' },
    },
  };
};

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
