import { RetryableError } from '../../core/errors.ts';
import { type Listing, pages } from '../pages.ts';
import { tried } from './failure.ts';

/** The pages of one of AWS's listings. @throws RetryableError, or PermanentError for a call that AWS refuses */
export const pagesOf = <Page, Token = string>(
  description: string,
  { read, nextOf }: Listing<Page, Token>,
): AsyncIterable<Page> =>
  pages(description, { read: (token) => tried(description, () => read(token)), nextOf });

/**
 * The next page of one of IAM's listings.
 * @throws RetryableError for a page that has a successor and does not name it, and for an answer that is not a page, such as a
 * proxy's: the SDK takes either for the last one.
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
    if (IsTruncated === undefined)
      throw new RetryableError(
        `The answer to the list of ${things} is not IAM's: it lacks IsTruncated. If a proxy stands between here and AWS, ask its owner to check it; then try again.`,
      );
    if (IsTruncated && !Marker)
      throw new RetryableError(
        `IAM cut its list of ${things} short: a page is truncated, and names no next page.`,
      );
    return Marker;
  };
