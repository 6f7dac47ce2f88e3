import { RetryableError } from '../core/errors.ts';

export interface Listing<Page> {
  readonly read: (token: string | undefined) => Promise<Page>;
  /** The token of the next page; empty or undefined on the last one. */
  readonly nextOf: (page: Page) => string | undefined;
}

/** The pages of a listing. @throws RetryableError if a page leads back to an earlier one: such a listing never ends. */
export const pages = async function* <Page>(
  description: string,
  { read, nextOf }: Listing<Page>,
): AsyncIterable<Page> {
  const seen = new Set<string>();
  let token: string | undefined;
  do {
    const page = await read(token);
    token = nextOf(page) || undefined;
    if (token !== undefined && seen.has(token))
      throw new RetryableError(
        `${description}: a page leads back to an earlier one, so the list never ends.`,
      );
    if (token !== undefined) seen.add(token);
    yield page;
  } while (token !== undefined);
};
