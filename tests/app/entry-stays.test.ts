import { RetryableError } from '../../shared/core/errors.ts';
import { runReconcile } from '../support/reconciling.ts';
import { reader, writer } from '../support/settings.ts';
import { readerPolicy } from '../support/snapshot.ts';
import { entriesOf, entryFor, setEntries } from '../support/table.ts';
import { createWorld, failCalls, tagRole } from '../support/world.ts';

describe('invariant 2: the entry of a binding that could not be looked at stays', () => {
  it.each([
    ['the scope cannot be entered', /^PutItem scope/],
    ['another bind of the role cannot be announced', /^PutItem role/],
  ])('where nothing was tried because %s', async (_, call) => {
    const world = createWorld();
    setEntries(world, [entryFor(reader)]);
    tagRole(world, { 'google-access': reader, 'google-access/w': writer });
    world.denied.add(readerPolicy);
    let writes = 0;
    failCalls(world, call, new RetryableError('DynamoDB throttles.'));
    const throttle = world.before;
    // The first write alone: the last one, which clears the ledger, gets through.
    world.before = (name) => {
      if (call.test(name) && (writes += 1) === 1) return throttle(name);
    };
    await runReconcile(world);
    expect(entriesOf(world).map(({ resource }) => resource)).toContain(readerPolicy);
  });
});
