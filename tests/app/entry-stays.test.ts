import { RetryableError } from '../../shared/core/errors.ts';
import { failing, run, tag, world } from '../support/reconciling.ts';
import { reader, writer } from '../support/settings.ts';
import { readerPolicy } from '../support/snapshot.ts';
import { entriesOf, entryFor, setEntries } from '../support/table.ts';

describe('invariant 2: the entry of a binding that could not be looked at stays', () => {
  it.each([
    ['the scope cannot be entered', /^PutItem scope/],
    ['another bind of the role cannot be announced', /^PutItem role/],
  ])('where nothing was tried because %s', async (_, call) => {
    const made = world();
    setEntries(made, [entryFor(reader)]);
    tag(made, { 'google-access': reader, 'google-access/w': writer });
    made.denied.add(readerPolicy);
    let writes = 0;
    failing(made, call, new RetryableError('DynamoDB throttles.'));
    const throttle = made.before;
    // The first write alone: the last one, which clears the ledger, gets through.
    made.before = (name) => {
      if (call.test(name) && (writes += 1) === 1) return throttle(name);
    };
    await run(made);
    expect(entriesOf(made).map(({ resource }) => resource)).toContain(readerPolicy);
  });
});
