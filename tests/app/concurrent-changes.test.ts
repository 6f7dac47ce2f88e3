import { PermanentError } from '../../shared/core/errors.ts';
import { memberOf } from '../../shared/core/member.ts';
import { type MemoryWorld, setPolicy, unavailable } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { now, reader, reports, settings, writer } from '../support/settings.ts';
import { binding, readerPolicy, writerPolicy } from '../support/snapshot.ts';
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
  takeCalls,
  takeReports,
} from '../support/world.ts';

const key = 'google-access';

const boundOn = (world: MemoryWorld, resource: string) =>
  (world.policies.get(resource)?.policy.bindings ?? []).flatMap(({ members }) => members);

describe('the world changes while we write', () => {
  it('a tag removed between read and write is noticed by the re-read', async () => {
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

  it('a bind that was announced but not made yet stays listed; the message is retried until it is decided', async () => {
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

  it('a role that keeps changing is returned to the queue after three rounds', async () => {
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

  it('one region that is down does not delay revoking the binding, and the message is retried', async () => {
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

  it('a region that we may not read is reported, even if nothing had to change', async () => {
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

  it('outcomes that cannot be sent cause the message to be retried', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, { 'google-access': reader });
    world.before = (call) => {
      if (call === 'PutEvents') throw unavailable('EventBridge');
    };
    const [report] = await runReconcile(world);
    expect(report?.retry?.message).toContain('could not be published');
  });
});

describe('a kill between any two calls, followed by an untag', () => {
  it('leaves nothing behind, because the ledger lists the binding', async () => {
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
        // A dead process makes no more calls: every later call fails before it is performed.
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

describe('two functions that process one role', () => {
  it('after a lost announcement, the role is read and planned again in the same invocation', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    let isFirst = true;
    world.before = (call) => {
      if (!call.startsWith('PutItem role') || !isFirst) return;
      isFirst = false;
      setEntries(world, [entryFor(writer)]);
    };
    const [report] = await runReconcile(world);
    expect(report?.retry).toBeUndefined();
    expect(boundOn(world, readerPolicy)).toEqual([memberOf(settings, reports)]);
    expect(entriesOf(world).map(({ resource }) => resource)).toEqual([readerPolicy]);
  });

  it('a function that always loses the race returns its message to the queue, and binds nothing', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    world.before = (call) => {
      if (call.startsWith('PutItem role'))
        setEntries(world, [entryFor(writer, { announcedAt: now.toISOString() })]);
      if (call.startsWith('BatchGetItem role')) world.table.delete('role#aws:111122223333:reports bindings');
    };
    const [report] = await runReconcile(world);
    expect(report?.retry?.message).toContain('Someone else is working on role reports');
    expect(boundOn(world, readerPolicy)).toEqual([]);
  });

  it('after a conflict in the policy, the bind is announced again before it is made', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    let isFirst = true;
    world.before = (call) => {
      if (!call.startsWith('setIamPolicy') || !isFirst) return;
      isFirst = false;
      setPolicy(world, readerPolicy, {});
    };
    await runReconcile(world);
    expect(takeCalls(world, /^(PutItem role|[gs]etIamPolicy)/).map((call) => call.split(' ')[0])).toEqual([
      'getIamPolicy',
      'PutItem',
      'setIamPolicy',
      'getIamPolicy',
      'PutItem',
      'setIamPolicy',
    ]);
    expect(boundOn(world, readerPolicy)).toEqual([memberOf(settings, reports)]);
  });

  it('a bind whose second announcement is lost is not made', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    let conflicts = 0;
    world.before = (call) => {
      if (!call.startsWith('setIamPolicy')) return;
      conflicts += 1;
      if (conflicts > 1) return;
      setPolicy(world, readerPolicy, {});
      // Someone else removed the entry, since the tag was gone.
      world.table.delete('role#aws:111122223333:reports bindings');
      tagRole(world, {});
    };
    await runReconcile(world);
    expect(conflicts).toBe(1);
    expect(boundOn(world, readerPolicy)).toEqual([]);
    expect(entriesOf(world)).toEqual([]);
  });
});

describe('the tag moves while we write', () => {
  it('the old target is still known, and loses what it was given', async () => {
    const world = createWorld();
    tagRole(world, { 'google-access': reader });
    let isFirst = true;
    world.after = (call) => {
      if (!call.startsWith('PutParameter us-east-1') || !isFirst) return;
      isFirst = false;
      // Someone else removes the tag and the ledger entry: only our own memory names the account.
      tagRole(world, {});
      world.parameters.clear();
    };
    const [report] = await runReconcile(world);
    expect(report?.retry).toBeUndefined();
    expect(takeReports(world).map(([type]) => type)).toEqual(['Granted', 'Revoked']);
    expect(world.policies.get(readerPolicy)?.policy.bindings ?? []).toEqual([]);
  });

  it('a role that stops changing in the third round is done', async () => {
    const world = createWorld();
    tagRole(world, { 'google-access': reader });
    let reads = 0;
    world.after = (call) => {
      if (!call.startsWith('GetRole')) return;
      reads += 1;
      // After the first read of the first two rounds.
      if (reads === 1) tagRole(world, { 'google-access/b': reader });
      if (reads === 3) tagRole(world, { 'google-access/c': reader });
    };
    const [report] = await runReconcile(world);
    expect(reads).toBe(6);
    expect(report?.retry).toBeUndefined();
    expect(parameterPlaces(world)).toEqual([
      'eu-west-1 /google-access/reports/c',
      'us-east-1 /google-access/reports/c',
    ]);
  });

  it('a role that does not change is read once more, and planned once', async () => {
    const world = createWorld();
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    expect(takeCalls(world, /^GetRole/)).toHaveLength(2);
    await runReconcile(world);
    expect(takeCalls(world, /^GetRole/)).toHaveLength(1);
  });

  it('a role that is tagged while its former spelling is being cleared is planned again', async () => {
    const world = createWorld();
    tagRole(world, {}, 'Reports');
    setPolicy(world, writerPolicy, { bindings: [binding([reports])] });
    world.after = (call) => {
      if (call === `setIamPolicy ${writerPolicy}`) tagRole(world, { 'google-access': reader }, 'Reports');
    };
    const using = { ...settings, allow: [{ to: '*', roles: ['Reports'] }] };
    await runReconcile(world, [requestFor('reports', { resources: [writerPolicy] })], using);
    expect(takeReports(world).map(([type]) => type)).toEqual(['Revoked', 'Granted']);
  });

  it('a role that appears under another spelling is planned again', async () => {
    const world = createWorld();
    tagRole(world, { 'google-access': reader });
    world.after = (call) => {
      if (
        call.startsWith('setIamPolicy') &&
        world.roles.get('111122223333/reports')?.ref.roleName === 'reports'
      )
        tagRole(world, {}, 'Reports');
    };
    await runReconcile(world);
    expect(takeReports(world).map(([type]) => type)).toEqual(['Granted', 'Revoked']);
    expect(parameterPlaces(world)).toEqual([]);
  });
});
