/**
 * Measures a burst of tagged roles, with PutParameter at its default of 3 calls a second and Google at 50 ms a call: compares
 * when the last role is bound with how long publishing the configs takes. `npm run bench:burst [-- roles]`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { armFault } from '../local/faults.ts';
import { startLocalWorld } from '../local/world.ts';
import { loadSettings } from '../shared/config/config.ts';
import { rolesPerAccount } from './filled-world.ts';
import { holdBounds, sizeOr } from './input.ts';

const roles = sizeOr(1_000);
const putsPerSecond = 3;
/** Binding once waited for the parameters of the first of two regions. It may now take this fraction of that time. */
const allowedShare = 0.1;
const longestMilliseconds = 10 * 60 * 1000;

const world = await startLocalWorld({ timeScale: 1, ssmRates: { putsPerSecond, readsPerSecond: 40 } });
const settings = loadSettings(world.configPath);
const [project = ''] = settings.google.projects;
const emailOf = (index: number) =>
  `reader-${Math.floor(index / rolesPerAccount)}@${project}.iam.gserviceaccount.com`;
const emails = [...new Set(Array.from({ length: roles }, (_, index) => emailOf(index)))];
for (const email of emails) world.addServiceAccount(email);
armFault(
  world,
  { matches: ({ name }) => name.startsWith('iam.serviceAccounts.'), times: Number.POSITIVE_INFINITY },
  { latencyMilliseconds: 50 },
);

const bound = (): number =>
  emails
    .flatMap((email) => world.google.policy(email).current().bindings ?? [])
    .filter(({ role }) => role === 'roles/iam.workloadIdentityUser')
    .flatMap(({ members }) => members)
    .filter((member) => member.includes('assumed-role/app-')).length;

const startedAt = performance.now();
for (let index = 0; index < roles; index += 1)
  world.aws.iam.perform('CreateRole', {
    RoleName: `app-${index}`,
    AssumeRolePolicyDocument: '{}',
    Tags: [{ Key: settings.tagKey, Value: emailOf(index) }],
  });
while (bound() < roles) {
  if (performance.now() - startedAt > longestMilliseconds)
    throw new Error(`${bound()} of ${roles} roles are bound`);
  await sleep(100);
}
const seconds = (performance.now() - startedAt) / 1000;
const publishing = roles / putsPerSecond;
const share = seconds / publishing;
console.log(
  `${roles} roles are bound after ${seconds.toFixed(1)} s: ${(share * 100).toFixed(1)} % of the ${publishing.toFixed(0)} s ` +
    `that ${putsPerSecond} parameters a second take (at most ${allowedShare * 100} %)`,
);
await world.close();
holdBounds(share <= allowedShare);
