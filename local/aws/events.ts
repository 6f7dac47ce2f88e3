import { AwsError, type Input, list, text } from './call.ts';
import { matchesPattern } from './event-pattern.ts';

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

export interface Rule {
  readonly name: string;
  readonly pattern: unknown;
  readonly targets: readonly ((event: BusEvent) => void)[];
}

/** What becomes of an event on its way: EventBridge delivers at least once, in no order, and at times not at all. */
export type Delivery = 'deliver' | 'lose' | 'double' | { readonly afterMilliseconds: number };

export interface EventBus {
  readonly perform: (action: string, region: string, input: Input) => unknown;
  readonly put: (
    event: Pick<BusEvent, 'source' | 'detail-type' | 'detail'> & { readonly region?: string },
  ) => void;
  readonly addRule: (rule: Rule) => void;
  /** Everything that was put, oldest first. */
  readonly history: readonly BusEvent[];
  deliveryOf: (event: BusEvent) => Delivery;
}

export const createEventBus = (accountId: string, nextId: () => string): EventBus => {
  const rules: Rule[] = [];
  const history: BusEvent[] = [];
  const toTargets = (event: BusEvent): void => {
    for (const { pattern, targets } of rules)
      if (matchesPattern(pattern, event)) for (const target of targets) target(event);
  };
  const bus: EventBus = {
    history,
    deliveryOf: () => 'deliver',
    addRule: (rule) => void rules.push(rule),
    put: ({ region = 'us-east-1', ...given }) => {
      const event: BusEvent = {
        version: '0',
        id: nextId(),
        account: accountId,
        region,
        time: new Date().toISOString(),
        resources: [],
        ...given,
      };
      history.push(event);
      const delivery = bus.deliveryOf(event);
      if (delivery === 'lose') return;
      if (typeof delivery === 'object') {
        setTimeout(() => toTargets(event), delivery.afterMilliseconds).unref();
        return;
      }
      toTargets(event);
      if (delivery === 'double') toTargets(event);
    },
    perform: (action, region, input) => {
      if (action !== 'PutEvents')
        throw new AwsError('UnknownOperationException', `The stand-in does not know events:${action}.`);
      const entries = list(input, 'Entries') as readonly Input[];
      if (entries.length < 1 || entries.length > 10)
        throw new AwsError('ValidationException', 'PutEvents takes 1 to 10 entries.');
      const Entries = entries.map((entry) => {
        bus.put({
          region,
          source: text(entry, 'Source'),
          'detail-type': text(entry, 'DetailType'),
          detail: JSON.parse(text(entry, 'Detail')),
        });
        return { EventId: history.at(-1)?.id };
      });
      return { FailedEntryCount: 0, Entries };
    },
  };
  return bus;
};
