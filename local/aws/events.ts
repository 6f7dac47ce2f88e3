import { busActions } from './bus-actions.ts';
import { createBuses } from './buses.ts';
import { AwsError } from './call.ts';
import { type Clock, inSeconds } from './clock.ts';
import { type BusEvent, type EventBus, isEnabled, type Rule, type RuleTarget } from './event-bus.ts';
import { compilePattern, type EventTest } from './event-pattern.ts';
import type { BusTarget } from './forwarding.ts';
import type { Ids } from './ids.ts';
import { putEvents } from './put-events.ts';
import { ruleWrites } from './rule-writes.ts';
import { ruleActions } from './rules.ts';
import { testEventPattern } from './test-event-pattern.ts';

export interface EventBusOptions {
  readonly accountId: string;
  readonly clock: Clock;
  readonly ids: Ids;
  /** The event buses of another account. */
  readonly busOf: (accountId: string) => EventBus | undefined;
  /** A target that sends events to a bus of any account. */
  readonly toBus: (target: BusTarget) => Promise<RuleTarget>;
}

export const createEventBus = ({ accountId, clock, ids, busOf, toBus }: EventBusOptions): EventBus => {
  const rules = new Map<string, { readonly rule: Rule; readonly isMatch: EventTest }>();
  const listeners = new Set<(event: BusEvent) => void>();
  const history: BusEvent[] = [];
  const undelivered: { event: BusEvent; error: unknown }[] = [];

  let delivering = 0;
  const hand = async ({ deliver }: RuleTarget, event: BusEvent): Promise<void> => {
    delivering += 1;
    try {
      await deliver(event);
    } catch (error) {
      undelivered.push({ event, error });
    } finally {
      delivering -= 1;
    }
  };
  const toTargets = (event: BusEvent, busName: string, region: string): void => {
    for (const { rule, isMatch } of rules.values()) {
      if (rule.busName !== busName || rule.region !== region) continue;
      if (!isEnabled(rule) || !isMatch(event)) continue;
      for (const target of rule.targets) void hand(target, event);
    }
  };
  const bus: EventBus = {
    history,
    delivering: () => delivering,
    undelivered,
    deliveryOf: () => 'deliver',
    faultOf: () => undefined,
    addRule: (given) => {
      const rule: Rule = { region: 'us-east-1', state: 'ENABLED', busName: 'default', ...given };
      const key = `${rule.region} ${rule.busName} ${rule.name}`;
      const { pattern } = rule;
      rules.set(key, { rule, isMatch: pattern === undefined ? () => false : compilePattern(pattern) });
      return () => {
        if (rules.get(key)?.rule === rule) rules.delete(key);
      };
    },
    removeRule: ({ region, busName, name }) => void rules.delete(`${region} ${busName} ${name}`),
    rules: () => [...rules.values()].map(({ rule }) => rule),
    onEvent: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    put: (given, busName = 'default') => {
      const event: BusEvent = {
        version: '0',
        id: ids.next(),
        account: accountId,
        region: 'us-east-1',
        time: inSeconds(clock.now()),
        resources: [],
        ...given,
      };
      bus.receive(event, busName);
      return event;
    },
    receive: (event, busName, region = event.region) => {
      history.push(event);
      for (const listen of listeners) listen(event);
      const delivery = bus.deliveryOf(event);
      if (typeof delivery === 'object') {
        delivering += 1;
        const deliverLate = (): void => {
          toTargets(event, busName, region);
          delivering -= 1;
        };
        setTimeout(deliverLate, delivery.afterMilliseconds).unref();
        return;
      }
      if (delivery !== 'lose') toTargets(event, busName, region);
      if (delivery === 'double') toTargets(event, busName, region);
    },
    buses: createBuses({ accountId, now: clock.now }),
    perform: (action, region, input) => {
      if (action === 'PutEvents') return putEvents({ bus, busOf, accountId, region }, input);
      if (action === 'TestEventPattern') return testEventPattern(input);
      const onBuses = busActions[action];
      if (onBuses !== undefined) return onBuses({ buses: bus.buses, rules: bus.rules, region }, input);
      const onRules = ruleActions[action] ?? ruleWrites[action];
      if (onRules === undefined)
        throw new AwsError('UnknownOperationException', `The stand-in does not know events:${action}.`);
      return onRules({ bus, toBus, region, accountId }, input);
    },
  };
  return bus;
};
