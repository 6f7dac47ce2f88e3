import { type MemoryWorld, unavailable } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, settings, tagKey, writer } from '../../support/settings.ts';
import { configOf, readerPolicy } from '../../support/snapshot.ts';
import { runRepair, runSweep, settleAll } from '../../support/sweeping.ts';
import { advance, createWorld, hour, tagRole } from '../../support/world.ts';

/** The role's access moves from one grant to another, with an end, and its policy cannot be read any more. */
const movedWhileUnread = async (failure: '503' | '403'): Promise<MemoryWorld> => {
  const world = createWorld();
  tagRole(world, { [tagKey]: reader });
  await settleAll(world);
  if (failure === '403') world.denied.add(readerPolicy);
  else
    world.before = (call) => {
      if (call === `getIamPolicy ${readerPolicy}`) throw unavailable(call);
    };
  tagRole(world, { [tagKey]: writer, [`${tagKey}/night`]: `${reader} until 2026-12-31` });
  const namedKeys = [tagKey, `${tagKey}/night`];
  for (const delivery of ['first', 'again', 'last'] as const)
    await runReconcile(world, [requestFor('reports', { delivery, namedKeys })]);
  advance(world, hour);
  return world;
};

const defaults = (world: MemoryWorld): readonly unknown[] =>
  settings.regions.map((region) =>
    JSON.parse(world.parameters.get(`${region} /google-access/reports/default`)?.value ?? 'null'),
  );

const plant = (world: MemoryWorld, value: string): void => {
  for (const region of settings.regions)
    world.parameters.set(`${region} /google-access/reports/default`, { value, description: '' });
};

const evil = configOf(reader).replace('https://sts.googleapis.com/v1/token', 'https://evil.example/token');
const right = settings.regions.map(() => JSON.parse(configOf(writer)));

describe('invariant 3: a config that sends requests elsewhere does not stay because it names access that cannot be read', () => {
  it.each(['503', '403'] as const)('while Google answers %s: the next sweep corrects it', async (failure) => {
    const world = await movedWhileUnread(failure);
    expect(defaults(world)).toEqual(right);
    plant(world, evil);
    const { limits } = await runSweep(world);
    await runRepair(world);
    expect(defaults(world)).toEqual(right);
    // It stands for no access, so none is counted as revoked.
    expect(limits).toEqual([]);
  });

  it('and its own config stays until the access that moved is bound again', async () => {
    const world = await movedWhileUnread('503');
    plant(world, configOf(reader));
    await runSweep(world);
    await runRepair(world);
    expect(defaults(world)).toEqual(settings.regions.map(() => JSON.parse(configOf(reader))));
    world.before = () => undefined;
    await runSweep(world);
    await runRepair(world);
    expect(defaults(world)).toEqual(right);
  });
});
