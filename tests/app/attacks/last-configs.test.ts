import { reconcile } from '../../../shared/app/reconcile.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { type MemoryWorld, memoryPorts, setPolicy, setRole } from '../../support/memory.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { configOf, readerPolicy } from '../../support/snapshot.ts';
import { key, places, repair, requestOf, run, settleAll, world } from '../../support/sweeping.ts';
import { entriesOf, entryFor, setEntries, setKnown, setLost } from '../../support/table.ts';

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

describe('invariant 8: what is held stays in the ledger', () => {
  it.each([
    ['its binding was removed by hand', (made: MemoryWorld) => setPolicy(made, readerPolicy, {})],
    [
      'its account is gone',
      (made: MemoryWorld) => {
        made.policies.delete(readerPolicy);
        setLost(made, 'acme-data', made.now);
      },
    ],
  ])('so that its last config waits for a person, at every look: %s', async (_, lose) => {
    const made = world();
    setKnown(made);
    setEntries(made, [entryFor(reader)]);
    setRole(made, reports, []);
    lose(made);
    made.parameters.set('us-east-1 /google-access/reports/default', {
      value: configOf(reader),
      description: '',
    });
    for (let look = 0; look < 2; look += 1)
      await reconcile(settings, memoryPorts(made), [
        requestOf({ role: reports, resources: [], strays: [], released: [], absent: [readerPolicy] }),
      ]);
    expect(entriesOf(made)).toHaveLength(1);
    expect(places(made)).toEqual(['us-east-1 /google-access/reports/default']);
  });
});
