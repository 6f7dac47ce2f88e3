import { setTimeout } from 'node:timers/promises';
import { PermanentError, RetryableError } from '../../core/errors.ts';
import { resourceFailure } from './failure.ts';
import { callGoogle, type GoogleCall, type GoogleSession, patiently } from './session.ts';

/** https://cloud.google.com/iam/docs/reference/rest/Shared.Types/Operation */
export interface Operation {
  readonly name?: string;
  readonly done?: boolean;
  readonly error?: { readonly message?: string };
}

/** 0.1 s, 0.2 s, … 5 s, two minutes in all. */
const pauses = [100, 200, 400, 800, 1_500, 3_000, ...Array.from({ length: 23 }, () => 5_000)];

const ask = (session: GoogleSession, what: string, path: string, api: GoogleCall['api'] = 'iam') =>
  patiently(session, async () => {
    await session.identity.signIn();
    try {
      return await callGoogle<Operation>(session, { api, method: 'GET', path });
    } catch (thrown) {
      throw resourceFailure(`${what}: asking whether it is done`, thrown, '');
    }
  });

/** Waits until Google has done what it was asked for. @throws where that failed, takes too long or is interrupted. */
export const settled = async (
  session: GoogleSession,
  what: string,
  started: Operation,
  api?: GoogleCall['api'],
): Promise<void> => {
  let operation = started;
  for (const pause of pauses) {
    if (operation.error !== undefined)
      throw new PermanentError(`${what}: ${operation.error.message ?? 'Google does not say why'}`);
    // An operation that is done at once may come without a name.
    if (operation.done === true || operation.name === undefined) return;
    await setTimeout(pause, undefined, { signal: session.signal }).catch((thrown: unknown) => {
      throw new RetryableError(`${what}: Google was still at it.`, { cause: thrown });
    });
    operation = await ask(session, what, operation.name, api);
  }
  throw new RetryableError(`${what}: Google was still at it after two minutes. Run this again.`);
};
