import type { Settings } from '../../../shared/core/settings.ts';
import { run, tag, world } from '../../support/reconciling.ts';
import { reader, settings } from '../../support/settings.ts';
import { repair } from '../../support/sweeping.ts';
import { setKnown, setUsed, usedNames } from '../../support/table.ts';

import { hour, later, sweepOnce } from './support.ts';

const without: Settings = { ...settings, regions: ['us-east-1'] };

/** eu-west-1 was dropped long ago and is named again; a sweep under the earlier file removes it while it is entered. */
const raced = async () => {
  const made = world();
  setKnown(made);
  for (const name of ['us-east-1', 'eu-west-1']) setUsed(made, 'region', name);
  setUsed(made, 'region', 'eu-west-1', '2026-11-01T00:00:00Z');
  made.before = async (call) => {
    if (call !== 'PutItem scope region#eu-west-1') return;
    made.before = () => undefined;
    await sweepOnce(made, without);
    expect(usedNames(made)).not.toContain('eu-west-1');
    made.drifts.length = 0;
  };
  tag(made, { 'google-access': reader });
  await run(made);
  expect([...made.parameters.keys()]).toContain('eu-west-1 /google-access/reports/default');
  return made;
};

describe('invariant 9: what is used is in the scope before its first use', () => {
  it('also if a sweep removes the entry between the read and the write', async () => {
    expect(usedNames(await raced())).toContain('eu-west-1');
  });

  it('so that its configs are found when the file drops it again', async () => {
    const made = await raced();
    for (let n = 0; n < 3; n += 1) {
      await sweepOnce(made, without);
      await repair(made, without);
      later(made, hour);
    }
    expect([...made.parameters.keys()]).toEqual(['us-east-1 /google-access/reports/default']);
  });
});
