import type { Input } from './call.ts';

/** The default event bus of one account, in every region. */
export interface EventBus {
  readonly perform: (action: string, region: string, input: Input) => unknown;
  readonly put: (event: NewEvent) => BusEvent;
  /** A rule of the same region and name is replaced; it is enabled, and in us-east-1, unless it says otherwise. Returns how to take it away. */
  readonly addRule: (rule: NewRule) => () => void;
  /** Every region's, schedules too: who owns the time fires those. */
  readonly rules: () => readonly Rule[];
  /** Told of every event that is put, whatever becomes of it. Returns how to stop. */
  readonly onEvent: (listener: (event: BusEvent) => void) => () => void;
  /** Everything that was put, oldest first. */
  readonly history: readonly BusEvent[];
  /** Deliveries whose target failed; a real bus would try them again for a day. */
  readonly undelivered: readonly { readonly event: BusEvent; readonly error: unknown }[];
  deliveryOf: (event: BusEvent) => Delivery;
  /** Why an entry of PutEvents is not taken, though the call succeeds. */
  faultOf: (event: NewEvent) => EntryFault | undefined;
}

export type NewEvent = Pick<BusEvent, 'source' | 'detail-type' | 'detail'> &
  Partial<Pick<BusEvent, 'region' | 'time' | 'resources'>>;

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

export type NewRule = Omit<Rule, 'region' | 'state'> & Partial<Pick<Rule, 'region' | 'state'>>;

/** A rule of the default bus: of events that match a pattern, or of a schedule. */
export interface Rule {
  readonly name: string;
  readonly region: string;
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
  /** JSON that the target gets in the event's place. */
  readonly input?: string;
  readonly deliver: (event: BusEvent) => void | Promise<void>;
}

export type RuleState = 'ENABLED' | 'DISABLED' | 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

/** What becomes of an event on its way: EventBridge delivers at least once, in no order, and at times not at all. */
export type Delivery = 'deliver' | 'lose' | 'double' | { readonly afterMilliseconds: number };

export interface EntryFault {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

export const isOnDuty = ({ state }: Rule): boolean => state !== 'DISABLED';
