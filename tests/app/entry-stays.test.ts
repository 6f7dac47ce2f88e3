import { RetryableError } from '../../shared/core/errors.ts';
import { runReconcile } from '../support/reconciling.ts';
import { reader, writer } from '../support/settings.ts';
import { readerPolicy } from '../support/snapshot.ts';
import { entriesOf, entryFor, setEntries } from '../support/table.ts';
import { createWorld, failCalls, tagRole } from '../support/world.ts';

describe('invariant 2: the entry of a binding that could not be checked stays', () => {
  it.each([
    ['the scope entry cannot be written', /^PutItem scope/],
    ['another bind of the role cannot be announced', /^PutItem role/],
  ])('if nothing was tried because %s', async (_, call) => {
    const world = createWorld();
    setEntries(world, [entryFor(reader)]);
    tagRole(world, { 'google-access': reader, 'google-access/w': writer });
    world.denied.add(readerPolicy);
    let writes = 0;
    failCalls(world, call, new RetryableError('DynamoDB throttles.'));
    const throttle = world.before;
    // Only the first write fails: the last one, which clears the ledger, succeeds.
    world.before = (name) => {
      if (call.test(name) && (writes += 1) === 1) return throttle(name);
    };
    await runReconcile(world);
    expect(entriesOf(world).map(({ resource }) => resource)).toContain(readerPolicy);
  });
});
