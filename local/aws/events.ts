import { AwsError } from './call.ts';
import { type Clock, inSeconds } from './clock.ts';
import { type BusEvent, type EventBus, isEnabled, type Rule, type RuleTarget } from './event-bus.ts';
import { compilePattern, type EventTest } from './event-pattern.ts';
import type { Ids } from './ids.ts';
import { putEvents } from './put-events.ts';
import { ruleActions } from './rules.ts';
import { testEventPattern } from './test-event-pattern.ts';

export interface EventBusOptions {
  readonly accountId: string;
  readonly clock: Clock;
  readonly ids: Ids;
}

export const createEventBus = ({ accountId, clock, ids }: EventBusOptions): EventBus => {
  const rules = new Map<string, { readonly rule: Rule; readonly isMatch: EventTest }>();
  const listeners = new Set<(event: BusEvent) => void>();
  const history: BusEvent[] = [];
  const undelivered: { event: BusEvent; error: unknown }[] = [];

  const hand = ({ deliver }: RuleTarget, event: BusEvent): void => {
    const run = async (): Promise<void> => deliver(event);
    run().catch((error: unknown) => void undelivered.push({ event, error }));
  };
  const toTargets = (event: BusEvent, busName: string): void => {
    for (const { rule, isMatch } of rules.values()) {
      if (rule.busName !== busName || rule.region !== event.region) continue;
      if (!isEnabled(rule) || !isMatch(event)) continue;
      for (const target of rule.targets) hand(target, event);
    }
  };
  const bus: EventBus = {
    history,
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
    receive: (event, busName) => {
      history.push(event);
      for (const listen of listeners) listen(event);
      const delivery = bus.deliveryOf(event);
      if (typeof delivery === 'object') {
        setTimeout(() => toTargets(event, busName), delivery.afterMilliseconds).unref();
        return;
      }
      if (delivery !== 'lose') toTargets(event, busName);
      if (delivery === 'double') toTargets(event, busName);
    },
    policies: new Map(),
    perform: (action, region, input) => {
      if (action === 'PutEvents') return putEvents(bus, region, input);
      if (action === 'TestEventPattern') return testEventPattern(input);
      const run = ruleActions[action];
      if (run === undefined)
        throw new AwsError('UnknownOperationException', `The stand-in does not know events:${action}.`);
      const onDefaultBus = bus.rules().filter(({ busName }) => busName === 'default');
      return run({ rules: onDefaultBus, region, accountId }, input);
    },
  };
  return bus;
};
