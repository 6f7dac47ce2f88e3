import { writeFileSync } from 'node:fs';
import { accountId as home } from '../support/settings.ts';
import { shortFile, startSetupWorld } from '../support/setup-world.ts';

const organization = `home: "${home}"\norganization: o-a1b2c3d4e5\naccounts:\n  - id: "${home}"\n`;
const joining = '200000000000';

it('--only-providers prepares an account that joins, and reads no allow policy', async () => {
  const world = await startSetupWorld(shortFile.replace(/accounts:\n.*\n/, organization));
  expect((await world.setup('--only-providers', '--yes')).stdout).toContain('The pool is not ready');
  await world.run();
  writeFileSync(world.configPath, world.file().replace(`  - id: "${home}"\n`, `$&  - id: "${joining}"\n`));
  const from = world.google.calls.length;
  const said = await world.setup('--only-providers', '--yes');
  expect(said).toMatchObject({ status: 0, stdout: expect.stringContaining('Done: 1 step.') });
  expect(world.writes(from)).toHaveLength(1);
  expect(world.google.calls.slice(from).filter(({ method }) => /IamPolicy/.test(method))).toEqual([]);
  expect(await world.setup('--only-providers', '--yes')).toMatchObject({ status: 0 });
  expect(world.writes(from)).toHaveLength(1);
  await world.close();
});
