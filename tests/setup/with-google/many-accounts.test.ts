import { writeFileSync } from 'node:fs';
import { wantedCondition, wantedMapping } from '../../../shared/core/provider-mapping.ts';
import { accountId as home } from '../../support/settings.ts';
import { poolName, shortFile, startSetupWorld } from '../../support/setup-world.ts';

const ids = Array.from({ length: 999 }, (_, index) => String(200_000_000_000 + index));
const accounts = (more: readonly string[]) =>
  `home: "${home}"\norganization: o-a1b2c3d4e5\naccounts:\n${[home, ...more].map((id) => `  - id: "${id}"\n`).join('')}`;
const fileWith = (more: readonly string[]) => shortFile.replace(/accounts:\n.*\n/, accounts(more));

it('continues for a thousand accounts where an earlier run ended, at 60 writes a minute', async () => {
  const world = await startSetupWorld(fileWith([]));
  await world.run();
  const pages = () => world.google.calls.filter(({ method }) => method.endsWith('Providers.list')).length;
  // The state that the earlier run left.
  for (const id of ids.slice(0, 934))
    await world.call('POST', `${poolName}/providers?workloadIdentityPoolProviderId=aws-${id}`, {
      aws: { accountId: id },
      attributeMapping: wantedMapping,
      attributeCondition: wantedCondition(id),
    });
  writeFileSync(world.configPath, fileWith(ids));
  const [from, pagesBefore, pausesBefore] = [world.google.calls.length, pages(), world.pauses.length];
  const { plan, applied } = await world.run();
  expect(pages() - pagesBefore).toBe(10);
  expect(plan.steps.filter(({ kind }) => kind === 'createProvider')).toHaveLength(65);
  expect(applied).toMatchObject({ notDone: [] });
  expect(applied.failed).toBeUndefined();
  expect(world.writes(from).filter((method) => method.endsWith('Providers.create'))).toHaveLength(65);
  // The first 60 do not wait. The 61st waits for the rest of the minute.
  const [first = 0] = world.pauses.slice(pausesBefore);
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThanOrEqual(61_000);
  expect((await world.plan()).steps).toEqual([]);
  expect(await world.get(`${poolName}/providers/aws-${ids.at(-1)}`)).toMatchObject({
    aws: { accountId: ids.at(-1) },
    attributeCondition: wantedCondition(ids.at(-1) ?? ''),
  });
  await world.close();
});
