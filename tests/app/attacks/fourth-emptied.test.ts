import { RetryableError } from '../../../shared/core/errors.ts';
import { setRole } from '../../support/memory.ts';
import { request, run, tag, world } from '../../support/reconciling.ts';
import { reader, reports } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';
import { entriesOf } from '../../support/table.ts';

import { isBound, later, sweepOnce } from './support.ts';

const throttled = new RetryableError('ProvisionedThroughputExceededException');
const item = 'role#aws:111122223333:reports bindings';

/** Bound, judged, and then emptied. */
const emptied = async () => {
  const made = world();
  tag(made, { 'google-access': reader });
  await run(made);
  await sweepOnce(made);
  made.table.clear();
  made.calls.length = 0;
  return made;
};

describe('invariant 2 + 9: an emptied table is noticed', () => {
  it('also if the second read of a role’s item fails: it is not listed before the note is written', async () => {
    const made = await emptied();
    made.before = (call) => {
      if (call === `BatchGetItem ${item}`) throw throttled;
    };
    await run(made, [request('reports', { delivery: 'first' })]);
    made.before = () => undefined;
    await run(made, [request('reports', { delivery: 'again' })]); // the message, if it came back
    expect(entriesOf(made)).toHaveLength(1);
    expect((await sweepOnce(made)).isTableEmptied).toBe(true);
  });

  it('also if the note cannot be written: until then nothing that the table does not list is removed', async () => {
    const made = await emptied();
    // CreateRole: the new role has the same grant, with an end.
    tag(made, { 'google-access': `${reader} until 2026-12-24` });
    made.before = (call) => {
      if (call === 'PutItem scope unlisted') throw throttled;
    };
    await run(made);
    made.before = () => undefined;
    await run(made, [request('reports', { delivery: 'again' })]);
    expect((await sweepOnce(made)).isTableEmptied).toBe(true);
    expect(made.policies.get(readerPolicy)?.policy.bindings).toHaveLength(1);
  });
});

describe('invariant 2 + 9: a table that nobody emptied is not called emptied', () => {
  it('what was granted and revoked again while the first sweep looked', async () => {
    const made = world();
    tag(made, { 'google-access': reader });
    made.after = async (call) => {
      if (!call.startsWith('Scan')) return;
      made.after = () => undefined;
      await run(made); // before the sweep reads the policy
      made.after = async (next) => {
        if (next !== `getIamPolicy ${readerPolicy}`) return;
        made.after = () => undefined;
        setRole(made, reports, []);
        await run(made); // after it has read the policy
        expect([isBound(made), entriesOf(made)]).toEqual([false, []]);
      };
    };
    await sweepOnce(made);
    later(made, 3_600_000);
    expect((await sweepOnce(made)).isTableEmptied).toBe(false);
  });

  it('what was granted while the first sweep looked, and the read of the notes fails', async () => {
    const made = world();
    let isFirst = true;
    made.after = async (call) => {
      if (!call.startsWith('Scan') || !isFirst) return;
      isFirst = false;
      tag(made, { 'google-access': reader });
      await run(made);
    };
    made.before = (call) => {
      if (call === 'BatchGetItem scope unlisted, scope initialized') throw throttled;
    };
    await sweepOnce(made);
    made.before = () => undefined;
    expect((await sweepOnce(made)).isTableEmptied).toBe(false);
  });

  it('what two others granted and revoked between the two reads of a third', async () => {
    const made = world();
    tag(made, { 'google-access': reader });
    made.after = async (call) => {
      if (!call.startsWith(`BatchGetItem ${item},`)) return;
      made.after = () => undefined;
      await run(made); // after the third has read the ledger
    };
    made.before = async (call) => {
      if (call !== `BatchGetItem ${item}`) return;
      made.before = () => undefined;
      setRole(made, reports, []);
      await run(made); // after it has read the policy
      expect([isBound(made), entriesOf(made)]).toEqual([false, []]);
    };
    await run(made);
    made.before = () => undefined;
    await run(made);
    expect((await sweepOnce(made)).isTableEmptied).toBe(false);
  });
});
