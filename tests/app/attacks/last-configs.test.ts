import { setRole } from '../../../shared/adapters/memory.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { key, places, repair, run, settleAll, world } from '../../support/sweeping.ts';

describe('invariant 8: the last config is not removed without being counted', () => {
  it.each<readonly [string, Settings]>([
    [
      'another prefix',
      { ...settings, parameterPrefix: '/new', formerParameterPrefixes: [settings.parameterPrefix] },
    ],
    ['another region', { ...settings, regions: ['ap-south-1'] }],
  ])('rolebridge.yml names %s, in which AWS lets us write nothing', async (_, moved) => {
    const made = world();
    setRole(made, reports, [{ key, value: reader }]);
    await settleAll(made);
    const before = places(made);
    expect(before).toHaveLength(2);
    made.now = new Date(made.now.getTime() + 60 * 60 * 1000);
    made.before = (call) => {
      if (/^PutParameter (ap-south-1|.* \/new)/.test(call)) throw new PermanentError('AccessDenied.');
    };
    const { limits } = await run(made, moved);
    expect(limits.filter(({ released }) => released > 0)).toEqual([]);
    await repair(made, moved);
    expect(places(made)).not.toEqual([]);
  });
});
