import type { Message } from '../core/message.ts';
import type { RoleRequest } from './role-request.ts';

/** What a message of the queue asks of reconcile. */
export const requestOf = (
  message: Exclude<Message, { kind: 'ignored' }>,
  isRedelivered: boolean,
): RoleRequest => {
  const { ref, cause } = message;
  const plain = {
    ref,
    cause,
    look: 'first',
    resources: [],
    lookedAt: [],
    strays: [],
    mayRevoke: 'everything',
    isRedelivered,
  } as const;
  switch (message.kind) {
    case 'role':
      // Who had it before may have bound there and died, and the tag and the record may be gone since.
      return { ...plain, lookedAt: isRedelivered ? message.named : [], wantsSecondLook: true };
    case 'secondLook': {
      const { told, lookedAt } = message;
      return { ...plain, look: 'second', wantsSecondLook: false, told, lookedAt };
    }
    case 'drift': {
      const { resources, strays, released } = message;
      return { ...plain, resources, strays, mayRevoke: released, wantsSecondLook: false };
    }
  }
};
