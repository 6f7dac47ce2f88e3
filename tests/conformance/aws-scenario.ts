import { paginateGetParameterHistory, paginateGetParametersByPath } from '@aws-sdk/client-ssm';
import { eventSteps } from './aws-event-steps.ts';
import { iamSteps } from './aws-iam-steps.ts';
import { queueSteps } from './aws-queue-steps.ts';
import { numbered, type Steps, tag, without } from './aws-subject.ts';

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
    // moto returns no ARN and no policies. It returns who changed it last, which the stand-in does not.
    return found.Parameters?.map((one) => without(one, 'ARN', 'Policies', 'LastModifiedUser'));
  },
  'gets several, and names those that are not there': ({ ssm }) =>
    ssm.getParameters({ Names: [Name, '/nothing'] }),
  'does not get eleven': ({ ssm }) => ssm.getParameters({ Names: numbered(11, (index) => `/n${index}`) }),
  'puts a SecureString, and shows its text to those alone who ask for decryption': async ({ ssm }) => {
    await ssm.putParameter({ ...parameter, Name: '/secret', Type: 'SecureString' });
    const [hidden, shown] = await Promise.all([
      ssm.getParameter({ Name: '/secret' }),
      ssm.getParameter({ Name: '/secret', WithDecryption: true }),
    ]);
    return [hidden.Parameter?.Type, hidden.Parameter?.Value === 'one', shown.Parameter?.Value];
  },
  'does not change the type of one': ({ ssm }) =>
    ssm.putParameter({ ...parameter, Name: '/secret', Overwrite: true }),
  'overwrites one, with our data type and without a pattern': ({ ssm }) =>
    ssm.putParameter({ ...parameter, DataType: 'text', AllowedPattern: '', Overwrite: true }),
  'puts 100 versions, and labels the first': async ({ ssm }) => {
    for (const Value of numbered(100, (index) => `v${index}`))
      await ssm.putParameter({ ...parameter, Name: '/labelled', Value, Overwrite: true });
    return ssm.labelParameterVersion({
      Name: '/labelled',
      ParameterVersion: 1,
      Labels: ['prod', '1st', 'awsx'],
    });
  },
  'does not put another version while the oldest has a label': ({ ssm }) =>
    ssm.putParameter({ ...parameter, Name: '/labelled', Overwrite: true }),
  'gets the history of one page by page, with its labels': async ({ ssm: client }) => {
    const pages = [];
    for await (const { Parameters = [] } of paginateGetParameterHistory(
      { client, pageSize: 50 },
      { Name: '/labelled' },
    ))
      pages.push(Parameters.map(({ Version, Type, Value, Labels }) => ({ Version, Type, Value, Labels })));
    return pages;
  },
  'does not get the history of one that is not there': ({ ssm }) =>
    ssm.getParameterHistory({ Name: '/nothing' }),
  'does not get a history in pages of 51': ({ ssm }) =>
    ssm.getParameterHistory({ Name: '/labelled', MaxResults: 51 }),
  'does not remove a label of a version that is not there': ({ ssm }) =>
    ssm.unlabelParameterVersion({ Name: '/labelled', ParameterVersion: 999, Labels: ['prod'] }),
  'removes a label, and names those that were not there': ({ ssm }) =>
    ssm.unlabelParameterVersion({ Name: '/labelled', ParameterVersion: 1, Labels: ['prod', 'other'] }),
  'puts another version, once the label is gone': ({ ssm }) =>
    ssm.putParameter({ ...parameter, Name: '/labelled', Overwrite: true }),
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
  'gets a path, only what is directly below': ({ ssm }) =>
    ssm.getParametersByPath({ Path: '/google-access' }),
  'gets a path with all below': ({ ssm }) =>
    ssm.getParametersByPath({ Path: '/google-access/reports/', Recursive: true }),
  'does not get pages of eleven': ({ ssm }) =>
    ssm.getParametersByPath({ Path: '/google-access', MaxResults: 11 }),
  'deletes one': ({ ssm }) => ssm.deleteParameter({ Name }),
  'does not delete it twice': ({ ssm }) => ssm.deleteParameter({ Name }),
  'deletes several, and names those that were not there': ({ ssm }) =>
    ssm.deleteParameters({ Names: ['/google-access/many/g0', '/nothing'] }),
};

const callerSteps: Steps = {
  'says in which account the caller is': async ({ sts }) => (await sts.getCallerIdentity({})).Account,
};

export const scenario: Steps = { ...iamSteps, ...ssmSteps, ...queueSteps, ...eventSteps, ...callerSteps };
