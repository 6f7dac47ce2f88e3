/**
 * Measures the deployed functions in an organization, on this machine: one sweep of many AWS accounts, some of which throttle
 * their listings, and a burst of tags across accounts. `npm run bench:organization [-- accounts]`; the largest organization
 * has 1,000 accounts of 200 roles with 4 KB of policies, of which 20 are tagged, 2 regions and 100 service accounts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { armFault } from '../local/faults.ts';
import { startLocalWorld } from '../local/world.ts';
import { loadSettings } from '../shared/config/config.ts';
import {
  accountIdOf,
  createTagged,
  fillOrganization,
  organizationSettings,
  rolesPerAccount,
} from './filled-organization.ts';
import { holdBounds, sizeOr } from './input.ts';

const largest = sizeOr(1_000);
const tagged = 20;
const drifted = 20;
const secondsAllowed = 300;
const megabytesAllowed = 1_024;
const rolesPerWrite = 50;

const faults: string[] = [];
const hold = (isSo: boolean, what: string): void => void (isSo || faults.push(what));

interface Measured {
  readonly accounts: number;
  readonly seconds: number;
  readonly calls: number;
}

const measureSweep = async (accounts: number): Promise<Measured> => {
  const world = await startLocalWorld({ timeScale: 1, settings: organizationSettings(accounts) });
  const { emails } = await fillOrganization(world, { accounts, tagged, drifted });
  const throttled = new Set(
    Array.from({ length: Math.ceil(accounts / 20) }, (_, index) => accountIdOf(index * 20)),
  );
  for (const id of throttled)
    armFault(
      world,
      {
        matches: ({ name, cloud, call }) =>
          cloud === 'aws' && call.accountId === id && name === 'iam:GetAccountAuthorizationDetails',
        times: 2,
      },
      'throttle',
    );
  const before = {
    aws: world.aws.calls.length,
    google: world.google.calls.length,
    bytes: world.aws.bytesSent(),
  };
  const startedAt = performance.now();
  const invoked = await world.stack.invoke('sweep', {});
  const seconds = (performance.now() - startedAt) / 1000;
  if (invoked.kind !== 'answered') throw new Error(`the sweep ended otherwise: ${JSON.stringify(invoked)}`);
  const answer = Object(invoked.result) as Readonly<Record<string, unknown>>;
  const megabytes = Number(/Max Memory Used: (\d+) MB/.exec(world.stack.reports.at(-1) ?? '')?.[1]);
  const calls = world.aws.calls.slice(before.aws);
  const reads = world.google.calls
    .slice(before.google)
    .filter(({ method }) => method === 'iam.serviceAccounts.getIamPolicy').length;
  const found = Array.isArray(answer['drifted']) ? answer['drifted'].length : Number.NaN;
  const perAccount = [...Map.groupBy(calls, ({ accountId }) => accountId)]
    .filter(([id]) => id !== accountIdOf(0) && !throttled.has(id))
    .map(([, made]) => made.length);
  const most = Math.max(...perAccount);
  const received = (world.aws.bytesSent() - before.bytes) / 1024 ** 2;
  console.log(
    `${accounts} accounts, ${accounts * rolesPerAccount} roles, ${accounts * tagged} tagged: ${seconds.toFixed(1)} s, ${megabytes} MB, ` +
      `${calls.length} calls of AWS (at most ${most} in one other account), ${received.toFixed(0)} MB received, ` +
      `${reads} reads of ${emails.length} Google policies, ${found} drifted`,
  );
  for (const [name, made] of Map.groupBy(calls, ({ action }) => action))
    console.log(`  ${String(made.length).padStart(7)}  ${name}`);
  const at = `at ${accounts} accounts:`;
  hold(
    JSON.stringify(answer['blindSpots']) === '[]',
    `${at} ${JSON.stringify(answer['blindSpots']).slice(0, 300)}`,
  );
  hold(seconds <= secondsAllowed, `${at} ${seconds.toFixed(0)} s of ${secondsAllowed}`);
  hold(megabytes <= megabytesAllowed, `${at} ${megabytes} MB of ${megabytesAllowed}`);
  hold(reads <= emails.length + 1, `${at} ${reads} reads of ${emails.length} policies`);
  // Two pages of roles; two of parameters in each of two regions.
  hold(most <= rolesPerAccount / 100 + 2 * Math.ceil(tagged / 10) + 1, `${at} ${most} calls in one account`);
  hold(found === drifted, `${at} ${found} of ${drifted} drifted roles found`);
  await world.close();
  return { accounts, seconds, calls: calls.length };
};

/** Tags across accounts, as the bus brings their events to the queue. */
const measureBurst = async (accounts: number, roles: number): Promise<void> => {
  const world = await startLocalWorld({ timeScale: 1, settings: organizationSettings(accounts) });
  const settings = loadSettings(world.configPath);
  const email = `reader-0@${settings.google.projects[0] ?? ''}.iam.gserviceaccount.com`;
  world.addServiceAccount(email);
  await fillOrganization(world, { accounts, tagged: 0, drifted: 0 });
  const startedAt = performance.now();
  for (let index = 0; index < roles; index += 1)
    createTagged(world, index % accounts, `app-new-${index}`, { key: settings.tagKey, value: email });
  const bound = (): number =>
    (world.google.policy(email).current().bindings ?? []).flatMap(({ role, members }) =>
      role === 'roles/iam.workloadIdentityUser' ? members.filter((one) => one.includes('/app-')) : [],
    ).length;
  while (bound() < roles) {
    if (performance.now() - startedAt > 10 * 60 * 1000)
      throw new Error(`${bound()} of ${roles} roles are bound`);
    await sleep(100);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const writes = world.google.calls.filter(
    ({ method }) => method === 'iam.serviceAccounts.setIamPolicy',
  ).length;
  console.log(
    `${roles} tags in ${accounts} accounts: all bound after ${seconds.toFixed(1)} s, by ${writes} writes of the policy (at most ${Math.ceil(roles / rolesPerWrite)})`,
  );
  hold(writes <= Math.ceil(roles / rolesPerWrite), `${writes} writes for ${roles} roles`);
  await world.close();
};

const sizes = [...new Set([Math.max(2, Math.ceil(largest / 4)), largest])];
const measured: Measured[] = [];
for (const size of sizes) measured.push(await measureSweep(size));
const [small, large] = measured;
if (small !== undefined && large !== undefined) {
  const times = large.accounts / small.accounts;
  const [calls, seconds] = [large.calls / small.calls, large.seconds / small.seconds];
  console.log(
    `${times} times the accounts: ${calls.toFixed(2)} times the calls, ${seconds.toFixed(2)} times the time (linear: at most ${times})`,
  );
  hold(
    calls <= times * 1.02,
    `calls grew ${calls.toFixed(2)} times from ${small.accounts} to ${large.accounts} accounts`,
  );
  hold(
    seconds <= times * 1.15,
    `time grew ${seconds.toFixed(2)} times from ${small.accounts} to ${large.accounts} accounts`,
  );
}
await measureBurst(Math.max(2, Math.ceil(largest / 10)), largest);

for (const fault of faults) console.log(`!! ${fault}`);
holdBounds(faults.length === 0);
