import { PermanentError } from '../../shared/core/errors.ts';
import { setPolicy, unavailable } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { reader, writer } from '../support/settings.ts';
import { readerPolicy } from '../support/snapshot.ts';
import { entriesOf, entryFor, setEntries } from '../support/table.ts';
import {
  bindingsOf,
  createWorld,
  foreignBinding,
  isBound,
  member,
  outcomeTypes,
  parameterPlaces,
  tagRole,
} from '../support/world.ts';

describe('the world moves while we write', () => {
  it('a tag taken away between read and write is seen by the re-read', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, { 'google-access': reader });
    world.after = (call) => {
      if (call.startsWith('setIamPolicy') && world.roles.get('111122223333/reports')?.tags.length === 1)
        tagRole(world, {});
    };
    await runReconcile(world);
    expect(isBound(world)).toBe(false);
    expect(parameterPlaces(world)).toEqual([]);
    expect(outcomeTypes(world)).toEqual(['Granted', 'Revoked']);
  });

  it('a binding that another function announced is found wherever it was made', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    // A function that read the old tag has announced its bind, has bound, and was killed.
    setEntries(world, [entryFor(reader)]);
    setPolicy(world, readerPolicy, {
      bindings: [foreignBinding, { role: 'roles/iam.workloadIdentityUser', members: [member] }],
    });
    tagRole(world, {});
    await runReconcile(world, [requestFor('reports', { pass: 'second', needsRecheck: false, reported: '' })]);
    expect(bindingsOf(world)).toEqual([foreignBinding]);
    expect(entriesOf(world)).toEqual([]);
  });

  it('a bind that was announced, and not made yet, stays listed; the message comes back until it is decided', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, {});
    setEntries(world, [entryFor(reader, { announcedAt: world.now.toISOString() })]);
    const [early] = await runReconcile(world);
    expect(early?.retry?.message).toBe(
      'Another function may be about to bind role reports of account 111122223333.',
    );
    expect(entriesOf(world)).toHaveLength(1);
    world.now = new Date(world.now.getTime() + 300_000);
    const [late] = await runReconcile(world);
    expect(late?.retry).toBeUndefined();
    expect(entriesOf(world)).toEqual([]);
  });

  it('a role that never holds still goes back to the queue after three rounds', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    let turn = 0;
    tagRole(world, { 'google-access': reader });
    world.after = (call) => {
      if (!call.startsWith('GetRole')) return;
      turn += 1;
      // After the first read of each round, so that the second one sees another tag.
      if (turn % 2 === 1) tagRole(world, { 'google-access': turn % 4 === 1 ? writer : reader });
    };
    const [report] = await runReconcile(world);
    expect(report?.retry?.message).toContain('keeps changing');
    expect(turn).toBe(6);
  });

  it('a competing writer loses nothing, and neither do we', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, { 'google-access': reader });
    let competing = 3;
    world.before = (call) => {
      if (!call.startsWith('setIamPolicy') || competing === 0) return;
      competing -= 1;
      setPolicy(world, readerPolicy, {
        bindings: [...bindingsOf(world), { role: `roles/other${competing}`, members: ['user:a@x.com'] }],
      });
    };
    await runReconcile(world);
    expect(bindingsOf(world).map(({ role }) => role)).toEqual([
      'roles/iam.serviceAccountUser',
      'roles/other2',
      'roles/other1',
      'roles/other0',
      'roles/iam.workloadIdentityUser',
    ]);
  });

  it('one region that is down holds up no revocation of the binding, and the message comes back', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    tagRole(world, {});
    world.before = (call) => {
      if (call.includes('eu-west-1')) throw unavailable('SSM');
    };
    const [report] = await runReconcile(world);
    expect(isBound(world)).toBe(false);
    expect(report?.retry).toBeDefined();
    world.before = () => undefined;
    await runReconcile(world, [requestFor('reports', { delivery: 'again' })]);
    expect(parameterPlaces(world)).toEqual([]);
  });

  it('a region that may not be read is told, though nothing had to change', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, {});
    world.before = (call) => {
      if (call.includes('eu-west-1')) throw new PermanentError('not authorized to list parameters');
    };
    const [report] = await runReconcile(world);
    expect(report?.retry).toBeUndefined();
    expect(world.outcomes).toMatchObject([
      { type: 'Failed', detail: { reason: 'not authorized to list parameters' } },
    ]);
  });

  it('outcomes that cannot be sent bring the message back', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, { 'google-access': reader });
    world.before = (call) => {
      if (call === 'PutEvents') throw unavailable('EventBridge');
    };
    const [report] = await runReconcile(world);
    expect(report?.retry?.message).toContain('could not be published');
  });
});

describe('a kill between any two calls, then untag', () => {
  it('leaves nothing behind, since the record names it', async () => {
    class Killed extends Error {}
    const probe = createWorld({ readerBindings: [foreignBinding] });
    tagRole(probe, { 'google-access': reader });
    await runReconcile(probe);
    for (let at = 0; at < probe.calls.length * 2; at += 1) {
      const world = createWorld({ readerBindings: [foreignBinding] });
      tagRole(world, { 'google-access': reader });
      let isDead = false;
      let position = 0;
      const hook = () => {
        if (isDead || position === at) isDead = true;
        position += 1;
        // A dead process calls nothing more: every later call fails before it is performed.
        if (isDead) throw new Killed();
      };
      world.before = hook;
      world.after = hook;
      await runReconcile(world);
      world.before = () => undefined;
      world.after = () => undefined;
      tagRole(world, {});
      await runReconcile(world);
      expect({ at, bindings: bindingsOf(world), places: parameterPlaces(world) }).toEqual({
        at,
        bindings: [foreignBinding],
        places: [],
      });
    }
  });
});
