import { AwsError, type Input, text, texts } from './call.ts';
import type { LocalTrail } from './trails.ts';

interface Place {
  readonly trails: readonly LocalTrail[];
  readonly region: string;
  readonly accountId: string;
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Operations.html */
export const performOnTrails = (place: Place, action: string, input: Input): unknown => {
  const run = actions[action];
  if (run === undefined)
    throw new AwsError('UnknownOperationException', `The stand-in does not know cloudtrail:${action}.`);
  return run(place, input);
};

type TrailAction = (place: Place, input: Input) => unknown;

const actions: Readonly<Record<string, TrailAction>> = {
  DescribeTrails: (place, input) => {
    const named = texts(input, 'trailNameList');
    const isHome = ({ homeRegion }: LocalTrail): boolean => homeRegion === place.region;
    const found = seen(place)
      .filter((trail) => input['includeShadowTrails'] !== false || isHome(trail))
      .filter((trail) => named.length === 0 || named.some((name) => isMeant(trail, name, place)));
    return { trailList: found.map((trail) => described(trail, place.accountId)) };
  },
  GetTrailStatus: (place, input) => ({ IsLogging: find(place, text(input, 'Name')).isLogging }),
  GetEventSelectors: (place, input) => {
    const trail = find(place, text(input, 'TrailName'));
    return { TrailARN: trailArn(trail, place.accountId), ...selectorsOf(trail) };
  },
};

/** A region shows its own trails, and as shadows the multi-region trails of other regions. */
const seen = ({ trails, region }: Place): readonly LocalTrail[] =>
  trails.filter(({ homeRegion, isMultiRegion }) => homeRegion === region || isMultiRegion);

/** Finds a trail by its ARN. The name is enough only in its home region, and for an organization's trail only for its owner. */
const isMeant = (trail: LocalTrail, named: string, { region, accountId }: Place): boolean =>
  named === trailArn(trail, accountId) ||
  (named === trail.name && trail.homeRegion === region && (trail.accountId ?? accountId) === accountId);

export const trailArn = ({ name, accountId, homeRegion }: LocalTrail, account: string): string =>
  `arn:aws:cloudtrail:${homeRegion}:${accountId ?? account}:trail/${name}`;

const described = (trail: LocalTrail, accountId: string) => ({
  Name: trail.name,
  S3BucketName: `${trail.name}-${trail.accountId ?? accountId}`,
  IncludeGlobalServiceEvents: true,
  IsMultiRegionTrail: trail.isMultiRegion,
  HomeRegion: trail.homeRegion,
  TrailARN: trailArn(trail, accountId),
  LogFileValidationEnabled: true,
  HasCustomEventSelectors: trail.eventSelectors !== undefined || trail.advancedEventSelectors !== undefined,
  HasInsightSelectors: false,
  IsOrganizationTrail: trail.isOrganization,
});

const find = (place: Place, named: string): LocalTrail => {
  const found = seen(place).find((trail) => isMeant(trail, named, place));
  if (found === undefined)
    throw new AwsError(
      'TrailNotFoundException',
      `Unknown trail: ${named} for the user: ${place.accountId}`,
      404,
    );
  return found;
};

/** By default, a trail logs all management events. */
const selectorsOf = ({ eventSelectors = [{}], advancedEventSelectors }: LocalTrail) =>
  advancedEventSelectors === undefined
    ? {
        EventSelectors: eventSelectors.map((selector) => ({
          ReadWriteType: 'All',
          IncludeManagementEvents: true,
          DataResources: [],
          ExcludeManagementEventSources: [],
          ...selector,
        })),
      }
    : { AdvancedEventSelectors: advancedEventSelectors };
