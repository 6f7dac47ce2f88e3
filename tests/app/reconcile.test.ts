import { reconcileTimeoutMilliseconds } from '../../shared/core/bindings.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { deleteRole, type MemoryWorld, setRole, unavailable } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { reader, reports, settings, writer } from '../support/settings.ts';
import { readerPolicy, writerPolicy } from '../support/snapshot.ts';
import { entriesOf, setLost } from '../support/table.ts';
import {
  bindingsOf,
  bothPlaces,
  createWorld,
  foreignBinding,
  isBound,
  member,
  outcomeTypes,
  parameterPlaces,
  tagRole,
  takeWrites,
} from '../support/world.ts';

describe('a role that is tagged', () => {
  it('gets binding, parameters in every region, one outcome and one second look', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, { 'google-access': reader });
    const [report] = await runReconcile(world);
    expect(report?.retry).toBeUndefined();
    expect(bindingsOf(world)).toEqual([
      foreignBinding,
      { role: 'roles/iam.workloadIdentityUser', members: [member] },
    ]);
    expect(parameterPlaces(world)).toEqual(bothPlaces);
    expect(outcomeTypes(world)).toEqual(['Granted']);
    expect(world.secondLooks).toHaveLength(1);
  });

  it('is announced in the ledger, then bound, then published', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    expect(takeWrites(world).filter((call) => !call.includes('scope'))).toEqual([
      'PutItem role#aws:111122223333:reports bindings',
      `setIamPolicy ${readerPolicy}`,
      'PutParameter us-east-1 /google-access/reports/default',
      'PutParameter eu-west-1 /google-access/reports/default',
    ]);
  });

  it('costs no write the second time', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    expect(takeWrites(world)).not.toEqual([]);
    await runReconcile(world);
    expect(takeWrites(world)).toEqual([]);
    expect(outcomeTypes(world)).toEqual(['Granted']);
  });

  it('is confirmed with its complete state when the message was redelivered', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    await runReconcile(world, [requestFor('reports', { delivery: 'again' })]);
    expect(outcomeTypes(world)).toEqual(['Granted', 'Confirmed']);
    expect(world.outcomes[1]?.detail.grants?.[0]?.target).toEqual({ kind: 'serviceAccount', email: reader });
  });
});

describe('a role that loses its tag', () => {
  it.each([
    ['untagged', (world: MemoryWorld) => tagRole(world, {})],
    ['deleted', (world: MemoryWorld) => deleteRole(world, reports)],
  ])('%s: is unbound, then unpublished, then leaves the ledger', async (_, change) => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    world.calls.length = 0;
    change(world);
    await runReconcile(world);
    expect(takeWrites(world)).toEqual([
      `setIamPolicy ${readerPolicy}`,
      'DeleteParameter us-east-1 /google-access/reports/default',
      'DeleteParameter eu-west-1 /google-access/reports/default',
      'DeleteItem role#aws:111122223333:reports bindings',
    ]);
    expect(bindingsOf(world)).toEqual([foreignBinding]);
    expect(outcomeTypes(world)).toEqual(['Granted', 'Revoked']);
  });

  it('keeps its entry in the ledger while the unbind is not confirmed', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    tagRole(world, {});
    world.before = (call) => {
      if (call.startsWith('setIamPolicy')) throw unavailable('Google');
    };
    const [report] = await runReconcile(world);
    expect(report?.retry?.message).toContain('not available');
    expect(entriesOf(world)).toHaveLength(1);
    expect(parameterPlaces(world)).toEqual([]);
  });

  it('is reported if revoking its access fails permanently', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    tagRole(world, {});
    world.denied.add(readerPolicy);
    const [report] = await runReconcile(world);
    expect(report?.retry).toBeUndefined();
    expect(outcomeTypes(world)).toEqual(['Granted', 'Failed']);
    expect(world.outcomes[1]?.detail.reason).toContain('Access may still be there');
    expect(entriesOf(world)).toHaveLength(1);
  });

  it('is done when a listing confirms that the service account is gone, and no sooner', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    tagRole(world, {});
    world.policies.delete(readerPolicy);
    world.now = new Date(world.now.getTime() + reconcileTimeoutMilliseconds);
    await runReconcile(world);
    expect(entriesOf(world)).toHaveLength(1);
    expect(outcomeTypes(world)).toEqual(['Granted', 'Failed']);
    // A drift may be forged: the sweep records the loss first, so that the project stays in the scope.
    await runReconcile(world, [requestFor('reports', { absent: [readerPolicy] })]);
    expect(entriesOf(world)).toHaveLength(1);
    setLost(world, 'acme-data', world.now);
    await runReconcile(world, [requestFor('reports', { absent: [readerPolicy] })]);
    expect(entriesOf(world)).toEqual([]);
    expect(outcomeTypes(world)).toEqual(['Granted', 'Failed', 'Failed', 'Revoked']);
  });
});

describe('a role whose target changes', () => {
  it('loses the old account and gains the new one, and its config follows', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    world.calls.length = 0;
    tagRole(world, { 'google-access': writer });
    await runReconcile(world);
    expect(takeWrites(world)).toEqual([
      'PutItem role#aws:111122223333:reports bindings',
      `setIamPolicy ${readerPolicy}`,
      `setIamPolicy ${writerPolicy}`,
      'PutParameter us-east-1 /google-access/reports/default',
      'PutParameter eu-west-1 /google-access/reports/default',
      'PutItem role#aws:111122223333:reports bindings',
    ]);
    expect([isBound(world), isBound(world, writerPolicy)]).toEqual([false, true]);
    expect(outcomeTypes(world)).toEqual(['Granted', 'Revoked', 'Granted']);
  });

  it('changes only the condition when only the date changes', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, { 'google-access': `${reader} until 2026-12-01` });
    await runReconcile(world);
    tagRole(world, { 'google-access': `${reader} until 2026-12-02` });
    await runReconcile(world);
    expect(bindingsOf(world).slice(1)).toEqual([
      {
        role: 'roles/iam.workloadIdentityUser',
        members: [member],
        condition: {
          title: 'rolebridge-until',
          expression: 'request.time < timestamp("2026-12-03T00:00:00Z")',
        },
      },
    ]);
    expect(outcomeTypes(world)).toEqual(['Granted', 'Granted']);
  });

  it('re-created in another casing: the old spelling loses what it had', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    deleteRole(world, reports);
    tagRole(world, {}, 'Reports');
    await runReconcile(world);
    expect(isBound(world)).toBe(false);
    expect(parameterPlaces(world)).toEqual([]);
  });
});

describe('several grants', () => {
  it('of one account share a binding until the last of them is removed', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    setRole(world, reports, [
      { key: 'google-access', value: reader },
      { key: 'google-access/x', value: reader },
    ]);
    await runReconcile(world);
    expect(bindingsOf(world)).toHaveLength(2);
    expect(parameterPlaces(world)).toHaveLength(4);
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    expect(isBound(world)).toBe(true);
    expect(parameterPlaces(world)).toEqual(bothPlaces);
    expect(world.outcomes.at(-1)?.detail.reason).toContain(
      'Access to reader@acme-data.iam.gserviceaccount.com stays through default',
    );
  });

  it('of a hundred roles are one write', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    const names = Array.from({ length: 100 }, (_, index) => `app-${index}`);
    for (const name of names) tagRole(world, { 'google-access': reader }, name);
    await runReconcile(
      world,
      names.map((name) => requestFor(name)),
    );
    expect(world.calls.filter((call) => call.startsWith('setIamPolicy'))).toHaveLength(1);
    expect(bindingsOf(world)[1]?.members).toHaveLength(100);
  });
});

describe('modes', () => {
  it('dry-run writes nothing and reports what it would do', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, { 'google-access': reader });
    await runReconcile(world, [requestFor()], { ...settings, mode: 'dry-run' });
    expect(takeWrites(world)).toEqual([]);
    expect(world.outcomes.map(({ type, detail }) => [type, detail.planned])).toEqual([['Granted', true]]);
  });

  it('upsert-only adds and never removes', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, { 'google-access': reader });
    const upsert: Settings = { ...settings, mode: 'upsert-only' };
    await runReconcile(world, [requestFor()], upsert);
    tagRole(world, {});
    await runReconcile(world, [requestFor()], upsert);
    expect(isBound(world)).toBe(true);
    expect(parameterPlaces(world)).toEqual(bothPlaces);
    expect(outcomeTypes(world)).toEqual(['Granted']);
  });
});
