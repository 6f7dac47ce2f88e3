import { RetryableError } from '../../core/errors.ts';
import { tried } from './failure.ts';

interface Listing<Page> {
  readonly read: (token: string | undefined) => Promise<Page>;
  /** The token of the next page; empty or undefined on the last one. */
  readonly nextOf: (page: Page) => string | undefined;
}

/** The pages of a listing. @throws RetryableError if a page leads back to an earlier one: such a listing never ends. */
export const pagesOf = async function* <Page>(
  description: string,
  { read, nextOf }: Listing<Page>,
): AsyncIterable<Page> {
  const seen = new Set<string>();
  let token: string | undefined;
  do {
    const current = token;
    const page = await tried(description, () => read(current));
    token = nextOf(page) || undefined;
    if (token !== undefined && seen.has(token))
      throw new RetryableError(
        `${description}: a page leads back to an earlier one, so the list never ends.`,
      );
    if (token !== undefined) seen.add(token);
    yield page;
  } while (token !== undefined);
};

/**
 * The next page of one of IAM's listings.
 * @throws RetryableError for a page that has a successor and does not name it: the SDK takes that for the last one.
 */
export const nextMarker =
  (things: string) =>
  ({
    IsTruncated,
    Marker,
  }: {
    readonly IsTruncated?: boolean | undefined;
    readonly Marker?: string | undefined;
  }): string | undefined => {
    if (IsTruncated === true && !Marker)
      throw new RetryableError(
        `IAM cut its list of ${things} short: a page is truncated, and names no next page.`,
      );
    return Marker;
  };
