import type { Listings, Pages } from '../../ports.ts';
import { withinDeadline } from '../within-deadline.ts';

/** A page takes seconds. Each call of the SDK has a limit of its own, but a slow account may need many of them. */
export const accountDeadlineSeconds = 60;

/** Gives up on another account that does not answer, so that it cannot delay the others. What it listed before stays. */
export const withAccountDeadlines = (
  home: string,
  { roles, parameters }: Pick<Listings, 'roles' | 'parameters'>,
  seconds = accountDeadlineSeconds,
): Pick<Listings, 'roles' | 'parameters'> => {
  const limited = <T>(accountId: string, pages: Pages<T>): Pages<T> =>
    accountId === home ? pages : pagesWithin(seconds, `AWS account ${accountId}`, pages);
  return {
    roles: (accountId) => limited(accountId, roles(accountId)),
    parameters: (place, prefix) => limited(place.accountId, parameters(place, prefix)),
  };
};

async function* pagesWithin<T>(seconds: number, what: string, pages: Pages<T>): AsyncGenerator<readonly T[]> {
  const iterator = pages[Symbol.asyncIterator]();
  while (true) {
    const next = await withinDeadline(seconds, what, () => iterator.next());
    if (next.done === true) return;
    yield next.value;
  }
}
