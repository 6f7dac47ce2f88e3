import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { GetRolePolicyCommand, ListRolePoliciesCommand } from '@aws-sdk/client-iam';
import pMap from 'p-map';
import type { PresentRole } from '../../../core/model.ts';
import { stackRegion } from '../../../core/stack.ts';
import type { MemberView } from '../../../doctor/ports.ts';
import { tried } from '../failure.ts';
import { awsListings } from '../listings.ts';
import type { MemberClients } from '../member-clients.ts';
import { nextMarker, pagesOf } from '../pages-of.ts';
import { awsParameters } from '../parameters.ts';
import { policyText } from '../policy-document.ts';
import { requestHandler } from '../request-handler.ts';
import { ruleView } from './deployed.ts';
import { rolesView } from './roles.ts';
import { trailsView } from './trails.ts';

/** Reads another AWS account through its viewer role; writes nothing. */
export const memberView = (
  clients: MemberClients,
  maxAttempts: number,
  abortSignal: AbortSignal,
): MemberView => {
  const common = { credentials: clients.credentials, requestHandler, maxAttempts };
  const events = new EventBridgeClient({ ...common, region: stackRegion });
  return {
    ...rolesView(clients, abortSignal),
    rolePolicies: (roleName) => inlinePolicies(clients, roleName, abortSignal),
    rule: ruleView(events, abortSignal),
    trails: trailsView({ cloudTrail: (region) => new CloudTrailClient({ ...common, region }) }, abortSignal),
    roles: async (accountId) => {
      const roles: PresentRole[] = [];
      for await (const page of awsListings(() => clients, 1, abortSignal).roles(accountId))
        roles.push(...page);
      return roles;
    },
    instances: async (region, profileArns) => {
      const { listInstances } = await import('./instances.ts');
      return listInstances({ ...common, region }, profileArns, abortSignal);
    },
    parameters: awsParameters(() => clients, abortSignal).list,
  };
};

const inlinePolicies = async (
  { iam }: MemberClients,
  roleName: string,
  abortSignal: AbortSignal,
): Promise<readonly string[]> => {
  const pages = pagesOf(`listing the inline policies of role ${roleName}`, {
    read: (Marker) => iam.send(new ListRolePoliciesCommand({ RoleName: roleName, Marker }), { abortSignal }),
    nextOf: nextMarker(`inline policies of role ${roleName}`),
  });
  const names: string[] = [];
  for await (const { PolicyNames = [] } of pages) names.push(...PolicyNames);
  return pMap(
    names,
    (PolicyName) =>
      tried(`reading the policy ${PolicyName} of role ${roleName}`, async () => {
        const { PolicyDocument } = await iam.send(
          new GetRolePolicyCommand({ RoleName: roleName, PolicyName }),
          { abortSignal },
        );
        return policyText(PolicyDocument, `role ${roleName}`);
      }),
    { concurrency: 2 },
  );
};
