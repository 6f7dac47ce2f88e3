import { settlingMilliseconds } from '../../shared/core/bindings.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { deleteRole, type MemoryWorld, setRole, unavailable } from '../support/memory.ts';
import {
  bindings,
  both,
  bound,
  foreign,
  member,
  places,
  readerPolicy,
  tag,
  types,
  world,
  writerPolicy,
  writes,
} from '../support/memory-world.ts';
import { request, run } from '../support/reconciling.ts';
import { reader, reports, roleRef, settings, writer } from '../support/settings.ts';
import { entriesOf, setLost } from '../support/table.ts';

describe('a role that is tagged', () => {
  it('gets binding, parameters in every region, one outcome and one second look', async () => {
    const made = world();
    tag(made, reader);
    const [report] = await run(made);
    expect(report?.retry).toBeUndefined();
    expect(bindings(made)).toEqual([foreign, { role: 'roles/iam.workloadIdentityUser', members: [member] }]);
    expect(places(made)).toEqual(both);
    expect(types(made)).toEqual(['Granted']);
    expect(made.secondLooks).toHaveLength(1);
  });

  it('is announced in the ledger, then bound, then published', async () => {
    const made = world();
    tag(made, reader);
    await run(made);
    expect(writes(made).filter((call) => !call.includes('scope'))).toEqual([
      'PutItem role#aws:111122223333:reports bindings',
      `setIamPolicy ${readerPolicy}`,
      'PutParameter us-east-1 /google-access/reports/default',
      'PutParameter eu-west-1 /google-access/reports/default',
    ]);
  });

  it('costs no write the second time', async () => {
    const made = world();
    tag(made, reader);
    await run(made);
    const before = writes(made).length;
    await run(made);
    expect(writes(made)).toHaveLength(before);
    expect(types(made)).toEqual(['Granted']);
  });

  it('is confirmed with its whole state when the message was redelivered', async () => {
    const made = world();
    tag(made, reader);
    await run(made);
    await run(made, [request('reports', { delivery: 'again' })]);
    expect(types(made)).toEqual(['Granted', 'Confirmed']);
    expect(made.outcomes[1]?.detail.grants?.[0]?.target).toEqual({ kind: 'serviceAccount', email: reader });
  });
});

describe('a role that loses its tag', () => {
  it.each([
    ['untagged', (made: MemoryWorld) => setRole(made, reports, [])],
    ['deleted', (made: MemoryWorld) => deleteRole(made, reports)],
  ])('%s: is unbound, then unpublished, then leaves the ledger', async (_, change) => {
    const made = world();
    tag(made, reader);
    await run(made);
    made.calls.length = 0;
    change(made);
    await run(made);
    expect(writes(made)).toEqual([
      `setIamPolicy ${readerPolicy}`,
      'DeleteParameter us-east-1 /google-access/reports/default',
      'DeleteParameter eu-west-1 /google-access/reports/default',
      'DeleteItem role#aws:111122223333:reports bindings',
    ]);
    expect(bindings(made)).toEqual([foreign]);
    expect(types(made)).toEqual(['Granted', 'Revoked']);
  });

  it('keeps its entry in the ledger while the unbind is not confirmed', async () => {
    const made = world();
    tag(made, reader);
    await run(made);
    setRole(made, reports, []);
    made.before = (call) => {
      if (call.startsWith('setIamPolicy')) throw unavailable('Google');
    };
    const [report] = await run(made);
    expect(report?.retry?.message).toContain('not available');
    expect(entriesOf(made)).toHaveLength(1);
    expect(places(made)).toEqual([]);
  });

  it('is told when its access cannot be taken away for good', async () => {
    const made = world();
    tag(made, reader);
    await run(made);
    setRole(made, reports, []);
    made.denied.add(readerPolicy);
    const [report] = await run(made);
    expect(report?.retry).toBeUndefined();
    expect(types(made)).toEqual(['Granted', 'Failed']);
    expect(made.outcomes[1]?.detail.reason).toContain('Access may still be there');
    expect(entriesOf(made)).toHaveLength(1);
  });

  it('is done when a listing confirms that the service account is gone, and no sooner', async () => {
    const made = world();
    tag(made, reader);
    await run(made);
    setRole(made, reports, []);
    made.policies.delete(readerPolicy);
    made.now = new Date(made.now.getTime() + settlingMilliseconds);
    await run(made);
    expect(entriesOf(made)).toHaveLength(1);
    expect(types(made)).toEqual(['Granted', 'Failed']);
    // A drift may be forged: the sweep notes the loss first, so that the project stays in the scope.
    await run(made, [request('reports', { reportedAbsent: [readerPolicy] })]);
    expect(entriesOf(made)).toHaveLength(1);
    setLost(made, 'acme-data', made.now);
    await run(made, [request('reports', { reportedAbsent: [readerPolicy] })]);
    expect(entriesOf(made)).toEqual([]);
    expect(types(made)).toEqual(['Granted', 'Failed', 'Failed', 'Revoked']);
  });
});

describe('a role whose target changes', () => {
  it('loses the old account and gains the new one, and its config follows', async () => {
    const made = world();
    tag(made, reader);
    await run(made);
    made.calls.length = 0;
    tag(made, writer);
    await run(made);
    expect(writes(made)).toEqual([
      'PutItem role#aws:111122223333:reports bindings',
      `setIamPolicy ${readerPolicy}`,
      `setIamPolicy ${writerPolicy}`,
      'PutParameter us-east-1 /google-access/reports/default',
      'PutParameter eu-west-1 /google-access/reports/default',
      'PutItem role#aws:111122223333:reports bindings',
    ]);
    expect([bound(made), bound(made, writerPolicy)]).toEqual([false, true]);
    expect(types(made)).toEqual(['Granted', 'Revoked', 'Granted']);
  });

  it('changes only the condition when only the date changes', async () => {
    const made = world();
    tag(made, `${reader} until 2026-12-01`);
    await run(made);
    tag(made, `${reader} until 2026-12-02`);
    await run(made);
    expect(bindings(made).slice(1)).toEqual([
      {
        role: 'roles/iam.workloadIdentityUser',
        members: [member],
        condition: {
          title: 'rolebridge-until',
          expression: 'request.time < timestamp("2026-12-03T00:00:00Z")',
        },
      },
    ]);
    expect(types(made)).toEqual(['Granted', 'Granted']);
  });

  it('re-created in another case: the old spelling loses what it had', async () => {
    const made = world();
    tag(made, reader);
    await run(made);
    deleteRole(made, reports);
    setRole(made, roleRef('Reports'), []);
    await run(made);
    expect(bound(made)).toBe(false);
    expect(places(made)).toEqual([]);
  });
});

describe('several grants', () => {
  it('of one account share a binding until the last of them goes', async () => {
    const made = world();
    setRole(made, reports, [
      { key: 'google-access', value: reader },
      { key: 'google-access/x', value: reader },
    ]);
    await run(made);
    expect(bindings(made)).toHaveLength(2);
    expect(places(made)).toHaveLength(4);
    tag(made, reader);
    await run(made);
    expect(bound(made)).toBe(true);
    expect(places(made)).toEqual(both);
    expect(made.outcomes.at(-1)?.detail.reason).toContain(
      'Access to reader@acme-data.iam.gserviceaccount.com stays through default',
    );
  });

  it('of a hundred roles are one write', async () => {
    const made = world();
    const names = Array.from({ length: 100 }, (_, index) => `app-${index}`);
    for (const name of names) setRole(made, roleRef(name), [{ key: 'google-access', value: reader }]);
    await run(
      made,
      names.map((name) => request(name)),
    );
    expect(made.calls.filter((call) => call.startsWith('setIamPolicy'))).toHaveLength(1);
    expect(bindings(made)[1]?.members).toHaveLength(100);
  });
});

describe('modes', () => {
  it('dry-run writes nothing and says what it would do', async () => {
    const made = world();
    tag(made, reader);
    await run(made, [request()], { ...settings, mode: 'dry-run' });
    expect(writes(made)).toEqual([]);
    expect(made.outcomes.map(({ type, detail }) => [type, detail.planned])).toEqual([['Granted', true]]);
  });

  it('upsert-only adds and never takes away', async () => {
    const made = world();
    tag(made, reader);
    const upsert: Settings = { ...settings, mode: 'upsert-only' };
    await run(made, [request()], upsert);
    setRole(made, reports, []);
    await run(made, [request()], upsert);
    expect(bound(made)).toBe(true);
    expect(places(made)).toEqual(both);
    expect(types(made)).toEqual(['Granted']);
  });
});
