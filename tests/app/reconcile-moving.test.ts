import { PermanentError } from '../../shared/core/errors.ts';
import { setPolicy, setRole, unavailable } from '../support/memory.ts';
import {
  bindings,
  bound,
  foreign,
  member,
  places,
  readerPolicy,
  tag,
  types,
  world,
} from '../support/memory-world.ts';
import { request, run } from '../support/reconciling.ts';
import { reader, reports, writer } from '../support/settings.ts';
import { entriesOf, entryFor, setEntries } from '../support/table.ts';

describe('the world moves while we write', () => {
  it('a tag taken away between read and write is seen by the re-read', async () => {
    const made = world();
    tag(made, reader);
    made.after = (call) => {
      if (call.startsWith('setIamPolicy') && made.roles.get('111122223333/reports')?.tags.length === 1)
        setRole(made, reports, []);
    };
    await run(made);
    expect(bound(made)).toBe(false);
    expect(places(made)).toEqual([]);
    expect(types(made)).toEqual(['Granted', 'Revoked']);
  });

  it('a binding that another function announced is found wherever it was made', async () => {
    const made = world();
    // A function that read the old tag has announced its bind, has bound, and was killed.
    setEntries(made, [entryFor(reader)]);
    setPolicy(made, readerPolicy, {
      bindings: [foreign, { role: 'roles/iam.workloadIdentityUser', members: [member] }],
    });
    setRole(made, reports, []);
    await run(made, [request('reports', { pass: 'second', needsRecheck: false, reported: '' })]);
    expect(bindings(made)).toEqual([foreign]);
    expect(entriesOf(made)).toEqual([]);
  });

  it('a bind that was announced, and not made yet, stays listed; the message comes back until it is decided', async () => {
    const made = world();
    setRole(made, reports, []);
    setEntries(made, [entryFor(reader, { announcedAt: made.now.toISOString() })]);
    const [early] = await run(made);
    expect(early?.retry?.message).toBe(
      'Another function may be about to bind role reports of account 111122223333.',
    );
    expect(entriesOf(made)).toHaveLength(1);
    made.now = new Date(made.now.getTime() + 300_000);
    const [late] = await run(made);
    expect(late?.retry).toBeUndefined();
    expect(entriesOf(made)).toEqual([]);
  });

  it('a role that never holds still goes back to the queue after three rounds', async () => {
    const made = world();
    let turn = 0;
    tag(made, reader);
    made.after = (call) => {
      if (!call.startsWith('GetRole')) return;
      turn += 1;
      // After the first read of each round, so that the second one sees another tag.
      if (turn % 2 === 1) tag(made, turn % 4 === 1 ? writer : reader);
    };
    const [report] = await run(made);
    expect(report?.retry?.message).toContain('keeps changing');
    expect(turn).toBe(6);
  });

  it('a competing writer loses nothing, and neither do we', async () => {
    const made = world();
    tag(made, reader);
    let competing = 3;
    made.before = (call) => {
      if (!call.startsWith('setIamPolicy') || competing === 0) return;
      competing -= 1;
      setPolicy(made, readerPolicy, {
        bindings: [...bindings(made), { role: `roles/other${competing}`, members: ['user:a@x.com'] }],
      });
    };
    await run(made);
    expect(bindings(made).map(({ role }) => role)).toEqual([
      'roles/iam.serviceAccountUser',
      'roles/other2',
      'roles/other1',
      'roles/other0',
      'roles/iam.workloadIdentityUser',
    ]);
  });

  it('one region that is down holds up no revocation of the binding, and the message comes back', async () => {
    const made = world();
    tag(made, reader);
    await run(made);
    setRole(made, reports, []);
    made.before = (call) => {
      if (call.includes('eu-west-1')) throw unavailable('SSM');
    };
    const [report] = await run(made);
    expect(bound(made)).toBe(false);
    expect(report?.retry).toBeDefined();
    made.before = () => undefined;
    await run(made, [request('reports', { delivery: 'again' })]);
    expect(places(made)).toEqual([]);
  });

  it('a region that may not be read is told, though nothing had to change', async () => {
    const made = world();
    setRole(made, reports, []);
    made.before = (call) => {
      if (call.includes('eu-west-1')) throw new PermanentError('not authorized to list parameters');
    };
    const [report] = await run(made);
    expect(report?.retry).toBeUndefined();
    expect(made.outcomes).toMatchObject([
      { type: 'Failed', detail: { reason: 'not authorized to list parameters' } },
    ]);
  });

  it('outcomes that cannot be sent bring the message back', async () => {
    const made = world();
    tag(made, reader);
    made.before = (call) => {
      if (call === 'PutEvents') throw unavailable('EventBridge');
    };
    const [report] = await run(made);
    expect(report?.retry?.message).toContain('could not be published');
  });
});

describe('a kill between any two calls, then untag', () => {
  it('leaves nothing behind, since the record names it', async () => {
    class Killed extends Error {}
    const probe = world();
    tag(probe, reader);
    await run(probe);
    for (let at = 0; at < probe.calls.length * 2; at += 1) {
      const made = world();
      tag(made, reader);
      let isDead = false;
      let position = 0;
      const hook = () => {
        if (isDead || position === at) isDead = true;
        position += 1;
        // A dead process calls nothing more: every later call fails before it is performed.
        if (isDead) throw new Killed();
      };
      made.before = hook;
      made.after = hook;
      await run(made);
      made.before = () => undefined;
      made.after = () => undefined;
      setRole(made, reports, []);
      await run(made);
      expect({ at, bindings: bindings(made), places: places(made) }).toEqual({
        at,
        bindings: [foreign],
        places: [],
      });
    }
  });
});
