import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { AwsCall } from '../../local/aws/call.ts';
import type { Json } from '../../local/stack/template.ts';
import { recordCall } from './permission-log.ts';

/** Calls that need no permission: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
const free = new Set(['sts:GetCallerIdentity']);

export const deniedCalls: string[] = [];

/** The batch calls need the same permissions as the single ones. */
const actionOf = (action: string): string => action.replace(/Batch$/, '');

/** The input of an evaluation, besides the resource. */
export type Question = Pick<AwsCall, 'action' | 'accountId' | 'principalArn' | 'context'>;

const evaluate = async (
  call: Question,
  resource: string,
  policies: readonly Json[],
): Promise<string | undefined> => {
  const simulated = await runSimulation(
    {
      request: {
        principal: call.principalArn,
        action: actionOf(call.action),
        resource: { resource, accountId: call.accountId },
        contextVariables: call.context,
      },
      identityPolicies: policies.map((policy, index) => ({ name: `policy-${index}`, policy })),
      ...(resource.startsWith('arn:aws:kms:') ? { resourcePolicy: keyPolicyOf(call.accountId) } : {}),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (simulated.resultType === 'error')
    throw new Error(`the policy evaluator failed on ${call.action}: ${JSON.stringify(simulated.errors)}`);
  if (simulated.overallResult !== 'Allowed') return undefined;
  const results = simulated.resultType === 'single' ? [simulated.result] : simulated.results;
  const [statement] = results.flatMap(({ analysis }) => analysis.identityAnalysis?.allowStatements ?? []);
  return statement?.statement.sid() ?? '(a statement without a Sid)';
};

/** A key's policy decides about its use. The usual one leaves it to the policies of the account's roles. */
const keyPolicyOf = (accountId: string): Json => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${accountId}:root` },
      Action: 'kms:*',
      Resource: '*',
    },
  ],
});

type Policies = readonly Json[];
const evaluated = new WeakMap<Policies, Map<string, Promise<string | undefined>>>();

/**
 * The statement that allows a call; undefined if none does. It is cached, because the functions make the same calls
 * again and again.
 */
export const allowingStatement = (call: Question, resource: string, policies: Policies) => {
  const known = evaluated.get(policies) ?? new Map<string, Promise<string | undefined>>();
  evaluated.set(policies, known);
  const question = JSON.stringify([call.principalArn, call.action, resource, call.context]);
  const answer = known.get(question) ?? evaluate(call, resource, policies);
  known.set(question, answer);
  return answer;
};

/** `arn:aws:sts::111122223333:assumed-role/NAME/SESSION` */
const roleOf = (principalArn: string): string => principalArn.split('/').at(1) ?? '';

/**
 * Evaluates a call against the role's own policies in the packaged template, with a real policy evaluator: every
 * resource that it names must be allowed.
 */
export const authorize = async (call: AwsCall, policies: readonly Json[]): Promise<string | undefined> => {
  if (free.has(call.action)) return undefined;
  for (const resource of call.resources) {
    const statement = await allowingStatement(call, resource, policies);
    recordCall({ role: roleOf(call.principalArn), action: actionOf(call.action), resource, statement });
    if (statement !== undefined) continue;
    const reason = `${call.principalArn} is not authorized to perform ${call.action} on ${resource}`;
    deniedCalls.push(reason);
    return reason;
  }
  return undefined;
};
