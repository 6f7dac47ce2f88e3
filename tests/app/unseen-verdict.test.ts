import { PermanentError } from '../../shared/core/errors.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { readVerdict } from '../../shared/core/table-verdict.ts';
import { deleteRole, type MemoryWorld, setPolicy, setRole, unavailable } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { email, reader, reports, settings, writer } from '../support/settings.ts';
import { binding, readerPolicy, writerPolicy } from '../support/snapshot.ts';
import { runRepair, runSweep } from '../support/sweeping.ts';
import { entriesOf } from '../support/table.ts';
import { advance, createWorld, hour, tagRole } from '../support/world.ts';

const verdictOf = (made: MemoryWorld) => readVerdict(made.table.get('sweep table')?.body ?? '');

/** Emptied, with a binding that no tag explains; then another role was granted. */
const emptied = async (): Promise<MemoryWorld> => {
  const made = createWorld();
  tagRole(made, { 'google-access': reader });
  await runReconcile(made);
  await runSweep(made);
  made.table.clear();
  setRole(made, reports, []);
  tagRole(made, { 'google-access': writer }, 'app-new');
  await runReconcile(made, [requestFor('app-new')]);
  return made;
};

describe('invariant 2: bindings that the first sweep did not see are judged when they are seen', () => {
  it.each<[string, (made: MemoryWorld) => () => void | Promise<void>]>([
    [
      'an account that we may not read',
      (made) => {
        made.denied.add(readerPolicy);
        return () => void made.denied.delete(readerPolicy);
      },
    ],
    [
      'an account that a tag requests, and that its owner has not opted in',
      (made) => {
        made.denied.add(readerPolicy);
        tagRole(made, { 'google-access': reader }, 'app-other');
        return () => void made.denied.delete(readerPolicy);
      },
    ],
    [
      'a project that cannot be listed',
      (made) => {
        made.before = (call) => {
          if (call === 'listServiceAccounts acme-data') throw unavailable(call);
        };
        return () => void (made.before = () => undefined);
      },
    ],
    [
      'the item of the role',
      (made) => {
        const item = {
          pk: 'role#aws:111122223333:reports',
          sk: 'bindings',
          revision: 'x',
          body: '{"version":2}',
        };
        made.table.set(`${item.pk} ${item.sk}`, item);
        return () => void made.table.delete(`${item.pk} ${item.sk}`);
      },
    ],
    [
      'the owner of the pool',
      (made) => {
        made.ownership = { kind: 'unproven', reason: 'timeout' };
        return () => void (made.ownership = { kind: 'ours' });
      },
    ],
    [
      'the owner of the pool, and then the account',
      (made) => {
        made.ownership = { kind: 'unproven', reason: 'timeout' };
        return async () => {
          made.ownership = { kind: 'ours' };
          made.denied.add(readerPolicy);
          await runSweep(made);
          made.denied.delete(readerPolicy);
        };
      },
    ],
  ])('%s', async (_, hide) => {
    const made = await emptied();
    const show = hide(made);
    expect((await runSweep(made)).isTableEmptied).toBe(false);
    expect(verdictOf(made)).toMatchObject({ verdict: 'fresh' });
    await show();
    expect((await runSweep(made)).isTableEmptied).toBe(true);
    expect(verdictOf(made)).toEqual({ verdict: 'emptied', at: made.now.toISOString() });
  });

  it('even if an event lists the binding first', async () => {
    const made = await emptied();
    made.denied.add(readerPolicy);
    await runSweep(made);
    made.denied.clear();
    tagRole(made, { 'google-access': reader });
    await runReconcile(made);
    expect(entriesOf(made)).toHaveLength(1);
    expect((await runSweep(made)).isTableEmptied).toBe(true);
  });

  it('even if an event removes the binding first', async () => {
    const made = await emptied();
    made.denied.add(readerPolicy);
    await runSweep(made);
    made.denied.clear();
    deleteRole(made, reports);
    tagRole(made, { 'google-access/x': reader });
    await runReconcile(made);
    expect((await runSweep(made)).isTableEmptied).toBe(true);
  });

  it('is undecided, and stays bound, if the verdict cannot be read', async () => {
    const made = await emptied();
    made.denied.add(readerPolicy);
    await runSweep(made);
    made.denied.clear();
    tagRole(made, { 'google-access': reader });
    made.before = (call) => {
      if (call === 'BatchGetItem sweep table') throw unavailable(call);
    };
    const [report] = await runReconcile(made);
    expect(report?.retry).toBeDefined();
    expect(entriesOf(made)).toEqual([]);
    expect(made.table.has('scope unlisted')).toBe(false);
  });

  it('and a name leaves the verdict when it was seen', async () => {
    const made = createWorld();
    tagRole(made, { 'google-access': reader });
    await runReconcile(made);
    made.denied.add(writerPolicy);
    await runSweep(made);
    expect(verdictOf(made)?.unseen).toEqual({
      resources: [writerPolicy],
      projects: [],
      pools: [],
      roles: [],
      accounts: [],
    });
    const writes = () => made.calls.splice(0).filter((call) => call === 'PutItem sweep table').length;
    writes();
    await runSweep(made);
    expect(writes()).toBe(0);
    made.denied.clear();
    expect((await runSweep(made)).isTableEmptied).toBe(false);
    expect(verdictOf(made)?.unseen).toBeUndefined();
    expect(writes()).toBe(1);
  });

  it('and projects are named if there are too many accounts for one item', async () => {
    const made = createWorld();
    tagRole(made, { 'google-access': reader });
    await runReconcile(made);
    for (let n = 0; n < 5_000; n += 1) {
      const resource = serviceAccountResource(email(`a-rather-long-name-${n}`));
      setPolicy(made, resource, {});
      made.denied.add(resource);
    }
    await runSweep(made);
    expect(verdictOf(made)?.unseen).toEqual({
      resources: [],
      projects: ['acme-data'],
      pools: [],
      roles: [],
      accounts: [],
    });
    for (const resource of [...made.denied].slice(1)) made.denied.delete(resource);
    await runSweep(made);
    expect(verdictOf(made)?.unseen).toMatchObject({ resources: [...made.denied], projects: [] });
  });
});

describe('invariant 2: things that come back are not an emptied table', () => {
  it.each<[string, (made: MemoryWorld) => void]>([
    [
      'while a project can never be listed',
      (made) => {
        made.before = (call) => {
          if (call === 'listServiceAccounts example.com:legacy')
            throw new PermanentError('no', { because: 'notPermitted' });
        };
      },
    ],
    ['while an account can never be read', (made) => void made.denied.add(writerPolicy)],
    [
      'while an account that the ledger lists can never be read',
      (made) => {
        made.before = (call) => {
          if (call === `getIamPolicy ${writerPolicy}`) throw unavailable(call);
        };
      },
    ],
    [
      'while parameters can never be listed',
      (made) => {
        made.before = (call) => {
          if (call.startsWith('GetParametersByPath eu-west-1')) throw unavailable(call);
        };
      },
    ],
  ])('an account that Google restores with its binding, %s', async (_, hide) => {
    const made = createWorld();
    tagRole(made, { 'google-access': reader });
    await runReconcile(made);
    hide(made);
    await runSweep(made);
    const policy = made.policies.get(readerPolicy)?.policy ?? {};
    made.policies.delete(readerPolicy);
    for (let n = 0; n < 2; n += 1) {
      await runSweep(made);
      await runRepair(made);
      advance(made, hour);
    }
    expect(entriesOf(made)).toEqual([]);
    setPolicy(made, readerPolicy, policy);
    expect(made.policies.get(readerPolicy)?.policy.bindings).toEqual([binding([reports])]);
    expect((await runSweep(made)).isTableEmptied).toBe(false);
    await runRepair(made);
    expect(made.table.has('scope unlisted')).toBe(false);
    expect((await runSweep(made)).isTableEmptied).toBe(false);
  });

  it('in a mode in which others may bind, a verdict is not changed', async () => {
    const made = createWorld();
    tagRole(made, { 'google-access': reader });
    await runReconcile(made);
    made.denied.add(writerPolicy);
    await runSweep(made);
    const before = made.table.get('sweep table');
    const using: Settings = { ...settings, mode: 'upsert-only' };
    made.denied.clear();
    setPolicy(made, writerPolicy, { bindings: [binding([reports])] });
    expect((await runSweep(made, using)).isTableEmptied).toBe(false);
    expect(made.table.get('sweep table')).toEqual(before);
  });
});
