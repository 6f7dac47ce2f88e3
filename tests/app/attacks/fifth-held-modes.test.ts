import { reconcile } from '../../../shared/app/reconcile.ts';
import { requestOf as asRequest } from '../../../shared/app/role-request.ts';
import { parseMessage } from '../../../shared/core/message.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { type MemoryWorld, memoryPorts, setPolicy, setRole } from '../../support/memory.ts';
import { accountId, reader, reports, settings } from '../../support/settings.ts';
import { configOf, readerPolicy } from '../../support/snapshot.ts';
import { key, places, repair, requestOf, run, world } from '../../support/sweeping.ts';
import { entryFor, setEntries, setKnown } from '../../support/table.ts';

const place = 'us-east-1 /google-access/reports/default';
const none: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } };

/** The binding was removed by hand, and the tag's event was lost: its last config waits for the limit. */
const held = (): MemoryWorld => {
  const made = world();
  setKnown(made);
  setEntries(made, [entryFor(reader)]);
  setRole(made, reports, []);
  setPolicy(made, readerPolicy, {});
  made.parameters.set(place, { value: configOf(reader), description: '' });
  return made;
};
const look = (made: MemoryWorld, using: Settings) =>
  reconcile(using, memoryPorts(made), [
    requestOf({ role: reports, resources: [], strays: [], released: [], absent: [] }),
  ]);

describe('invariant 8: what is held stays in the ledger', () => {
  it('also while mode upsert-only removes no config', async () => {
    const made = held();
    await look(made, { ...none, mode: 'upsert-only' });
    expect(places(made)).toEqual([place]);
    await run(made, none);
    await repair(made, none);
    expect(places(made)).toEqual([place]);
  });

  it('also while the pool is not proven to be ours', async () => {
    const made = held();
    made.ownership = { kind: 'unproven', reason: 'Its marker could not be read.' };
    await look(made, none);
    expect(places(made)).toEqual([place]);
    made.ownership = { kind: 'ours' };
    await run(made, none);
    await repair(made, none);
    expect(places(made)).toEqual([place]);
  });
});

describe('invariant 5: a replay has the same id', () => {
  it('a refusal that a sweep told, when one drift of the batch comes back alone', async () => {
    const drift = (id: string, delivery: 'first' | 'again' = 'first') => {
      const detail = { role: reports, resources: [], strays: [], released: [], absent: [] };
      const body = { source: 'rolebridge', 'detail-type': 'Google Access Drift Detected', id, detail };
      const message = parseMessage(JSON.stringify(body), [accountId], key);
      if (message.kind !== 'drift') throw new Error('not a drift');
      return asRequest(message, delivery);
    };
    const made = world();
    setKnown(made);
    setRole(made, reports, [{ key, value: 'nonsense' }]);
    await reconcile(settings, memoryPorts(made), [drift('d-1'), drift('d-2')]);
    const first = made.outcomes.splice(0).filter(({ type }) => type === 'Refused');
    await reconcile(settings, memoryPorts(made), [drift('d-2', 'again')]);
    const second = made.outcomes.filter(({ type }) => type === 'Refused');
    expect(first).toHaveLength(1);
    expect(second.map(({ detail }) => detail.id)).toEqual(first.map(({ detail }) => detail.id));
  });
});
