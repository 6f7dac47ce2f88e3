import { PermanentError, RetryableError } from '../../shared/core/errors.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { type MemoryWorld, setPolicy } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { email, reader, reports, roleRef, settings } from '../support/settings.ts';
import { configOf, readerPolicy } from '../support/snapshot.ts';
import { runRepair, runSweep } from '../support/sweeping.ts';
import { entriesOf, entryFor, setEntries, setKnown } from '../support/table.ts';
import { bindingsOf, createWorld, failCalls, tagRole, takeReports } from '../support/world.ts';

const aged = (world: MemoryWorld): void => {
  world.now = new Date(world.now.getTime() + 20 * 60_000);
};

describe('invariant 5: Revoked is sent once the binding has left the ledger', () => {
  it('not while the ledger could not be written: the message is retried, and sends it then', async () => {
    const world = createWorld();
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    takeReports(world);
    aged(world);
    tagRole(world, {});
    failCalls(world, /^DeleteItem/, new RetryableError('DynamoDB throttles.'));
    const [report] = await runReconcile(world);
    expect(report?.retry).toBeInstanceOf(RetryableError);
    expect(entriesOf(world)).toHaveLength(1);
    expect(takeReports(world)).toEqual([]);

    world.before = () => undefined;
    await runReconcile(world);
    expect(entriesOf(world)).toEqual([]);
    expect(takeReports(world)).toMatchObject([['Revoked', 'default', expect.any(String)]]);
  });

  it('but access that has no entry to remove is still reported: a second grant of the same account', async () => {
    const world = createWorld();
    tagRole(world, {
      'google-access': reader,
      'google-access/night': reader,
      'google-access/w': email('writer'),
    });
    await runReconcile(world);
    takeReports(world);
    aged(world);
    // The item loses only the writer: that write is the second of this run.
    tagRole(world, { 'google-access': reader });
    let writes = 0;
    world.before = (call) => {
      if (call.startsWith('PutItem') && (writes += 1) === 2) throw new RetryableError('DynamoDB throttles.');
    };
    await runReconcile(world);
    expect(takeReports(world)).toMatchObject([
      ['Confirmed', 'night', expect.stringContaining('stays through default')],
    ]);
  });
});

describe('invariant 5: nothing is reported as revoked while the revocation limit holds it', () => {
  it('even if the ledger lists it in another casing of the role than the policy', async () => {
    const world = createWorld();
    setKnown(world);
    const spelled = memberOf(settings, roleRef('Reports'));
    setPolicy(world, readerPolicy, { bindings: [{ role: workloadIdentityUser, members: [spelled] }] });
    setEntries(world, [entryFor(reader)]);
    tagRole(world, {});
    const held: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } };
    expect(await runSweep(world, held)).toMatchObject({ limits: [{ kind: 'held', held: 1 }] });
    await runRepair(world, held);
    expect(bindingsOf(world)).toMatchObject([{ members: [spelled] }]);
    expect(takeReports(world)).toEqual([]);
    expect(entriesOf(world)).toHaveLength(1);
  });
});

describe('invariant 5: an account on which a binding of the role is left is not reported as revoked', () => {
  const until = {
    title: 'rolebridge-until',
    expression: 'request.time < timestamp("2026-12-31T00:00:00Z")',
  };
  const member = memberOf(settings, reports);

  it('even if its config is removed: the ledger does not list it, and Google refuses the write', async () => {
    const world = createWorld();
    setPolicy(world, readerPolicy, { bindings: [{ role: workloadIdentityUser, members: [member] }] });
    world.parameters.set('us-east-1 /google-access/reports/default', {
      value: configOf(reader),
      description: '',
    });
    tagRole(world, {});
    world.before = (call) => {
      if (call.startsWith('setIamPolicy')) throw new PermanentError('Google rejects the policy.');
    };
    await runReconcile(world, [requestFor('reports', { resources: [readerPolicy] })]);
    expect(bindingsOf(world)).toHaveLength(1);
    expect(takeReports(world).map(([type]) => type)).toEqual(['Failed']);
  });

  it('even if another binding there has left the ledger: upsert-only removes no binding', async () => {
    const world = createWorld();
    setPolicy(world, readerPolicy, {
      bindings: [{ role: workloadIdentityUser, members: [member], condition: until }],
    });
    setEntries(world, [entryFor(reader), entryFor(reader, { condition: until })]);
    tagRole(world, {});
    await runReconcile(world, [requestFor()], { ...settings, mode: 'upsert-only' });
    expect(bindingsOf(world)).toHaveLength(1);
    expect(takeReports(world)).toEqual([
      [
        'Confirmed',
        'default',
        'The grant is gone. Another binding of the role to reader@acme-data.iam.gserviceaccount.com stays. Mode upsert-only removes no access.',
      ],
    ]);
  });
});
