import type { GoogleSession } from '../../shared/adapters/google/session.ts';

/** A session that gives each request the next answer. `count`: how many were sent, including this one. */
export const googleSession = (answer: (url: string, count: number) => unknown): GoogleSession => {
  let count = 0;
  return {
    endpoints: {},
    signal: new AbortController().signal,
    identity: {
      signIn: () => Promise.resolve(),
      request: async ({ url }: { readonly url: string }) => {
        count += 1;
        return { data: answer(url, count) };
      },
    },
  } as unknown as GoogleSession;
};

export const httpError = (status: number, data: unknown) =>
  Object.assign(new Error(`status ${status}`), { status, response: { status, data } });

export const denied = httpError(403, {
  error: { code: 403, status: 'PERMISSION_DENIED', message: 'Permission denied' },
});
