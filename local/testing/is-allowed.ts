import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { IsAllowed } from '../aws/authorization.ts';

/** A real evaluator of IAM policies for the stand-in of AWS, which has none itself. */
export const isAllowed: IsAllowed = async (question) => {
  const { principal, action, resource, resourceAccountId, context, permissionsBoundary } = question;
  const { identityPolicies, resourcePolicy, sessionPolicy } = question;
  const simulated = await runSimulation(
    {
      request: {
        principal,
        action: action.replace(/Batch$/, ''),
        resource: { resource, accountId: resourceAccountId },
        contextVariables: context,
      },
      identityPolicies: identityPolicies.map((policy, index) => ({ name: `policy-${index}`, policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(resourcePolicy === undefined ? {} : { resourcePolicy }),
      ...(sessionPolicy === undefined ? {} : { sessionPolicy }),
      ...(permissionsBoundary === undefined
        ? {}
        : { permissionBoundaryPolicies: [{ name: 'boundary', policy: permissionsBoundary }] }),
    },
    {},
  );
  if (simulated.resultType === 'error')
    throw new Error(`the policy evaluator failed on ${action}: ${JSON.stringify(simulated.errors)}`);
  return simulated.overallResult === 'Allowed';
};
