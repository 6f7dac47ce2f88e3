import { AwsError, type Input } from './call.ts';
import { type Clock, inSeconds } from './clock.ts';
import { matchesPattern } from './event-pattern.ts';
import type { Ids } from './ids.ts';
import { putEvents } from './put-events.ts';
import { isOnDuty, type NewRule, type Rule, type RuleTarget, ruleActions } from './rules.ts';

export type { NewRule, Rule, RuleTarget } from './rules.ts';

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

  const hand = ({ deliver }: RuleTarget, event: BusEvent): void => {
    const run = async (): Promise<void> => deliver(event);
    run().catch((error: unknown) => void undelivered.push({ event, error }));
  };
  const toTargets = (event: BusEvent): void => {
    for (const rule of rules.values()) {
      const { pattern, targets, region } = rule;
      if (pattern === undefined || region !== event.region || !isOnDuty(rule)) continue;
      if (matchesPattern(pattern, event)) for (const target of targets) hand(target, event);
    }
  };
  const bus: EventBus = {
    history,
    undelivered,
    deliveryOf: () => 'deliver',
    faultOf: () => undefined,
    addRule: (given) => {
      const rule: Rule = { region: 'us-east-1', state: 'ENABLED', ...given };
      const key = `${rule.region} ${rule.name}`;
      rules.set(key, rule);
      return () => void rules.delete(key);
    },
    rules: () => [...rules.values()],
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
      if (action === 'PutEvents') return putEvents(bus, region, input);
      const run = ruleActions[action];
      if (run === undefined)
        throw new AwsError('UnknownOperationException', `The stand-in does not know events:${action}.`);
      return run({ rules: bus.rules(), region, accountId }, input);
    },
  };
  return bus;
};
