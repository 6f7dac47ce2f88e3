import { DescribeInstancesCommand, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import { failureOf, type Harness, startHarness } from '../testing/aws-harness.ts';
import { accountId } from '../testing/settings.ts';
import type { LocalInstance } from './instances.ts';

const profile = (name: string) => `arn:aws:iam::${accountId}:instance-profile/${name}`;
const metadata = { httpTokens: 'required', httpPutResponseHopLimit: 2, httpEndpoint: 'enabled' } as const;
const numbered = (count: number): LocalInstance[] =>
  Array.from({ length: count }, (_, index) => ({
    instanceId: `i-${String(index).padStart(17, '0')}`,
    region: 'us-east-1',
    state: 'running',
    metadata,
  }));

let at: Harness;
beforeEach(async () => {
  at = await startHarness();
});
afterEach(() => at.close());

const find = async (input: object = {}, client = at.ec2) =>
  (await client.send(new DescribeInstancesCommand(input))).Reservations?.flatMap(
    ({ Instances = [] }) => Instances,
  );
const ids = async (input: object = {}) => (await find(input))?.map(({ InstanceId }) => InstanceId);
const filter = (Name: string, ...Values: string[]) => ({ Filters: [{ Name, Values }] });

it('returns the profile, the state and the metadata options of an instance', async () => {
  at.aws.instances.push({
    instanceId: 'i-1',
    region: 'us-east-1',
    state: 'stopped',
    instanceProfileArn: profile('web'),
    metadata: { httpTokens: 'optional', httpPutResponseHopLimit: 1, httpEndpoint: 'disabled' },
    tags: { Name: 'a <b>' },
    launchTime: new Date('2026-11-24T00:00:00Z'),
  });
  expect(await find()).toMatchObject([
    {
      InstanceId: 'i-1',
      State: { Code: 80, Name: 'stopped' },
      IamInstanceProfile: { Arn: profile('web'), Id: expect.stringMatching(/^AIPA/) },
      MetadataOptions: {
        State: 'applied',
        HttpTokens: 'optional',
        HttpPutResponseHopLimit: 1,
        HttpEndpoint: 'disabled',
      },
      Placement: { AvailabilityZone: 'us-east-1a' },
      Tags: [{ Key: 'Name', Value: 'a <b>' }],
      LaunchTime: new Date('2026-11-24T00:00:00Z'),
    },
  ]);
});

it('a region has its own instances, or none', async () => {
  at.aws.instances.push(...numbered(1));
  expect(await ids()).toHaveLength(1);
  expect(await find({}, at.as(at.aws.admin, 'eu-west-1').ec2)).toEqual([]);
  const [instance] = await at.ec2
    .send(new DescribeInstancesCommand({}))
    .then(({ Reservations: [{ Instances = [] } = {}] = [] }) => Instances);
  expect(instance).not.toHaveProperty('IamInstanceProfile');
});

it('an instance must pass all filters, with any of their values', async () => {
  const [a, b, c] = numbered(3);
  at.aws.instances.push(
    ...[a, b, c]
      .filter((one) => one !== undefined)
      .map((one, index) => ({
        ...one,
        state: index === 2 ? ('stopped' as const) : ('running' as const),
        instanceProfileArn: profile(index === 0 ? 'db' : 'web'),
      })),
  );
  const byProfile = filter('iam-instance-profile.arn', profile('web'), profile('none'));
  expect(await ids(byProfile)).toEqual([b?.instanceId, c?.instanceId]);
  expect(await ids(filter('iam-instance-profile.arn', '*/d?'))).toEqual([a?.instanceId]);
  const Filters = [...byProfile.Filters, ...filter('instance-state-name', 'running', 'pending').Filters];
  expect(await ids({ Filters })).toEqual([b?.instanceId]);
  expect(await ids({ InstanceIds: [c?.instanceId] })).toEqual([c?.instanceId]);
  expect(await failureOf(ids(filter('color', 'red')))).toBe('InvalidParameterValue 400');
  expect(await failureOf(ids({ InstanceIds: ['i-9'] }))).toBe('InvalidInstanceID.NotFound 400');
});

it('lists instances in pages of 5 to 1,000 on request', async () => {
  at.aws.instances.push(...numbered(12));
  expect(await ids()).toHaveLength(12);
  const sizes: (number | undefined)[] = [];
  const asked = filter('instance-state-name', 'running');
  for await (const { Reservations } of paginateDescribeInstances({ client: at.ec2, pageSize: 5 }, asked))
    sizes.push(Reservations?.length);
  expect(sizes).toEqual([5, 5, 2]);
  expect(await failureOf(ids({ MaxResults: 4 }))).toBe('InvalidParameterValue 400');
  expect(await failureOf(ids({ MaxResults: 5, InstanceIds: ['i-00000000000000000'] }))).toBe(
    'InvalidParameterCombination 400',
  );
});
