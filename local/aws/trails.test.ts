import {
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
} from '@aws-sdk/client-cloudtrail';
import { failureOf, type Harness, startHarness } from '../testing/aws-harness.ts';
import { accountId } from '../testing/settings.ts';
import { type AdvancedEventSelector, type LocalTrail, usualTrail } from './trails.ts';

let at: Harness;
let usual: LocalTrail;
beforeEach(async () => {
  at = await startHarness();
  usual = usualTrail();
  at.aws.trails.splice(0, at.aws.trails.length, usual);
});
afterEach(() => at.close());

const arn = `arn:aws:cloudtrail:us-east-1:${accountId}:trail/management-events`;
const far = () => at.as(at.aws.admin, 'eu-west-1').trail;
const status = (Name: string, client = at.trail) => client.send(new GetTrailStatusCommand({ Name }));
const names = async (input: object = {}, client = at.trail) =>
  (await client.send(new DescribeTrailsCommand(input))).trailList?.map(({ Name }) => Name);
const selectors = (TrailName: string, client = at.trail) =>
  client.send(new GetEventSelectorsCommand({ TrailName }));

it('an account has one trail for the management writes of all regions', async () => {
  await at.close();
  at = await startHarness();
  const { trailList } = await at.trail.send(new DescribeTrailsCommand({}));
  expect(trailList).toMatchObject([
    {
      Name: 'management-events',
      TrailARN: arn,
      HomeRegion: 'us-east-1',
      IsMultiRegionTrail: true,
      IncludeGlobalServiceEvents: true,
      IsOrganizationTrail: false,
    },
  ]);
  expect(await status(arn)).toMatchObject({ IsLogging: true });
  expect(await selectors('management-events')).toMatchObject({
    TrailARN: arn,
    EventSelectors: [{ ReadWriteType: 'WriteOnly', IncludeManagementEvents: true }],
  });
});

it('shows multi-region trails in other regions as shadows, found only by ARN', async () => {
  at.aws.trails.push({ ...usualTrail(), name: 'local', isMultiRegion: false });
  expect(await names()).toEqual(['management-events', 'local']);
  expect(await names({}, far())).toEqual(['management-events']);
  expect(await names({ includeShadowTrails: false }, far())).toEqual([]);
  expect(await names({ trailNameList: ['local', 'nothing'] })).toEqual(['local']);
  expect(await status(arn, far())).toMatchObject({ IsLogging: true });
  const notFound = 'TrailNotFoundException 404';
  expect(await failureOf(status('management-events', far()))).toBe(notFound);
  expect(await failureOf(status('nothing'))).toBe(notFound);
  expect(await failureOf(selectors('nothing'))).toBe(notFound);
});

it("an organization's trail has the ARN of the account that manages it", async () => {
  at.aws.trails.push({ ...usualTrail(), name: 'org', isOrganization: true, accountId: '999999999999' });
  const org = 'arn:aws:cloudtrail:us-east-1:999999999999:trail/org';
  const { trailList } = await at.trail.send(new DescribeTrailsCommand({ trailNameList: [org] }));
  expect(trailList).toMatchObject([{ Name: 'org', TrailARN: org, IsOrganizationTrail: true }]);
  expect(await status(org)).toMatchObject({ IsLogging: true });
  expect(await failureOf(status('org'))).toBe('TrailNotFoundException 404');
});

it('a trail without selectors logs all management events; a trail with advanced selectors returns them', async () => {
  delete usual.eventSelectors;
  expect((await selectors(arn)).EventSelectors).toEqual([
    {
      ReadWriteType: 'All',
      IncludeManagementEvents: true,
      DataResources: [],
      ExcludeManagementEventSources: [],
    },
  ]);
  usual.advancedEventSelectors = [
    { Name: 'writes', FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] },
  ];
  const found = await selectors(arn);
  expect(found.AdvancedEventSelectors).toEqual(usual.advancedEventSelectors);
  expect(found).not.toHaveProperty('EventSelectors');
});

describe('a write of IAM reaches EventBridge', () => {
  let roles = 0;
  const isHeardOf = (change: Partial<LocalTrail>): boolean => {
    Object.assign(usual, change);
    const before = at.aws.bus.history.length;
    roles += 1;
    at.aws.iam.perform('CreateRole', { RoleName: `role-${roles}`, AssumeRolePolicyDocument: '{}' });
    return at.aws.bus.history.length > before;
  };
  const advanced = (...FieldSelectors: AdvancedEventSelector['FieldSelectors']) => ({
    advancedEventSelectors: [{ FieldSelectors }],
  });
  const management = { Field: 'eventCategory', Equals: ['Management'] };

  it.each<[boolean, string, Partial<LocalTrail>]>([
    [true, 'a trail with default selectors', {}],
    [false, 'a trail that does not log', { isLogging: false }],
    [true, 'a trail of us-east-1', { isMultiRegion: false }],
    [false, 'a trail of another region', { isMultiRegion: false, homeRegion: 'eu-west-1' }],
    [true, "another region's trail of all", { homeRegion: 'eu-west-1' }],
    [true, 'reads and writes', { eventSelectors: [{ ReadWriteType: 'All' }] }],
    [false, 'only reads', { eventSelectors: [{ ReadWriteType: 'ReadOnly' }] }],
    [false, 'only data events', { eventSelectors: [{ IncludeManagementEvents: false }] }],
    [true, 'without KMS', { eventSelectors: [{ ExcludeManagementEventSources: ['kms.amazonaws.com'] }] }],
    [true, 'advanced: management', advanced(management)],
    [true, 'advanced: management writes', advanced(management, { Field: 'readOnly', Equals: ['false'] })],
    [false, 'advanced: management reads', advanced(management, { Field: 'readOnly', Equals: ['true'] })],
    [false, 'advanced: data', advanced({ Field: 'eventCategory', Equals: ['Data'] })],
    [
      false,
      'advanced: without IAM',
      advanced(management, { Field: 'eventSource', NotEquals: ['iam.amazonaws.com'] }),
    ],
    [true, 'advanced: by name', advanced(management, { Field: 'eventName', StartsWith: ['Create'] })],
    [false, 'advanced: by another', advanced(management, { Field: 'eventName', NotEndsWith: ['Role'] })],
  ])('%p with %s', (expected, _, change) => {
    expect(isHeardOf(change)).toBe(expected);
  });

  it('only while there is a trail', () => {
    at.aws.trails.length = 0;
    expect(isHeardOf({})).toBe(false);
    at.aws.trails.push({ ...usualTrail(), isLogging: false }, usualTrail());
    expect(isHeardOf({})).toBe(true);
  });
});
