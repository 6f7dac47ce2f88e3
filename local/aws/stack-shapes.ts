import type { ChangeSet, LocalStack, StackResource } from './stacks.ts';

/** Answers about stacks: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Types.html */

export const stackShape = ({
  id,
  name,
  createdAt,
  status,
  tags,
  deployed,
  template,
  parameters,
  events,
}: LocalStack) => ({
  StackId: id,
  StackName: name,
  CreationTime: createdAt,
  ...(template === undefined ? {} : { LastUpdatedTime: events.at(-1)?.time ?? createdAt }),
  StackStatus: status,
  DisableRollback: false,
  EnableTerminationProtection: false,
  Tags: tags,
  Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
    ParameterKey,
    ParameterValue,
  })),
  Outputs: deployed.outputs.map(({ key, value, description, exportName }) => ({
    OutputKey: key,
    OutputValue: value,
    Description: description,
    ExportName: exportName,
  })),
});

/** A resource has the status of its last event. */
export const resourceShape = (
  stack: LocalStack | undefined,
  { logicalId, physicalId, type }: StackResource,
) => {
  const last = stack?.events.findLast(({ resource }) => resource.logicalId === logicalId);
  return {
    LogicalResourceId: logicalId,
    PhysicalResourceId: physicalId,
    ResourceType: type,
    ResourceStatus: last?.status ?? 'CREATE_COMPLETE',
    LastUpdatedTimestamp: last?.time ?? '2026-01-01T00:00:00Z',
  };
};

const eventsPerPage = 100;

/** Newest first. */
export const eventsShape = ({ id, name, events }: LocalStack, nextToken: string) => {
  // Counted from the oldest, so that new events do not move a page.
  const end = nextToken === '' ? events.length : Number(nextToken);
  const start = Math.max(0, end - eventsPerPage);
  return {
    StackEvents: events
      .slice(start, end)
      .toReversed()
      .map(({ id: EventId, resource, status, reason, time }) => ({
        StackId: id,
        StackName: name,
        EventId,
        LogicalResourceId: resource.logicalId,
        PhysicalResourceId: resource.physicalId,
        ResourceType: resource.type,
        ResourceStatus: status,
        ResourceStatusReason: reason,
        Timestamp: time,
      })),
    NextToken: start === 0 ? undefined : String(start),
  };
};

export const changeSetShape = (
  stack: LocalStack,
  { id, name, changes, tags, failure, createdAt }: ChangeSet,
) => ({
  ChangeSetId: id,
  ChangeSetName: name,
  StackId: stack.id,
  StackName: stack.name,
  CreationTime: createdAt,
  Status: failure === undefined ? 'CREATE_COMPLETE' : 'FAILED',
  StatusReason: failure,
  ExecutionStatus: failure === undefined ? 'AVAILABLE' : 'UNAVAILABLE',
  Tags: tags,
  Changes: changes.map(({ action, logicalId, type }) => ({
    Type: 'Resource',
    ResourceChange: { Action: action, LogicalResourceId: logicalId, ResourceType: type },
  })),
});
