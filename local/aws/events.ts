import { AwsError, type Input } from './call.ts';
import { type Clock, inSeconds } from './clock.ts';
import { matchesPattern } from './event-pattern.ts';
import type { Ids } from './ids.ts';
import { putEvents } from './put-events.ts';

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

export type NewEvent = Pick<BusEvent, 'source' | 'detail-type' | 'detail'> &
  Partial<Pick<BusEvent, 'region' | 'time' | 'resources'>>;

export type Target = (event: BusEvent) => void | Promise<void>;

export interface Rule {
  readonly name: string;
  readonly pattern: unknown;
  readonly targets: readonly Target[];
  /** @default 'us-east-1' */
  readonly region?: string;
}

/** What becomes of an event on its way: EventBridge delivers at least once, in no order, and at times not at all. */
export type Delivery = 'deliver' | 'lose' | 'double' | { readonly afterMilliseconds: number };

export interface EntryFault {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

/** The default event bus of one account, in every region. */
export interface EventBus {
  readonly perform: (action: string, region: string, input: Input) => unknown;
  readonly put: (event: NewEvent) => BusEvent;
  /** A rule of the same region and name is replaced. Returns how to take it away. */
  readonly addRule: (rule: Rule) => () => void;
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

export interface EventBusOptions {
  readonly accountId: string;
  readonly clock: Clock;
  readonly ids: Ids;
}

export const createEventBus = ({ accountId, clock, ids }: EventBusOptions): EventBus => {
  const rules = new Map<string, Rule>();
  const listeners = new Set<(event: BusEvent) => void>();
  const history: BusEvent[] = [];
  const undelivered: { event: BusEvent; error: unknown }[] = [];

  const deliver = (target: Target, event: BusEvent): void => {
    const run = async (): Promise<void> => target(event);
    run().catch((error: unknown) => void undelivered.push({ event, error }));
  };
  const toTargets = (event: BusEvent): void => {
    for (const { pattern, targets, region = 'us-east-1' } of rules.values())
      if (region === event.region && matchesPattern(pattern, event))
        for (const target of targets) deliver(target, event);
  };
  const bus: EventBus = {
    history,
    undelivered,
    deliveryOf: () => 'deliver',
    faultOf: () => undefined,
    addRule: (rule) => {
      const key = `${rule.region ?? 'us-east-1'} ${rule.name}`;
      rules.set(key, rule);
      return () => void rules.delete(key);
    },
    onEvent: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    put: (given) => {
      const event: BusEvent = {
        version: '0',
        id: ids.next(),
        account: accountId,
        region: 'us-east-1',
        time: inSeconds(clock.now()),
        resources: [],
        ...given,
      };
      history.push(event);
      for (const listen of listeners) listen(event);
      const delivery = bus.deliveryOf(event);
      if (typeof delivery === 'object') {
        setTimeout(() => toTargets(event), delivery.afterMilliseconds).unref();
        return event;
      }
      if (delivery !== 'lose') toTargets(event);
      if (delivery === 'double') toTargets(event);
      return event;
    },
    perform: (action, region, input) => {
      if (action !== 'PutEvents')
        throw new AwsError('UnknownOperationException', `The stand-in does not know events:${action}.`);
      return putEvents(bus, region, input);
    },
  };
  return bus;
};
