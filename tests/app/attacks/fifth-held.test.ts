import { reconcile } from '../../../shared/app/reconcile.ts';
import { PermanentError, RetryableError } from '../../../shared/core/errors.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { type MemoryWorld, memoryPorts, setPolicy, setRole } from '../../support/memory.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { configOf, readerPolicy } from '../../support/snapshot.ts';
import { places, repair, requestOf, run, world } from '../../support/sweeping.ts';
import { entryFor, setEntries, setKnown, setUsed } from '../../support/table.ts';

/** The binding was removed by hand, and the tag's event was lost: its last config waits for the limit. */
const held = (place: string): MemoryWorld => {
  const made = world();
  setKnown(made);
  setEntries(made, [entryFor(reader)]);
  setRole(made, reports, []);
  setPolicy(made, readerPolicy, {});
  made.parameters.set(place, { value: configOf(reader), description: '' });
  return made;
};
const look = (made: MemoryWorld, using: Settings = settings) =>
  reconcile(using, memoryPorts(made), [
    requestOf({ role: reports, resources: [], strays: [], released: [], absent: [] }),
  ]);

describe('invariant 8: what is held stays in the ledger', () => {
  it.each([
    ['for now', new RetryableError('ThrottlingException.')],
    ['for good', new PermanentError('AccessDenied.')],
  ])('where the folder of its config cannot be read %s', async (_, error) => {
    const place = 'us-east-1 /google-access/reports/default';
    const made = held(place);
    made.before = (call) => {
      if (call.startsWith('GetParametersByPath us-east-1')) throw error;
    };
    await look(made);
    made.before = () => undefined;
    await look(made);
    expect(places(made)).toEqual([place]);
  });

  it('where its config lies under a former prefix, at which an event does not look', async () => {
    const using: Settings = {
      ...settings,
      sweep: { ...settings.sweep, maxRevocations: 0 },
      formerParameterPrefixes: ['/old'],
    };
    const place = 'us-east-1 /old/reports/default';
    const made = held(place);
    setUsed(made, 'prefix', '/old');
    const before = await run(made, using);
    expect(before.limits.map(({ held: count }) => count)).toEqual([1]);
    made.drifts.length = 0;
    await look(made, using);
    await run(made, using);
    await repair(made, using);
    expect(places(made)).toEqual([place]);
  });
});
