/**
 * Counts what one change of a tag costs, in a local world: roles are tagged one after the other, and each is bound before the next.
 * Calls of AWS by operation, and invocations of reconcile. `npm run bench:change [-- roles]`
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { startLocalWorld } from '../local/world.ts';
import { loadSettings } from '../shared/config/config.ts';
import { holdBounds, sizeOr } from './input.ts';

const roles = sizeOr(20);
const longestMilliseconds = 10 * 60 * 1000;

const world = await startLocalWorld({ timeScale: 0.01 });
const settings = loadSettings(world.configPath);
const [project = ''] = settings.google.projects;
const email = `reader@${project}.iam.gserviceaccount.com`;
world.addServiceAccount(email);

const bound = (): number =>
  (world.google.policy(email).current().bindings ?? [])
    .flatMap(({ members }) => members)
    .filter((member) => member.includes('assumed-role/app-')).length;

const startedAt = performance.now();
for (let index = 0; index < roles; index += 1) {
  world.aws.iam.perform('CreateRole', {
    RoleName: `app-${index}`,
    AssumeRolePolicyDocument: '{}',
    Tags: [{ Key: settings.tagKey, Value: email }],
  });
  while (bound() <= index) {
    if (performance.now() - startedAt > longestMilliseconds)
      throw new Error(`${bound()} of ${roles} roles are bound`);
    await sleep(50);
  }
}
// Each role is rechecked two minutes later, which the local world shortens to 1.2 s.
await world.settled();

const names = world.aws.calls.map(({ action }) => action);
console.log(
  `${roles} tags, ${settings.regions.length} regions: ${world.stack.reports.length} invocations of reconcile`,
);
const counts = [...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length] as const);
for (const [name, times] of counts.toSorted(([a], [b]) => a.localeCompare(b)))
  console.log(`  ${String(times).padStart(6)}  ${name}`);
await world.close();
holdBounds(world.stack.reports.length <= 3 * roles && names.length <= 25 * roles);
