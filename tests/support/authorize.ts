import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { AwsCall } from '../../local/aws/call.ts';
import type { Json, Template } from '../../local/stack/template.ts';

/** Calls that need no permission: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
const free = new Set(['sts:GetCallerIdentity']);

/** Which actions the evaluator allowed, for the report of unused permissions. */
const allowedActions = new Set<string>();
export const deniedCalls: string[] = [];

/** The batch calls are authorised as the single ones. */
const actionOf = (action: string): string => action.replace(/Batch$/, '');

const isAllowed = async (call: AwsCall, resource: string, policies: readonly Json[]): Promise<boolean> => {
  const simulated = await runSimulation(
    {
      request: {
        principal: call.principalArn,
        action: actionOf(call.action),
        resource: { resource, accountId: call.accountId },
        contextVariables: call.context,
      },
      identityPolicies: policies.map((policy, index) => ({ name: `policy-${index}`, policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (simulated.resultType === 'error')
    throw new Error(`the policy evaluator failed on ${call.action}: ${JSON.stringify(simulated.errors)}`);
  return simulated.overallResult === 'Allowed';
};

/** Decides a call by the role's own policies in the packaged template, with a real policy evaluator: all it names must be allowed. */
export const authorize = async (call: AwsCall, policies: readonly Json[]): Promise<string | undefined> => {
  if (free.has(call.action)) return undefined;
  for (const resource of call.resources) {
    if (await isAllowed(call, resource, policies)) continue;
    const reason = `${call.principalArn} is not authorized to perform ${call.action} on ${resource}`;
    deniedCalls.push(reason);
    return reason;
  }
  allowedActions.add(actionOf(call.action));
  return undefined;
};

/** Lambda itself makes these calls under a function's role: the poller of its queue, and the log writer. */
const byLambda = new Set([
  'sqs:ReceiveMessage',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'logs:CreateLogStream',
  'logs:PutLogEvents',
]);

/** What a role of the template may do and no call of this test file needed. */
export const unusedActions = ({ resources }: Template, roleName: string): readonly string[] => {
  const policies = resources
    .filter(({ type, properties }) => type === 'AWS::IAM::Role' && properties['RoleName'] === roleName)
    .map(({ properties }) => JSON.stringify(properties['Policies']));
  const actions = policies.flatMap(
    (text) => text.match(/"(iam|ssm|sqs|events|logs|sts):[A-Z][A-Za-z]+"/g) ?? [],
  );
  return [...new Set(actions.map((action) => action.replaceAll('"', '')))].filter(
    (action) => !allowedActions.has(action) && !byLambda.has(action),
  );
};
