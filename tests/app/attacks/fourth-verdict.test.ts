import { setPolicy, setRole } from '../../../shared/adapters/memory.ts';
import { request, run, tag, world } from '../../support/reconciling.ts';
import { reader, reports, writer } from '../../support/settings.ts';
import { readerPolicy, writerPolicy } from '../../support/snapshot.ts';
import { repair } from '../../support/sweeping.ts';
import { setUsed, usedNames } from '../../support/table.ts';

import { day, hour, isBound, later, sweepOnce } from './support.ts';

describe('invariant 2 + 9: a table is fresh only if everything was seen', () => {
  it('an account that may not be read, and that no tag and no entry names, leaves the question open', async () => {
    const made = world();
    tag(made, { 'google-access': reader });
    await run(made);
    await sweepOnce(made);
    made.table.clear();
    setRole(made, reports, []); // its UntagRole is lost
    made.denied.add(readerPolicy); // its owner has taken the opt-in back, for a while
    tag(made, { 'google-access': writer }, 'app-new');
    await run(made, [request('app-new')]);
    await sweepOnce(made);
    made.denied.delete(readerPolicy);
    setUsed(made, 'project', 'acme-old', '2026-11-24T01:00:00Z'); // as the runbook says
    const { isTableEmptied } = await sweepOnce(made);
    expect([isTableEmptied, usedNames(made).includes('acme-old')]).toEqual([true, true]);
  });

  it('a restored account’s binding is not taken for an emptied table, however long no sweep saw everything', async () => {
    const made = world();
    tag(made, { 'google-access': reader, 'google-access/w': writer });
    await run(made);
    made.denied.add(writerPolicy); // a lasting blind spot
    await sweepOnce(made);
    const policy = made.policies.get(readerPolicy)?.policy ?? {};
    made.policies.delete(readerPolicy); // deleted in Google
    later(made, hour);
    tag(made, { 'google-access/w': writer });
    await sweepOnce(made);
    await repair(made);
    setPolicy(made, readerPolicy, policy); // restored in Google, with its binding
    later(made, day);
    expect(isBound(made)).toBe(true);
    expect((await sweepOnce(made)).isTableEmptied).toBe(false);
  });
});
