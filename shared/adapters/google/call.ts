import { isNotFound, resourceFailure } from './failure.ts';
import { callGoogle, type GoogleCall, type GoogleSession, patiently } from './session.ts';

/** One thing that is read: undefined if Google itself answers NOT_FOUND. `advice`: what to do where it refuses. */
export const readOne = <T>(
  session: GoogleSession,
  what: string,
  call: GoogleCall,
  advice = 'Ask for the permission, or let an administrator of the Google side run this.',
): Promise<T | undefined> =>
  patiently(session, async () => {
    await session.identity.signIn();
    try {
      return await callGoogle<T>(session, call);
    } catch (thrown) {
      if (isNotFound(thrown)) return undefined;
      throw resourceFailure(`reading ${what}`, thrown, advice);
    }
  });
