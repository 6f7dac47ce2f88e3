import type { EventBridge } from '@aws-sdk/client-eventbridge';
import { type IAM, paginateListRoles, type RoleDetail } from '@aws-sdk/client-iam';
import type { SQS } from '@aws-sdk/client-sqs';
import { paginateGetParametersByPath, type SSM } from '@aws-sdk/client-ssm';
import type { STS } from '@aws-sdk/client-sts';

/** What rolebridge asks of AWS, as steps that build on each other, for any program that speaks AWS's APIs. */
export interface Subject {
  readonly iam: IAM;
  readonly ssm: SSM;
  readonly sqs: SQS;
  readonly sts: STS;
  readonly events: EventBridge;
  /** Of an empty queue with a visibility time-out of 30 s. */
  readonly QueueUrl: string;
}

export type Steps = Readonly<Record<string, (subject: Subject) => Promise<unknown>>>;

const AssumeRolePolicyDocument = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});
const RoleName = 'reports';
const Missing = { RoleName: 'nobody' };
const email = 'reader@acme-data.iam.gserviceaccount.com';
const tag = (Key: string, Value: string) => ({ Key, Value });
const numbered = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

const without = (value: object, ...names: readonly string[]) =>
  Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));

/** Neither promises in which order roles are listed; and moto does not encode the trust policies of lists. */
const sorted = (roles: readonly RoleDetail[] = []) =>
  roles
    .toSorted((a, b) => ((a.RoleName ?? '') < (b.RoleName ?? '') ? -1 : 1))
    .map((role) => without(role, 'AssumeRolePolicyDocument'));

const iamSteps: Steps = {
  'creates a role with path and tags': ({ iam }) =>
    iam.createRole({ RoleName, AssumeRolePolicyDocument, Path: '/team/', Tags: [tag('Team', 'x')] }),
  'creates a role without': ({ iam }) => iam.createRole({ RoleName: 'app-1', AssumeRolePolicyDocument }),
  'does not create a role twice': ({ iam }) => iam.createRole({ RoleName, AssumeRolePolicyDocument }),
  'does not create a role with 51 tags': ({ iam }) =>
    iam.createRole({
      RoleName: 'app-2',
      AssumeRolePolicyDocument,
      Tags: numbered(51, (index) => tag(`k${index}`, '')),
    }),
  'gets a role with its tags': ({ iam }) => iam.getRole({ RoleName }),
  'gets a role without tags': ({ iam }) => iam.getRole({ RoleName: 'app-1' }),
  'does not get a role that is not there': ({ iam }) => iam.getRole(Missing),
  'tags a role': ({ iam }) =>
    iam.tagRole({ RoleName, Tags: [tag('google-access', email), tag('Team', 'y')] }),
  'lists the tags of a role': ({ iam }) => iam.listRoleTags({ RoleName }),
  'does not tag with a value that is too long': ({ iam }) =>
    iam.tagRole({ RoleName, Tags: [tag('a', 'x'.repeat(257))] }),
  'does not tag with a key that is too long': ({ iam }) =>
    iam.tagRole({ RoleName, Tags: [tag('x'.repeat(129), 'a')] }),
  'does not tag a role that is not there': ({ iam }) => iam.tagRole({ ...Missing, Tags: [tag('a', 'b')] }),
  'untags a role, of a key that it has not too': ({ iam }) =>
    iam.untagRole({ RoleName, TagKeys: ['Team', 'missing'] }),
  'does not untag a role that is not there': ({ iam }) => iam.untagRole({ ...Missing, TagKeys: ['a'] }),
  'lists the tags that are left': ({ iam }) => iam.listRoleTags({ RoleName }),
  'lists roles, without their tags': async ({ iam }) => sorted((await iam.listRoles({})).Roles),
  'lists roles of a path': async ({ iam }) => sorted((await iam.listRoles({ PathPrefix: '/team/' })).Roles),
  'lists roles page by page': async ({ iam: client }) => {
    const sizes: (number | undefined)[] = [];
    for await (const { Roles } of paginateListRoles({ client, pageSize: 1 }, {})) sizes.push(Roles?.length);
    return sizes;
  },
  'reads the account’s roles, with their tags': async ({ iam }) => {
    const { RoleDetailList, ...rest } = await iam.getAccountAuthorizationDetails({ Filter: ['Role'] });
    return { roles: sorted(RoleDetailList), ...rest };
  },
  'reads the account’s roles page by page': async ({ iam }) => {
    const { RoleDetailList, IsTruncated } = await iam.getAccountAuthorizationDetails({ MaxItems: 1 });
    return { count: RoleDetailList?.length, IsTruncated };
  },
  'deletes a role': ({ iam }) => iam.deleteRole({ RoleName }),
  'does not delete a role twice': ({ iam }) => iam.deleteRole({ RoleName }),
};

const Name = '/google-access/reports/default';
const parameter = { Name, Value: 'one', Type: 'String' } as const;

const ssmSteps: Steps = {
  'puts a parameter': ({ ssm }) => ssm.putParameter({ ...parameter, Description: 'd' }),
  'does not put it again without Overwrite': ({ ssm }) => ssm.putParameter(parameter),
  'overwrites it': ({ ssm }) => ssm.putParameter({ ...parameter, Value: 'two', Overwrite: true }),
  'gets it': ({ ssm }) => ssm.getParameter({ Name }),
  'does not get one that is not there': ({ ssm }) => ssm.getParameter({ Name: '/nothing' }),
  'does not put below AWS’s own path': ({ ssm }) => ssm.putParameter({ ...parameter, Name: '/aws/x' }),
  'does not put a name that begins with aws': ({ ssm }) => ssm.putParameter({ ...parameter, Name: 'awsx' }),
  'does not put a name that begins with ssm': ({ ssm }) => ssm.putParameter({ ...parameter, Name: '/ssm/x' }),
  'does not put an empty value': ({ ssm }) => ssm.putParameter({ ...parameter, Name: '/e', Value: '' }),
  'does not put tags with Overwrite': ({ ssm }) =>
    ssm.putParameter({ ...parameter, Overwrite: true, Tags: [tag('a', 'b')] }),
  'puts an advanced one': ({ ssm }) =>
    ssm.putParameter({ ...parameter, Name: '/big', Value: 'x'.repeat(5000), Tier: 'Advanced' }),
  'describes one': async ({ ssm }) => {
    const found = await ssm.describeParameters({ ParameterFilters: [{ Key: 'Name', Values: [Name] }] });
    // moto tells no ARN and no policies, but who changed it last, which the stand-in does not.
    return found.Parameters?.map((one) => without(one, 'ARN', 'Policies', 'LastModifiedUser'));
  },
  'gets several, and tells which are not there': ({ ssm }) =>
    ssm.getParameters({ Names: [Name, '/nothing'] }),
  'does not get eleven': ({ ssm }) => ssm.getParameters({ Names: numbered(11, (index) => `/n${index}`) }),
  'gets a path page by page': async ({ ssm: client }) => {
    for (const index of numbered(12, String))
      await client.putParameter({ ...parameter, Name: `/google-access/many/g${index}` });
    const pages: (number | undefined)[] = [];
    const names: (string | undefined)[] = [];
    const asked = { Path: '/google-access/many', MaxResults: 10 };
    for await (const { Parameters } of paginateGetParametersByPath({ client }, asked)) {
      pages.push(Parameters?.length);
      names.push(...(Parameters ?? []).map((one) => one.Name));
    }
    return { pages, names: new Set(names) };
  },
  'gets a path, what is directly below alone': ({ ssm }) =>
    ssm.getParametersByPath({ Path: '/google-access' }),
  'gets a path with all below': ({ ssm }) =>
    ssm.getParametersByPath({ Path: '/google-access/reports/', Recursive: true }),
  'does not get pages of eleven': ({ ssm }) =>
    ssm.getParametersByPath({ Path: '/google-access', MaxResults: 11 }),
  'deletes one': ({ ssm }) => ssm.deleteParameter({ Name }),
  'does not delete it twice': ({ ssm }) => ssm.deleteParameter({ Name }),
  'deletes several, and tells which were not there': ({ ssm }) =>
    ssm.deleteParameters({ Names: ['/google-access/many/g0', '/nothing'] }),
};

const receive = async ({ sqs, QueueUrl }: Subject) => {
  const MessageSystemAttributeNames = ['ApproximateReceiveCount' as const];
  const received = await sqs.receiveMessage({
    QueueUrl,
    MaxNumberOfMessages: 10,
    MessageSystemAttributeNames,
  });
  return received.Messages ?? [];
};

const sqsSteps: Steps = {
  'sends a message': ({ sqs, QueueUrl }) => sqs.sendMessage({ QueueUrl, MessageBody: 'a' }),
  'receives it once, and again when its time-out is set to nothing': async (subject) => {
    const first = await receive(subject);
    const second = await receive(subject);
    const { sqs, QueueUrl } = subject;
    const Entries = first.map(({ ReceiptHandle }) => ({ Id: 'a', ReceiptHandle, VisibilityTimeout: 0 }));
    const shown = await sqs.changeMessageVisibilityBatch({ QueueUrl, Entries });
    return { first, second, shown, third: await receive(subject) };
  },
  'deletes a message': async (subject) => {
    const { sqs, QueueUrl } = subject;
    await sqs.sendMessage({ QueueUrl, MessageBody: 'b' });
    const [message] = await receive(subject);
    return sqs.deleteMessage({ QueueUrl, ReceiptHandle: message?.ReceiptHandle });
  },
  'sends a batch, one of it later': ({ sqs, QueueUrl }) => {
    const later = { Id: '1', MessageBody: 'later', DelaySeconds: 900 };
    return sqs.sendMessageBatch({ QueueUrl, Entries: [{ Id: '0', MessageBody: 'now' }, later] });
  },
  'receives of it what is due': receive,
  'does not send eleven at once': ({ sqs, QueueUrl }) =>
    sqs.sendMessageBatch({ QueueUrl, Entries: numbered(11, (Id) => ({ Id: `${Id}`, MessageBody: 'x' })) }),
  'does not send an empty batch': ({ sqs, QueueUrl }) => sqs.sendMessageBatch({ QueueUrl, Entries: [] }),
  'does not send two entries of one id': ({ sqs, QueueUrl }) =>
    sqs.sendMessageBatch({ QueueUrl, Entries: numbered(2, () => ({ Id: 'same', MessageBody: 'x' })) }),
  'does not send with a delay of more than 15 minutes': ({ sqs, QueueUrl }) =>
    sqs.sendMessage({ QueueUrl, MessageBody: 'x', DelaySeconds: 901 }),
  'does not receive eleven at once': ({ sqs, QueueUrl }) =>
    sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 11 }),
  'fails an entry whose message is not there': ({ sqs, QueueUrl }) => {
    const entry = { Id: 'a', ReceiptHandle: 'nothing', VisibilityTimeout: 1 };
    return sqs.changeMessageVisibilityBatch({ QueueUrl, Entries: [entry] });
  },
  'does not send to a queue that is not there': ({ sqs, QueueUrl }) =>
    sqs.sendMessage({ QueueUrl: `${QueueUrl}-not`, MessageBody: 'x' }),
};

const entry = { Source: 'rolebridge', DetailType: 'Google Access Granted', Detail: '{}' };

const otherSteps: Steps = {
  'says in which account the caller is': async ({ sts }) => (await sts.getCallerIdentity({})).Account,
  'puts events': ({ events }) => events.putEvents({ Entries: [entry, entry] }),
  'fails the entries that are not well formed': ({ events }) => {
    const { Source, DetailType, Detail } = entry;
    const broken = [
      { ...entry, Detail: 'no json' },
      { DetailType, Detail },
      { Source, Detail },
      { Source, DetailType },
    ];
    return events.putEvents({ Entries: [entry, ...broken] });
  },
  'does not put eleven events': ({ events }) => events.putEvents({ Entries: numbered(11, () => entry) }),
};

export const scenario: Steps = { ...iamSteps, ...ssmSteps, ...sqsSteps, ...otherSteps };
