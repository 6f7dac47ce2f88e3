import { RetryableError } from '../core/errors.ts';
import type { Clock, Ports } from '../ports.ts';
import { withinDeadline } from '../waiting.ts';

/** How long a batch waits for one AWS account, if it has roles of several. */
const accountMilliseconds = 20_000;

/**
 * Ports under which an AWS account that does not answer stops only its own roles. The time counts while a call into the
 * account is pending. When it is used up, these calls fail, and so does every later one of the batch: the messages come back.
 */
export const limitedPerAccount = (ports: Ports): Ports => {
  const { clock, roles, parameters } = ports;
  const budgets = new Map<string, Budget>();
  const within = <T>(accountId: string, call: () => Promise<T>): Promise<T> => {
    const budget = budgets.get(accountId) ?? { left: accountMilliseconds, pending: 0, since: 0 };
    budgets.set(accountId, budget);
    return spending(clock, accountId, budget, call);
  };
  return {
    ...ports,
    roles: { read: (ref) => within(ref.accountId, () => roles.read(ref)) },
    parameters: {
      list: (place, path) => within(place.accountId, () => parameters.list(place, path)),
      put: (place, parameter) => within(place.accountId, () => parameters.put(place, parameter)),
      remove: (place, name) => within(place.accountId, () => parameters.remove(place, name)),
    },
  };
};

interface Budget {
  /** Milliseconds, without those since `since`. */
  left: number;
  pending: number;
  /** When the first of the pending calls began, in milliseconds since 1970. */
  since: number;
}

const spending = async <T>(
  clock: Clock,
  accountId: string,
  budget: Budget,
  call: () => Promise<T>,
): Promise<T> => {
  const now = (): number => clock.now().getTime();
  if (budget.pending === 0) budget.since = now();
  const left = budget.left - (now() - budget.since);
  if (left <= 0) throw unanswered(accountId);
  budget.pending += 1;
  try {
    return await withinDeadline(clock, left, () => unanswered(accountId), call);
  } finally {
    budget.pending -= 1;
    if (budget.pending === 0) budget.left -= now() - budget.since;
  }
};

const unanswered = (accountId: string): RetryableError =>
  new RetryableError(
    `AWS account ${accountId} did not answer within ${accountMilliseconds / 1000} s. Its roles are tried again; those of other accounts are not affected.`,
  );
