import { PermanentError, RetryableError } from '../../shared/core/errors.ts';
import { workloadIdentityUser } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { type MemoryWorld, setPolicy } from '../support/memory.ts';
import { bindings } from '../support/memory-world.ts';
import { failing, request, run, tag, told, world } from '../support/reconciling.ts';
import { email, reader, reports, roleRef, settings } from '../support/settings.ts';
import { configOf, readerPolicy } from '../support/snapshot.ts';
import { repair, run as sweepOnce } from '../support/sweeping.ts';
import { entriesOf, entryFor, setEntries, setKnown } from '../support/table.ts';

const aged = (made: MemoryWorld): void => {
  made.now = new Date(made.now.getTime() + 20 * 60_000);
};

describe('invariant 5: Revoked is sent once the binding has left the ledger', () => {
  it('not while the ledger could not be written: the message comes back, and sends it then', async () => {
    const made = world();
    tag(made, { 'google-access': reader });
    await run(made);
    told(made);
    aged(made);
    tag(made, {});
    failing(made, /^DeleteItem/, new RetryableError('DynamoDB throttles.'));
    const [report] = await run(made);
    expect(report?.retry).toBeInstanceOf(RetryableError);
    expect(entriesOf(made)).toHaveLength(1);
    expect(told(made)).toEqual([]);

    made.before = () => undefined;
    await run(made);
    expect(entriesOf(made)).toEqual([]);
    expect(told(made)).toMatchObject([['Revoked', 'default', expect.any(String)]]);
  });

  it('and what has nothing to leave the ledger is still reported: a second grant of the same account', async () => {
    const made = world();
    tag(made, { 'google-access': reader, 'google-access/night': reader, 'google-access/w': email('writer') });
    await run(made);
    told(made);
    aged(made);
    // The item gets rid of the writer only: that write is the second of this run.
    tag(made, { 'google-access': reader });
    let writes = 0;
    made.before = (call) => {
      if (call.startsWith('PutItem') && (writes += 1) === 2) throw new RetryableError('DynamoDB throttles.');
    };
    await run(made);
    expect(told(made)).toMatchObject([
      ['Confirmed', 'night', expect.stringContaining('stays through default')],
    ]);
  });
});

describe('invariant 5: nothing is reported as revoked while the revocation limit holds it', () => {
  it('not even where the ledger lists it in another casing of the role than the policy does', async () => {
    const made = world();
    setKnown(made);
    const spelled = memberOf(settings, roleRef('Reports'));
    setPolicy(made, readerPolicy, { bindings: [{ role: workloadIdentityUser, members: [spelled] }] });
    setEntries(made, [entryFor(reader)]);
    tag(made, {});
    const held: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } };
    expect(await sweepOnce(made, held)).toMatchObject({ limits: [{ kind: 'held', held: 1 }] });
    await repair(made, held);
    expect(bindings(made)).toMatchObject([{ members: [spelled] }]);
    expect(told(made)).toEqual([]);
    expect(entriesOf(made)).toHaveLength(1);
  });
});

describe('invariant 5: an account on which a binding of the role is left is not reported as revoked', () => {
  const until = {
    title: 'rolebridge-until',
    expression: 'request.time < timestamp("2026-12-31T00:00:00Z")',
  };
  const member = memberOf(settings, reports);

  it('though its config is removed: the ledger does not list it, and Google refuses the write', async () => {
    const made = world();
    setPolicy(made, readerPolicy, { bindings: [{ role: workloadIdentityUser, members: [member] }] });
    made.parameters.set('us-east-1 /google-access/reports/default', {
      value: configOf(reader),
      description: '',
    });
    tag(made, {});
    made.before = (call) => {
      if (call.startsWith('setIamPolicy')) throw new PermanentError('Google rejects the policy.');
    };
    await run(made, [request('reports', { resources: [readerPolicy] })]);
    expect(bindings(made)).toHaveLength(1);
    expect(told(made).map(([type]) => type)).toEqual(['Failed']);
  });

  it('though another one of it has left the ledger: upsert-only removes no binding', async () => {
    const made = world();
    setPolicy(made, readerPolicy, {
      bindings: [{ role: workloadIdentityUser, members: [member], condition: until }],
    });
    setEntries(made, [entryFor(reader), entryFor(reader, { condition: until })]);
    tag(made, {});
    await run(made, [request()], { ...settings, mode: 'upsert-only' });
    expect(bindings(made)).toHaveLength(1);
    expect(told(made)).toEqual([]);
  });
});
