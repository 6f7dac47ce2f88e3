import { serviceAccountResource } from '../../../shared/core/service-account.ts';
import { type MemoryWorld, setPolicy, setRole } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { email, reader, roleRef, settings } from '../../support/settings.ts';
import { binding, readerPolicy } from '../../support/snapshot.ts';
import { runSweep, settleAll } from '../../support/sweeping.ts';
import { setKnown } from '../../support/table.ts';
import { createWorld, isBound, parameterPlaces } from '../../support/world.ts';

const key = settings.tagKey;

describe('invariant 8: only a revocation is held', () => {
  /** Each role has a tag, and a binding that someone made by hand on an account of their own. */
  const withOthers = (): MemoryWorld => {
    const world = createWorld();
    setKnown(world);
    for (let index = 0; index < 26; index += 1) {
      const role = roleRef(`app-${index}`);
      setRole(world, role, [{ key, value: reader }]);
      setPolicy(world, serviceAccountResource(email(`mine-${index}`)), { bindings: [binding([role])] });
    }
    return world;
  };

  it.each(['sync', 'upsert-only'] as const)(
    '%s: a config where nothing exists yet overwrites nothing, so it is published',
    async (mode) => {
      const world = withOthers();
      await settleAll(world, { ...settings, mode });
      await settleAll(world, { ...settings, mode });
      expect(isBound(world, readerPolicy, roleRef('app-3'))).toBe(true);
      expect(parameterPlaces(world)).toHaveLength(2 * 26);
    },
  );

  it('a poisoned config at our name is corrected by the next sweep', async () => {
    const world = withOthers();
    for (let index = 0; index < 26; index += 1) await runReconcile(world, [requestFor(`app-${index}`)]);
    const place = 'us-east-1 /google-access/app-3/default';
    expect(parameterPlaces(world)).toContain(place);
    world.parameters.set(place, { value: '{"token_url":"https://attacker.example"}', description: '' });
    await settleAll(world);
    expect(world.parameters.get(place)?.value).not.toContain('attacker');
  });

  it('upsert-only removes nothing, so it holds nothing', async () => {
    const { limits } = await runSweep(withOthers(), { ...settings, mode: 'upsert-only' });
    expect(limits.filter(({ held }) => held > 0)).toEqual([]);
  });
});
