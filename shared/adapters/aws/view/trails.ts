import {
  type AdvancedFieldSelector,
  DescribeTrailsCommand,
  type EventSelector,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  type Trail,
} from '@aws-sdk/client-cloudtrail';
import pMap from 'p-map';
import { PermanentError } from '../../../core/errors.ts';
import { stackRegion } from '../../../core/stack.ts';
import type { AccountView, ClassicSelector, FieldSelector, TrailState } from '../../../doctor/ports.ts';
import { itemsOf } from '../../items.ts';
import { tried } from '../failure.ts';
import type { ViewClients } from './clients.ts';

/** Every trail that logs the stack's region: those with that home region, and those of all regions. */
export const trailsView =
  (clients: Pick<ViewClients, 'cloudTrail'>, abortSignal: AbortSignal): AccountView['trails'] =>
  async () => {
    const { trailList } = await tried('listing the trails of CloudTrail', () =>
      clients.cloudTrail(stackRegion).send(new DescribeTrailsCommand({}), { abortSignal }),
    );
    const trails = itemsOf('the trails of CloudTrail', trailList, ['TrailARN']);
    return pMap(trails, (trail) => readTrail(clients, trail, abortSignal), { concurrency: 4 });
  };

const classic = ({
  ReadWriteType = 'All',
  IncludeManagementEvents = true,
  ExcludeManagementEventSources = [],
}: EventSelector): ClassicSelector => ({
  readWriteType: ReadWriteType,
  hasManagementEvents: IncludeManagementEvents,
  excludedSources: ExcludeManagementEventSources,
});

const field = (selector: AdvancedFieldSelector): FieldSelector => ({
  field: selector.Field ?? '',
  equals: selector.Equals ?? [],
  notEquals: selector.NotEquals ?? [],
  startsWith: selector.StartsWith ?? [],
  notStartsWith: selector.NotStartsWith ?? [],
  endsWith: selector.EndsWith ?? [],
  notEndsWith: selector.NotEndsWith ?? [],
});

/** Reads a trail in its home region, the only one that answers. */
const readTrail = async (
  { cloudTrail }: Pick<ViewClients, 'cloudTrail'>,
  trail: Trail & { readonly TrailARN: string },
  abortSignal: AbortSignal,
): Promise<TrailState> => {
  const { TrailARN: arn, HomeRegion: homeRegion = stackRegion } = trail;
  try {
    return await tried(`reading the trail ${arn}`, async () => {
      const client = cloudTrail(homeRegion);
      const { IsLogging = false } = await client.send(new GetTrailStatusCommand({ Name: arn }), {
        abortSignal,
      });
      const { EventSelectors = [], AdvancedEventSelectors = [] } = await client.send(
        new GetEventSelectorsCommand({ TrailName: arn }),
        { abortSignal },
      );
      return {
        kind: 'read',
        arn,
        homeRegion,
        isMultiRegion: trail.IsMultiRegionTrail ?? false,
        hasGlobalEvents: trail.IncludeGlobalServiceEvents ?? true,
        isLogging: IsLogging,
        classic: EventSelectors.map(classic),
        selectors: [...EventSelectors, ...AdvancedEventSelectors],
        advanced: AdvancedEventSelectors.map(({ FieldSelectors = [] }) => FieldSelectors.map(field)),
      };
    });
  } catch (thrown) {
    // The trail of an organization belongs to another account.
    if (thrown instanceof PermanentError) return { kind: 'unreadable', arn, reason: thrown.message };
    throw thrown;
  }
};
