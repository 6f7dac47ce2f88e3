import { AwsError } from './call.ts';

/** A resource of the deployed stack, listed by CloudFormation. */
export interface StackResource {
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
}

/** The only call that `serverless invoke local` makes. */
export const describeStack = (action: string, resources: readonly StackResource[]): unknown => {
  if (action !== 'ListStackResources')
    throw new AwsError('InvalidAction', `The stand-in does not know cloudformation:${action}.`);
  return {
    StackResourceSummaries: resources.map(({ logicalId, physicalId, type }) => ({
      LogicalResourceId: logicalId,
      PhysicalResourceId: physicalId,
      ResourceType: type,
      ResourceStatus: 'CREATE_COMPLETE',
      LastUpdatedTimestamp: '2026-01-01T00:00:00Z',
    })),
  };
};
