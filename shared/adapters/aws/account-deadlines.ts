import { RetryableError } from '../../core/errors.ts';
import type { Clock, Listings, Pages } from '../../ports.ts';
import { withinDeadline } from '../../waiting.ts';

/** A page takes seconds. Each call of the SDK has a limit of its own, but a slow account may need many of them. */
export const accountDeadlineSeconds = 60;

/** Gives up on another account that does not answer, so that it cannot delay the others. What it listed before stays. */
export const withAccountDeadlines = (
  home: string,
  { roles, parameters }: Pick<Listings, 'roles' | 'parameters'>,
  clock: Clock,
  seconds = accountDeadlineSeconds,
): Pick<Listings, 'roles' | 'parameters'> => {
  const within =
    (accountId: string) =>
    async <T>(run: () => Promise<T>): Promise<T> =>
      withinDeadline(clock, seconds * 1000, () => unanswered(accountId, seconds), run);
  const limited = <T>(accountId: string, pages: Pages<T>): Pages<T> =>
    accountId === home ? pages : pagesWithin(within(accountId), pages);
  return {
    roles: (accountId) => limited(accountId, roles(accountId)),
    parameters: (place, prefix) => limited(place.accountId, parameters(place, prefix)),
  };
};

const unanswered = (accountId: string, seconds: number): RetryableError =>
  new RetryableError(`AWS account ${accountId} did not answer within ${seconds} s.`);

type Within = <T>(run: () => Promise<T>) => Promise<T>;

async function* pagesWithin<T>(within: Within, pages: Pages<T>): AsyncGenerator<readonly T[]> {
  const iterator = pages[Symbol.asyncIterator]();
  while (true) {
    const next = await within(() => iterator.next());
    if (next.done === true) return;
    yield next.value;
  }
}
