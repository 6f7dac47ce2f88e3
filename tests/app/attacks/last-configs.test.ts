import { reconcile } from '../../../shared/app/reconcile.ts';
import { PermanentError, RetryableError } from '../../../shared/core/errors.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { type MemoryWorld, memoryPorts, setPolicy } from '../../support/memory.ts';
import { reader, reports, settings, tagKey, writer } from '../../support/settings.ts';
import { binding, configOf, readerPolicy } from '../../support/snapshot.ts';
import { requestOfDrift, runRepair, runSweep, settleAll } from '../../support/sweeping.ts';
import { entryFor, setEntries, setKnown } from '../../support/table.ts';
import { createWorld, isBound, parameterPlaces, sharedBinding, tagRole } from '../../support/world.ts';

const key = settings.tagKey;

const until = '2027-06-01T00:00:00Z';

const publishOld = (world: MemoryWorld): void => {
  for (const region of settings.regions)
    world.parameters.set(`${region} /google-access/reports/default`, {
      value: configOf(reader),
      description: '',
    });
};

const oldPlaces = settings.regions.map((region) => `${region} /google-access/reports/default`).toSorted();

describe('invariant 8: the last config is not removed without being counted', () => {
  it.each<readonly [string, Settings]>([
    [
      'another prefix',
      { ...settings, parameterPrefix: '/new', formerParameterPrefixes: [settings.parameterPrefix] },
    ],
    ['another region', { ...settings, regions: ['ap-south-1'] }],
  ])('rolebridge.yml names %s, where AWS does not let us write anything', async (_, moved) => {
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

describe('invariant 8: the last config of access that stays is not removed without being counted', () => {
  /** The events were lost: the grant was moved to another key, and got an end. */
  const moved = () => {
    const world = createWorld();
    setKnown(world);
    setEntries(world, [entryFor(reader)]);
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    publishOld(world);
    tagRole(world, { [`${key}/x`]: `${reader} until ${until}` });
    return world;
  };
  const look = () =>
    requestOfDrift({ role: reports, resources: [readerPolicy], strays: [], released: [], absent: [] });

  it('if Google rejects the binding that is meant to replace it', async () => {
    const world = moved();
    world.before = (call) => {
      if (call.startsWith('setIamPolicy')) throw new PermanentError('Denied by an organization policy.');
    };
    await reconcile(settings, memoryPorts(world), [look()]);
    expect(isBound(world)).toBe(true);
    expect([...world.parameters.keys()].toSorted()).toEqual(oldPlaces);
  });

  it('if the policy cannot be read now', async () => {
    const world = moved();
    world.before = (call) => {
      if (call.startsWith('getIamPolicy')) throw new RetryableError('Google answered 503.');
    };
    await reconcile(settings, memoryPorts(world), [look()]);
    expect(isBound(world)).toBe(true);
    expect([...world.parameters.keys()].toSorted()).toEqual(oldPlaces);
  });

  it('and is not overwritten by the config of another target', async () => {
    const world = moved();
    tagRole(world, { [key]: writer, [`${key}/x`]: `${reader} until ${until}` });
    world.before = (call) => {
      if (call.startsWith('setIamPolicy') && call.includes('reader'))
        throw new PermanentError('Denied by an organization policy.');
    };
    await reconcile(settings, memoryPorts(world), [look()]);
    expect(isBound(world)).toBe(true);
    expect(world.parameters.get(oldPlaces[0] ?? '')?.value).toContain('reader@');
  });
});
