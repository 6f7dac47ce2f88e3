/** A trail of CloudTrail. Tests change it as its owner would. */
export interface LocalTrail {
  readonly name: string;
  /** The account that manages an organization's trail. @default the account itself */
  accountId?: string;
  homeRegion: string;
  isMultiRegion: boolean;
  isOrganization: boolean;
  isLogging: boolean;
  /** Basic or advanced selectors, in AWS's form. Without either, the trail logs all management events. */
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

/** The properties of a management event that selectors compare. */
export interface ManagementEvent {
  readonly region: string;
  readonly eventSource: string;
  readonly eventName: string;
  readonly isReadOnly: boolean;
}

/** Whether a trail logs a management event, so that EventBridge receives it. */
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
  StartsWith: (value, wanted) => wanted.some((prefix) => value.startsWith(prefix)),
  NotStartsWith: (value, wanted) => !wanted.some((prefix) => value.startsWith(prefix)),
  EndsWith: (value, wanted) => wanted.some((prefix) => value.endsWith(prefix)),
  NotEndsWith: (value, wanted) => !wanted.some((prefix) => value.endsWith(prefix)),
};
const comparisons = Object.keys(compares) as readonly Comparison[];

/** A selector selects an event that passes all comparisons of all its fields. */
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

/** The trail that every account should have: it logs the management writes of every region. */
export const usualTrail = (): LocalTrail => ({
  name: 'management-events',
  homeRegion: 'us-east-1',
  isMultiRegion: true,
  isOrganization: false,
  isLogging: true,
  eventSelectors: [{ ReadWriteType: 'WriteOnly', IncludeManagementEvents: true }],
});
