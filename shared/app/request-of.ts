import type { Message } from '../core/message.ts';
import { namedKeysOf } from '../core/tag-event.ts';
import type { Delivery, RoleRequest } from './role-request.ts';

/** `receives`: with this one. */
export const deliveryOf = (receives: number, maxReceives: number): Delivery => {
  if (receives >= maxReceives) return 'last';
  return receives > 1 ? 'again' : 'first';
};

/** What a message of the queue asks of reconcile. */
export const requestOf = (
  message: Exclude<Message, { kind: 'ignored' }>,
  delivery: Delivery,
): RoleRequest => {
  const { ref, cause } = message;
  const plain = {
    ref,
    cause,
    look: 'first',
    resources: [],
    strays: [],
    reportedAbsent: [],
    released: [],
    events: [],
    namedKeys: [],
    deferrals: 0,
    delivery,
  } as const;
  switch (message.kind) {
    case 'role':
      return {
        ...plain,
        events: [message.event],
        namedKeys: namedKeysOf([message.event]),
        wantsSecondLook: true,
      };
    case 'secondLook': {
      const { told, deferrals, released, events, isCut } = message;
      return {
        ...plain,
        look: 'second',
        wantsSecondLook: false,
        told,
        deferrals,
        events,
        ...(isCut === undefined ? {} : { isCut }),
        namedKeys: namedKeysOf(events),
        released: released ?? [],
      };
    }
    case 'drift': {
      const { resources, strays, released, absent, approved, answers } = message;
      return {
        ...plain,
        drift: cause,
        resources,
        strays,
        reportedAbsent: absent,
        ...(answers.length === 0 ? {} : { answers }),
        released,
        ...(approved === undefined ? {} : { approved }),
        wantsSecondLook: false,
      };
    }
  }
};
