import {
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStackResourceCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  GetTemplateCommand,
  GetTemplateSummaryCommand,
  ListStackResourcesCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { ChangeSetName, type Deployments, StackName, startDeployments } from '../testing/deployments.ts';
import { puppetTemplate } from '../testing/puppets.ts';

let at: Deployments;
beforeEach(async () => {
  at = await startDeployments();
});
afterEach(() => at.close());

const alarm = (name: string) => ({
  Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmName: name } },
});
const update = { ChangeSetType: 'UPDATE' } as const;

it('creates a stack by a change set, with the status, events and resources of AWS', async () => {
  expect(await at.change()).toMatchObject({ Status: 'CREATE_COMPLETE' });
  expect(await at.events()).toEqual([`REVIEW_IN_PROGRESS ${StackName}`]);
  expect(await at.execute()).toBe('CREATE_COMPLETE');
  const events = await at.events();
  expect([events[1], events.at(-1)]).toEqual([
    `CREATE_IN_PROGRESS ${StackName}`,
    `CREATE_COMPLETE ${StackName}`,
  ]);
  const { StackResourceDetail: queue } = await at.cloudFormation.send(
    new DescribeStackResourceCommand({ StackName, LogicalResourceId: 'Queue' }),
  );
  expect(queue).toMatchObject({
    PhysicalResourceId: `${at.aws.url}/111122223333/puppets-prod-work`,
    ResourceStatus: 'CREATE_COMPLETE',
  });
  const { StackResourceSummaries = [] } = await at.cloudFormation.send(
    new ListStackResourcesCommand({ StackName }),
  );
  expect(StackResourceSummaries.map(({ LogicalResourceId }) => LogicalResourceId)).toEqual(
    Object.keys(JSON.parse(puppetTemplate()).Resources),
  );
});

it('updates a stack: new, changed and removed resources each have their own event', async () => {
  await at.change(alarm('one'));
  await at.execute();
  await at.change(alarm('two'), update);
  expect(await at.execute()).toBe('UPDATE_COMPLETE');
  await at.change({}, update);
  await at.execute();
  const events = await at.events();
  expect(events.filter((event) => event.endsWith(' Alarm'))).toEqual([
    'CREATE_COMPLETE Alarm',
    'UPDATE_COMPLETE Alarm',
    'DELETE_COMPLETE Alarm',
  ]);
  expect(events.slice(-2)).toEqual([
    `UPDATE_COMPLETE_CLEANUP_IN_PROGRESS ${StackName}`,
    `UPDATE_COMPLETE ${StackName}`,
  ]);
});

it('a change set without a change fails, cannot be executed, and can be deleted', async () => {
  await at.change();
  await at.execute();
  expect(await at.change({}, update)).toMatchObject({
    Status: 'FAILED',
    StatusReason: expect.stringContaining("The submitted information didn't contain changes."),
  });
  await expect(at.execute()).rejects.toMatchObject({ name: 'InvalidChangeSetStatusException' });
  const named = { StackName, ChangeSetName };
  await at.cloudFormation.send(new DeleteChangeSetCommand(named));
  await expect(at.cloudFormation.send(new DescribeChangeSetCommand(named))).rejects.toMatchObject({
    name: 'ChangeSetNotFoundException',
  });
});

it('a failed create can only be deleted, and a failed update leaves the previous template in place', async () => {
  const missing = { WorkPermission: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { Ref: 'None' } } } };
  await at.change(missing);
  expect(await at.execute()).toBe('ROLLBACK_COMPLETE');
  await expect(at.change({}, update)).rejects.toThrow(
    'is in ROLLBACK_COMPLETE state and can not be updated.',
  );
  await at.cloudFormation.send(new DeleteStackCommand({ StackName }));
  expect(await at.ended()).toBe('DELETE_COMPLETE');

  await at.change();
  await at.execute();
  await at.change(missing, update);
  expect(await at.execute()).toBe('UPDATE_ROLLBACK_COMPLETE');
  const { StackEvents = [] } = await at.cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
  expect(StackEvents[1]?.ResourceStatusReason).toBe('the template refers to None, which it does not contain');
  expect(await at.change(alarm('one'), update)).toMatchObject({ Status: 'CREATE_COMPLETE' });
});

it('a deleted stack is only known by its id, and its name is free again', async () => {
  await at.change();
  await at.execute();
  await at.cloudFormation.send(new DeleteStackCommand({ StackName }));
  expect(await at.ended()).toBe('DELETE_COMPLETE');
  await expect(at.cloudFormation.send(new DescribeStacksCommand({ StackName }))).rejects.toThrow(
    `Stack with id ${StackName} does not exist`,
  );
  await at.change();
  expect(await at.execute()).toBe('CREATE_COMPLETE');
});

it('lists the events of a stack newest first, 100 at a time', async () => {
  const queues = Object.fromEntries(
    Array.from({ length: 120 }, (_, index) => [
      `Q${index}`,
      { Type: 'AWS::SQS::Queue', Properties: { QueueName: `q${index}` } },
    ]),
  );
  await at.change(queues);
  await at.execute();
  const page = (NextToken?: string) =>
    at.cloudFormation.send(new DescribeStackEventsCommand({ StackName, NextToken }));
  const first = await page();
  const second = await page(first.NextToken);
  expect(first.StackEvents?.[0]).toMatchObject({
    LogicalResourceId: StackName,
    ResourceStatus: 'CREATE_COMPLETE',
  });
  expect(first.StackEvents).toHaveLength(100);
  expect(second.StackEvents?.at(-1)).toMatchObject({ ResourceStatus: 'REVIEW_IN_PROGRESS' });
  expect(second.NextToken).toBeUndefined();
});

it('validates a template that was uploaded', async () => {
  await at.aws.s3.perform('PutObject', {
    Bucket: 'zips',
    Key: 'a:b.json',
    Body: Buffer.from(puppetTemplate()),
  });
  const TemplateURL = 'https://s3.amazonaws.com/zips/a:b.json';
  expect(await at.cloudFormation.send(new ValidateTemplateCommand({ TemplateURL }))).toMatchObject({
    Capabilities: ['CAPABILITY_NAMED_IAM'],
  });
  expect(await at.cloudFormation.send(new GetTemplateSummaryCommand({ TemplateURL }))).toMatchObject({
    Capabilities: ['CAPABILITY_NAMED_IAM'],
    ResourceTypes: expect.arrayContaining(['AWS::IAM::Role', 'AWS::Lambda::Function']),
  });
});

describe('refuses, as AWS does,', () => {
  const strange = JSON.stringify({ Resources: { Topic: { Type: 'AWS::Strange::Thing', Properties: {} } } });
  it.each([
    ['an update of no stack', () => at.change({}, update), `Stack [${StackName}] does not exist`],
    [
      'roles without the capability',
      () => at.change({}, { Capabilities: [] }),
      'Requires capabilities : [CAPABILITY_NAMED_IAM]',
    ],
    [
      'no JSON',
      () => at.change({}, { TemplateBody: '{Resources' }),
      'Template format error: JSON not well-formed.',
    ],
    [
      'no resource',
      () => at.change({}, { TemplateBody: '{}' }),
      'At least one Resources member must be defined.',
    ],
    [
      'an unknown type',
      () => at.change({}, { TemplateBody: strange }),
      'Unrecognized resource types: [AWS::Strange::Thing]',
    ],
    [
      'no template',
      () => at.cloudFormation.send(new ValidateTemplateCommand({})),
      'Either Template URL or Template Body must be specified.',
    ],
    [
      'events of no stack',
      () => at.cloudFormation.send(new DescribeStackEventsCommand({ StackName })),
      `Stack [${StackName}] does not exist`,
    ],
    [
      'resources of no stack',
      () => at.cloudFormation.send(new ListStackResourcesCommand({ StackName })),
      `Stack with id ${StackName} does not exist`,
    ],
    [
      'an unknown call',
      () => at.cloudFormation.send(new GetTemplateCommand({ StackName })),
      'The stand-in does not know cloudformation:GetTemplate.',
    ],
    [
      'to execute no change set',
      async () => {
        await at.change();
        return at.cloudFormation.send(new ExecuteChangeSetCommand({ StackName, ChangeSetName: 'other' }));
      },
      'ChangeSet [other] does not exist',
    ],
    [
      'a second change set of one name',
      async () => {
        await at.change();
        return at.change();
      },
      `ChangeSet ${ChangeSetName} cannot be created`,
    ],
    [
      'to create a stack twice',
      async () => {
        await at.change();
        await at.execute();
        return at.change();
      },
      'already exists and cannot be created with the changeSet',
    ],
    [
      'an unknown resource',
      async () => {
        await at.change();
        await at.execute();
        return at.cloudFormation.send(
          new DescribeStackResourceCommand({ StackName, LogicalResourceId: 'None' }),
        );
      },
      `Resource None does not exist for stack ${StackName}`,
    ],
  ])('%s', async (_, call, message) => {
    await expect(call()).rejects.toThrow(message);
  });
});
