import type { Settings } from '../../../shared/core/settings.ts';
import { request, run, tag, world } from '../../support/reconciling.ts';
import { reader, settings } from '../../support/settings.ts';
import { repair } from '../../support/sweeping.ts';
import { usedNames } from '../../support/table.ts';

import { hour, later, sweepOnce } from './support.ts';

describe('invariant 9: a prefix within an earlier one', () => {
  it('does not leave the scope while a config of ours lies in it, whatever the role is called', async () => {
    const made = world();
    const using: Settings = { ...settings, parameterPrefix: '/google-access/app-2' };
    tag(made, { 'google-access': reader }, 'app-2');
    await run(made, [request('app-2')]);
    const old = 'eu-west-1 /google-access/app-2/default';
    expect([...made.parameters.keys()]).toContain(old);
    for (let n = 0; n < 4; n += 1) {
      await sweepOnce(made, using);
      await repair(made, using);
      later(made, hour);
    }
    expect(made.parameters.has(old) && !usedNames(made).includes('/google-access')).toBe(false);
  });
});
