import { writer } from '../../support/settings.ts';
import { configOf, writerPolicy } from '../../support/snapshot.ts';
import { runRepair, runSweep } from '../../support/sweeping.ts';
import { entryFor, setEntries, setKnown } from '../../support/table.ts';
import { createWorld, parameterPlaces, tagRole } from '../../support/world.ts';

it('the config of an account that is gone is removed, even if a tag requests the account with another end', async () => {
  const world = createWorld();
  setKnown(world);
  setEntries(world, [entryFor(writer, { grants: ['night'] })]);
  for (const region of ['us-east-1', 'eu-west-1'])
    world.parameters.set(`${region} /google-access/reports/night`, {
      value: configOf(writer),
      description: '',
    });
  world.policies.delete(writerPolicy);
  tagRole(world, { 'google-access/night': `${writer} until 2026-12-24` });
  await runSweep(world);
  await runRepair(world);
  expect(parameterPlaces(world)).toEqual([]);
});
