import { memberOf } from '../../../shared/core/member.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { copyOf, type MemoryWorld, setPolicy, setRole } from '../../support/memory.ts';
import { reader, reports, roleRef, settings } from '../../support/settings.ts';
import { binding, readerPolicy } from '../../support/snapshot.ts';
import { runSweep } from '../../support/sweeping.ts';
import { entryFor, setEntries, setKnown } from '../../support/table.ts';
import { advance, createWorld, day, hour } from '../../support/world.ts';

const strict: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } };
const app = roleRef('app-1');

/** Two roles that have access without a tag for it, and the hash of their held list. */
const held = async (): Promise<{ readonly made: MemoryWorld; readonly hash: string }> => {
  const made = createWorld();
  setKnown(made);
  setEntries(made, [entryFor(reader)]);
  setEntries(made, [entryFor(reader, { member: memberOf(settings, app) })], app);
  setPolicy(made, readerPolicy, { bindings: [binding([reports, app])] });
  setRole(made, reports, []);
  setRole(made, app, []);
  const { limits } = await runSweep(made, strict);
  return { made, hash: limits[0]?.hash ?? '' };
};

/** Roles whose access changes with every sweep, so each sweep holds another list. */
const churn = async (made: MemoryWorld, times: number): Promise<void> => {
  for (let index = 0; index < times; index += 1) {
    advance(made, 1000);
    const role = roleRef(`app-x${index}`);
    setRole(made, role, []);
    setPolicy(made, readerPolicy, { bindings: [binding([reports, app, role])] });
    await runSweep(made, strict);
  }
};

describe('invariant 8: an approved list is released for an hour', () => {
  it('even if it is older than 30 days, and not what is held now', async () => {
    const { made, hash } = await held();
    advance(made, 31 * day);
    setRole(made, app, [{ key: settings.tagKey, value: reader }]);
    expect((await runSweep(made, strict, hash)).limits).toMatchObject([{ approved: 1, held: 0 }]);
    advance(made, hour / 2);
    setRole(made, app, []);
    expect((await runSweep(made, strict)).limits).toMatchObject([{ approved: 2, held: 0 }]);
  });

  it('even if 20 other lists follow within the hour', async () => {
    const { made, hash } = await held();
    await runSweep(made, strict, hash);
    await churn(made, 22);
    expect((await runSweep(made, strict)).limits).toMatchObject([{ approved: 2, held: 1 }]);
  });

  it('and leaves with the others after that', async () => {
    const { made, hash } = await held();
    advance(made, 31 * day);
    await runSweep(made, strict, hash);
    setRole(made, app, [{ key: settings.tagKey, value: reader }]);
    advance(made, hour);
    await runSweep(made, strict);
    await expect(runSweep(made, strict, hash)).rejects.toThrow('No complete list');
  });
});

describe('mode dry-run writes nothing', () => {
  it('an approval is refused, and releases nothing in mode sync', async () => {
    const { made, hash } = await held();
    const before = copyOf([...made.table]);
    await expect(runSweep(made, { ...strict, mode: 'dry-run' }, hash)).rejects.toThrow('dry-run');
    expect(copyOf([...made.table])).toEqual(before);
    expect((await runSweep(made, strict)).limits).toMatchObject([{ approved: 0, held: 2 }]);
  });
});
