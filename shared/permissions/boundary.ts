import { companyStatements } from '../../stack/company-policies.ts';
import { functionPolicies } from '../../stack/function-policies.ts';
import type { PolicyStatement, TemplateText } from '../../stack/statement.ts';
import { homeOf } from '../core/settings.ts';
import { stackRegion } from '../core/stack.ts';
import { merged } from './merged.ts';
import type { Statement } from './policy.ts';
import { type Deployment, scopesOf } from './scopes.ts';

/** The permissions boundary of the functions' two roles: everything that their policies allow, and nothing else. */
export const boundaryStatements = (deployment: Deployment): readonly Statement[] => {
  const { settings, stage } = deployment;
  const own = functionPolicies(settings, stage);
  const added = companyStatements(settings.deploy);
  return merged([
    ...[...own.reconcile, ...added.reconcile].map((one) => resolved(`Reconcile${one.Sid}`, one, deployment)),
    ...[...own.sweep, ...added.sweep].map((one) => resolved(`Sweep${one.Sid}`, one, deployment)),
  ]);
};

const resolved = (
  Sid: string,
  { Action, Resource, Condition }: PolicyStatement,
  deployment: Deployment,
): Statement => ({
  Sid,
  Effect: 'Allow',
  Action: listOf(Action),
  Resource: listOf(Resource).flatMap((text) => resolvedText(text, deployment)),
  ...(Condition === undefined ? {} : { Condition }),
});

const listOf = <T extends string | object>(value: T | readonly T[]): readonly T[] =>
  isList(value) ? value : [value];

const isList = <T>(value: T | readonly T[]): value is readonly T[] => Array.isArray(value);

/** @throws Error if a policy refers to a part of the stack that has no scope: a bug, which the tests find. */
const resolvedText = (text: TemplateText, deployment: Deployment): readonly string[] => {
  if (typeof text === 'string') return [text];
  if ('Fn::Sub' in text) return [withPseudoParameters(text['Fn::Sub'], deployment)];
  const [resource] = text['Fn::GetAtt'];
  const { ledger, queue } = scopesOf(deployment);
  if (resource === 'Ledger') return ledger;
  if (resource === 'ReconcileQueue') return queue;
  throw new Error(`No ARN is known for ${resource}, which a policy of the functions names.`);
};

const withPseudoParameters = (text: string, { settings }: Deployment): string =>
  text
    .replaceAll('${AWS::Partition}', 'aws')
    .replaceAll('${AWS::Region}', stackRegion)
    .replaceAll('${AWS::AccountId}', homeOf(settings));
