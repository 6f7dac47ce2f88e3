import type { GoogleSession } from '../../../shared/adapters/google/session.ts';
import { sweep } from '../../../shared/app/sweep.ts';
import { memberOf } from '../../../shared/core/member.ts';
import { type MemoryWorld, memorySweepPorts } from '../../support/memory.ts';
import { reports, settings } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';

export const hour = 60 * 60 * 1000;
export const day = 24 * hour;
export const later = (made: MemoryWorld, milliseconds: number): void => {
  made.now = new Date(made.now.getTime() + milliseconds);
};
export const sweepOnce = (made: MemoryWorld, using = settings) => sweep(using, memorySweepPorts(made));
export const isBound = (made: MemoryWorld, resource = readerPolicy, ref = reports): boolean =>
  (made.policies.get(resource)?.policy.bindings ?? []).some(({ members }) =>
    members.includes(memberOf(settings, ref)),
  );
export const session = (answer: (url: string, count: number) => unknown): GoogleSession => {
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
