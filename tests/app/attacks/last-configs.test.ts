import { reconcile } from '../../../shared/app/reconcile.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { type MemoryWorld, memoryPorts, setPolicy } from '../../support/memory.ts';
import { reader, reports, settings, tagKey } from '../../support/settings.ts';
import { configOf, readerPolicy } from '../../support/snapshot.ts';
import { requestOfDrift, runRepair, runSweep, settleAll } from '../../support/sweeping.ts';
import { entriesOf, entryFor, setEntries, setKnown, setLost } from '../../support/table.ts';
import { createWorld, parameterPlaces, sharedBinding, tagRole } from '../../support/world.ts';

describe('invariant 8: the last config is not removed without being counted', () => {
  it.each<readonly [string, Settings]>([
    [
      'another prefix',
      { ...settings, parameterPrefix: '/new', formerParameterPrefixes: [settings.parameterPrefix] },
    ],
    ['another region', { ...settings, regions: ['ap-south-1'] }],
  ])('rolebridge.yml names %s, in which AWS lets us write nothing', async (_, moved) => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { [tagKey]: reader });
    await settleAll(world);
    const before = parameterPlaces(world);
    expect(before).toHaveLength(2);
    world.now = new Date(world.now.getTime() + 60 * 60 * 1000);
    world.before = (call) => {
      if (/^PutParameter (ap-south-1|.* \/new)/.test(call)) throw new PermanentError('AccessDenied.');
    };
    const { limits } = await runSweep(world, moved);
    expect(limits.filter(({ released }) => released > 0)).toEqual([]);
    await runRepair(world, moved);
    expect(parameterPlaces(world)).not.toEqual([]);
  });
});

describe('invariant 8: what is held stays in the ledger', () => {
  it.each([
    ['its binding was removed by hand', (world: MemoryWorld) => setPolicy(world, readerPolicy, {})],
    [
      'its account is gone',
      (world: MemoryWorld) => {
        world.policies.delete(readerPolicy);
        setLost(world, 'acme-data', world.now);
      },
    ],
  ])('so that its last config waits for a person, at every look: %s', async (_, lose) => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    setKnown(world);
    setEntries(world, [entryFor(reader)]);
    tagRole(world, {});
    lose(world);
    world.parameters.set('us-east-1 /google-access/reports/default', {
      value: configOf(reader),
      description: '',
    });
    for (let look = 0; look < 2; look += 1)
      await reconcile(settings, memoryPorts(world), [
        requestOfDrift({ role: reports, resources: [], strays: [], released: [], absent: [readerPolicy] }),
      ]);
    expect(entriesOf(world)).toHaveLength(1);
    expect(parameterPlaces(world)).toEqual(['us-east-1 /google-access/reports/default']);
  });
});
