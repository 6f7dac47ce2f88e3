import { RetryableError } from '../core/errors.ts';

/** `Token` names a page: a text, or what JSON can hold. */
export interface Listing<Page, Token = string> {
  readonly read: (token: Token | undefined) => Promise<Page>;
  /** The token of the next page; empty or undefined on the last one. */
  readonly nextOf: (page: Page) => Token | undefined;
}

/** The pages of a listing. @throws RetryableError if a page leads back to an earlier one: such a listing never ends. */
export const pages = async function* <Page, Token = string>(
  description: string,
  { read, nextOf }: Listing<Page, Token>,
): AsyncIterable<Page> {
  const seen = new Set<string>();
  let token: Token | undefined;
  do {
    const page = await read(token);
    token = nextOf(page) || undefined;
    if (token !== undefined) {
      const text = JSON.stringify(token);
      if (seen.has(text))
        throw new RetryableError(
          `${description}: a page leads back to an earlier one, so the list never ends.`,
        );
      seen.add(text);
    }
    yield page;
  } while (token !== undefined);
};
