import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { GetRolePolicyCommand, ListRolePoliciesCommand } from '@aws-sdk/client-iam';
import pMap from 'p-map';
import type { PresentRole } from '../../../core/model.ts';
import type { MemberView } from '../../../doctor/ports.ts';
import { tried } from '../failure.ts';
import { awsListings } from '../listings.ts';
import type { MemberClients } from '../member-clients.ts';
import { namedRefusals, outermost } from '../named-refusals.ts';
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
  const cloudTrail = (region: string): CloudTrailClient => {
    const client = new CloudTrailClient({ ...common, region });
    client.middlewareStack.add(namedRefusals(clients.role, 'cloudtrail', region), outermost);
    return client;
  };
  return {
    ...rolesView(clients, abortSignal),
    rolePolicies: (roleName) => inlinePolicies(clients, roleName, abortSignal),
    rule: ruleView(clients.events, abortSignal),
    trails: trailsView({ cloudTrail }, abortSignal),
    roles: async (accountId) => {
      const roles: PresentRole[] = [];
      for await (const page of awsListings(() => clients, 1, abortSignal).roles(accountId))
        roles.push(...page);
      return roles;
    },
    instances: async (region, profileArns) => {
      const { listInstances } = await import('./instances.ts');
      const refusals = namedRefusals(clients.role, 'ec2', region);
      return listInstances({ ...common, region }, profileArns, abortSignal, refusals);
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
