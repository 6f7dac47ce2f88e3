import type { MemoryWorld } from '../../shared/adapters/memory.ts';
import { RetryableError } from '../../shared/core/errors.ts';
import { failing, run, tag, told, world } from '../support/reconciling.ts';
import { email, reader } from '../support/settings.ts';
import { entriesOf } from '../support/table.ts';

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
    expect(told(made)).toMatchObject([['Revoked', 'night', expect.stringContaining('stays through grant')]]);
  });
});
