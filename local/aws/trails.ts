/** A trail of CloudTrail; tests change it as its owner would. */
export interface LocalTrail {
  readonly name: string;
  /** Of an organisation's trail: the account that manages it. @default the account itself */
  accountId?: string;
  homeRegion: string;
  isMultiRegion: boolean;
  isOrganization: boolean;
  isLogging: boolean;
  /** One of the two, in AWS's own words; with neither, all management events are logged. */
  eventSelectors?: readonly EventSelector[];
  advancedEventSelectors?: readonly AdvancedEventSelector[];
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html */
export interface EventSelector {
  /** @default 'All' */
  readonly ReadWriteType?: 'All' | 'ReadOnly' | 'WriteOnly';
  /** @default true */
  readonly IncludeManagementEvents?: boolean;
  readonly ExcludeManagementEventSources?: readonly string[];
}

export interface AdvancedEventSelector {
  readonly Name?: string;
  readonly FieldSelectors: readonly FieldSelector[];
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html */
export type FieldSelector = { readonly Field: string } & Partial<Record<Comparison, readonly string[]>>;

type Comparison = 'Equals' | 'NotEquals' | 'StartsWith' | 'NotStartsWith' | 'EndsWith' | 'NotEndsWith';

/** What trails tell management events apart by. */
export interface ManagementEvent {
  readonly region: string;
  readonly eventSource: string;
  readonly eventName: string;
  readonly isReadOnly: boolean;
}

/** Whether a trail logs a management event, so that EventBridge hears of it. */
export const logs = (trail: LocalTrail, event: ManagementEvent): boolean => {
  const { isLogging, isMultiRegion, homeRegion, eventSelectors = [{}], advancedEventSelectors } = trail;
  if (!isLogging || (!isMultiRegion && homeRegion !== event.region)) return false;
  return advancedEventSelectors === undefined
    ? eventSelectors.some((selector) => selects(selector, event))
    : advancedEventSelectors.some((selector) => selectsInDetail(selector, event));
};

const selects = (selector: EventSelector, { eventSource, isReadOnly }: ManagementEvent): boolean => {
  const {
    ReadWriteType = 'All',
    IncludeManagementEvents = true,
    ExcludeManagementEventSources = [],
  } = selector;
  const isOfKind = ReadWriteType === 'All' || (ReadWriteType === 'ReadOnly') === isReadOnly;
  return IncludeManagementEvents && isOfKind && !ExcludeManagementEventSources.includes(eventSource);
};

const compares: Readonly<Record<Comparison, (value: string, wanted: readonly string[]) => boolean>> = {
  Equals: (value, wanted) => wanted.includes(value),
  NotEquals: (value, wanted) => !wanted.includes(value),
  StartsWith: (value, wanted) => wanted.some((one) => value.startsWith(one)),
  NotStartsWith: (value, wanted) => !wanted.some((one) => value.startsWith(one)),
  EndsWith: (value, wanted) => wanted.some((one) => value.endsWith(one)),
  NotEndsWith: (value, wanted) => !wanted.some((one) => value.endsWith(one)),
};
const comparisons = Object.keys(compares) as readonly Comparison[];

/** An event is selected where it passes all of a selector's fields, each by all of its comparisons. */
const selectsInDetail = ({ FieldSelectors }: AdvancedEventSelector, event: ManagementEvent): boolean => {
  const values: Readonly<Record<string, string>> = {
    eventCategory: 'Management',
    eventSource: event.eventSource,
    eventName: event.eventName,
    readOnly: String(event.isReadOnly),
  };
  return FieldSelectors.every((selector) =>
    comparisons.every((comparison) => {
      const wanted = selector[comparison];
      return wanted === undefined || compares[comparison](values[selector.Field] ?? '', wanted);
    }),
  );
};

/** What every account should have: the management writes of every region. */
export const usualTrail = (): LocalTrail => ({
  name: 'management-events',
  homeRegion: 'us-east-1',
  isMultiRegion: true,
  isOrganization: false,
  isLogging: true,
  eventSelectors: [{ ReadWriteType: 'WriteOnly', IncludeManagementEvents: true }],
});
