import { googlePolicies } from '../../../shared/adapters/google/policies.ts';
import { reconcile } from '../../../shared/app/reconcile.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import { memberOf } from '../../../shared/core/member.ts';
import { workloadIdentityUser } from '../../../shared/core/target.ts';
import { googleSession, httpError } from '../../support/google-session.ts';
import { memoryPorts, setPolicy } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, reports, roleRef, settings } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';
import { entriesOf, setKnown } from '../../support/table.ts';
import { createWorld, isBound, tagRole } from '../../support/world.ts';

describe('invariant 2: an entry leaves only if Google itself rejected the only write', () => {
  it.each([
    [400, '<html>400 Bad Request</html>'],
    [413, '<html>413 Request Entity Too Large</html>'],
  ])('a proxy’s own %s for a write that was made is not a rejection', async (status, page) => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, { 'google-access': reader });
    const ports = memoryPorts(world);
    const google = googlePolicies({
      ...googleSession(() => undefined),
      identity: {
        signIn: () => Promise.resolve(),
        request: async ({ data }) => {
          const read = await ports.policies.read(readerPolicy);
          await ports.policies.write(readerPolicy, { ...read.policy, ...Object(Object(data).policy) });
          throw httpError(status, page);
        },
      },
    });
    await reconcile(settings, { ...ports, policies: { ...ports.policies, write: google.write } }, [
      requestFor(),
    ]);
    expect(isBound(world)).toBe(true);
    expect(entriesOf(world)).toHaveLength(1);
  });

  it('a rejected write does not show anything about a binding that the policy has by then', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, { 'google-access': reader });
    tagRole(world, { 'google-access': reader }, 'app-b');
    let writes = 0;
    world.before = (call) => {
      if (call !== `setIamPolicy ${readerPolicy}`) return;
      writes += 1;
      // Someone else (a Terraform run) binds one of the roles and then revokes the editor role again.
      if (writes === 1)
        setPolicy(world, readerPolicy, {
          bindings: [{ role: workloadIdentityUser, members: [memberOf(settings, reports)] }],
        });
      else throw new PermanentError('not permitted', { because: 'notPermitted' });
    };
    await runReconcile(world, [requestFor(), requestFor('app-b')]);
    expect(writes).toBe(2);
    expect(isBound(world)).toBe(true);
    expect(entriesOf(world)).toHaveLength(1);
    expect(entriesOf(world, roleRef('app-b'))).toHaveLength(0);
  });
});

describe('a bind that Google rejects does not keep out any other change', () => {
  it.each([false, true])('an answer was lost before: %s', async (isLost) => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, { 'google-access': reader }, 'app-b');
    await runReconcile(world, [requestFor('app-b')]);
    tagRole(world, {}, 'app-b'); // untagged: its access must end
    tagRole(world, { 'google-access': reader });
    world.rejected.add(memberOf(settings, reports));
    const ports = memoryPorts(world);
    let tries = 0;
    const google = googlePolicies({
      ...googleSession(() => undefined),
      identity: {
        signIn: () => Promise.resolve(),
        request: async ({ data }): Promise<never> => {
          tries += 1;
          if (isLost && tries === 1) throw httpError(503, 'upstream connect error');
          const written = await ports.policies.write(readerPolicy, Object(Object(data).policy));
          if (written.kind === 'conflict') throw httpError(409, {});
          if (written.kind === 'rejected')
            throw httpError(400, {
              error: { code: 400, status: 'INVALID_ARGUMENT', message: written.reason },
            });
          return { data: written.policy } as never;
        },
      },
    });
    const results = await reconcile(
      settings,
      { ...ports, policies: { ...ports.policies, write: google.write } },
      [requestFor(), requestFor('app-b')],
    );
    const isRetried = results.some(({ request: { ref }, retry }) => ref.roleName === 'app-b' && retry);
    expect([isBound(world, readerPolicy, roleRef('app-b')), isRetried]).toEqual([false, false]);
  });
});
