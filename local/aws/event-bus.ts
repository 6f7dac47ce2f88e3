import type { Buses } from './buses.ts';
import type { Input } from './call.ts';

/** EventBridge of one account, in every region. */
export interface EventBus {
  readonly perform: (action: string, region: string, input: Input) => unknown;
  /** Puts an event on a bus, by default the default one. */
  readonly put: (event: NewEvent, busName?: string) => BusEvent;
  /** Accepts an event from another bus, by default into the event's region. The event's `account` and id stay as they are. */
  readonly receive: (event: BusEvent, busName: string, region?: string) => void;
  readonly buses: Buses;
  /**
   * Adds a rule, by default enabled and in us-east-1, or replaces the one of the same region and name. Returns a function
   * that removes it. @throws AwsError InvalidEventPatternException
   */
  readonly addRule: (rule: NewRule) => () => void;
  readonly removeRule: (rule: Pick<Rule, 'region' | 'busName' | 'name'>) => void;
  /** The rules of all regions, including schedules, which the stack's runner fires. */
  readonly rules: () => readonly Rule[];
  /** Calls a listener with every event that is put, delivered or not. Returns a function that stops it. */
  readonly onEvent: (listener: (event: BusEvent) => void) => () => void;
  /** All events that were put, oldest first. */
  readonly history: readonly BusEvent[];
  /** The number of deliveries that have not ended: late ones, and those to another bus, whose policy is being evaluated. */
  readonly delivering: () => number;
  /** Deliveries whose target failed. A real bus would retry them for a day. */
  readonly undelivered: readonly { readonly event: BusEvent; readonly error: unknown }[];
  deliveryOf: (event: BusEvent) => Delivery;
  /** Makes an entry of PutEvents fail, although the call succeeds. */
  faultOf: (event: NewEvent) => EntryError | undefined;
}

export type NewEvent = Pick<BusEvent, 'source' | 'detail-type' | 'detail'> &
  Partial<Pick<BusEvent, 'account' | 'region' | 'time' | 'resources'>>;

export interface BusEvent {
  readonly id: string;
  readonly source: string;
  readonly 'detail-type': string;
  readonly account: string;
  readonly region: string;
  readonly time: string;
  readonly resources: readonly string[];
  readonly version: '0';
  readonly detail: unknown;
}

export type NewRule = Omit<Rule, 'region' | 'state' | 'busName'> &
  Partial<Pick<Rule, 'region' | 'state' | 'busName'>>;

/** A rule of one bus, for events that match a pattern or for a schedule. */
export interface Rule {
  readonly name: string;
  readonly region: string;
  /** @default 'default' */
  readonly busName: string;
  readonly description?: string;
  readonly pattern?: unknown;
  /** `rate(1 hour)` */
  readonly schedule?: string;
  readonly targets: readonly RuleTarget[];
  state: RuleState;
}

export interface RuleTarget {
  readonly id: string;
  readonly arn: string;
  /** EventBridge delivers to a bus as this role. */
  readonly roleArn?: string;
  /** JSON that the target receives instead of the event. */
  readonly input?: string;
  readonly deliver: (event: BusEvent) => void | Promise<void>;
}

export type RuleState = 'ENABLED' | 'DISABLED' | 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

/** How an event is delivered. EventBridge delivers at least once, in any order, and occasionally not at all. */
export type Delivery = 'deliver' | 'lose' | 'double' | { readonly afterMilliseconds: number };

export interface EntryError {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

export const isEnabled = ({ state }: Rule): boolean => state !== 'DISABLED';
