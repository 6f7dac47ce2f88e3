import { reconcile } from '../../../shared/app/reconcile.ts';
import { sweep } from '../../../shared/app/sweep.ts';
import { loadScope } from '../../../shared/app/sweep-scope.ts';
import { forgetKey } from '../../../shared/core/answer-item.ts';
import { listedOf } from '../../../shared/core/forget.ts';
import { memberOf } from '../../../shared/core/member.ts';
import { memoryPorts, memorySweepPorts, setRole } from '../../support/memory.ts';
import { run, tag, world } from '../../support/reconciling.ts';
import { reader, reports, roleRef, settings } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';
import { alice, requestOf } from '../../support/sweeping.ts';
import { entriesOf, entryFor, setEntries, setKnown } from '../../support/table.ts';

import { hour, isBound, later } from './support.ts';

describe('forget: an answer is good for what was shown', () => {
  it('not for what was announced while the sweep that stores it looked', async () => {
    const made = world();
    setKnown(made);
    const gone = roleRef('gone');
    setEntries(made, [entryFor(reader, { member: memberOf(settings, gone) })], gone);
    made.denied.add(readerPolicy);
    const thing = { kind: 'resource', name: readerPolicy } as const;
    const { view } = await loadScope(settings, memorySweepPorts(made));
    const listed = view === undefined ? '' : listedOf(view, thing).hash;
    let isFirst = true;
    made.after = async (call) => {
      if (call !== 'Scan' || !isFirst) return;
      isFirst = false;
      made.denied.delete(readerPolicy);
      tag(made, { 'google-access': reader });
      await run(made);
      made.denied.add(readerPolicy);
      later(made, 1000);
    };
    const given = { answer: { kind: 'forget', thing, listed }, answeredBy: alice } as const;
    const { forgotten } = await sweep(settings, memorySweepPorts(made), given);
    expect(forgotten).toMatchObject({ dropped: 1, kept: [] });
    expect(isBound(made)).toBe(true);
    later(made, hour / 2);
    setRole(made, reports, []); // its UntagRole is on the way
    await reconcile(settings, memoryPorts(made), [
      requestOf({
        role: reports,
        resources: [],
        strays: [],
        released: [],
        absent: [],
        answers: [forgetKey(thing).sk],
      }),
    ]);
    expect(isBound(made)).toBe(true);
    expect(entriesOf(made)).toHaveLength(1);
  });
});
