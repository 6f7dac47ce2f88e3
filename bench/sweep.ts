/**
 * Measures the deployed sweep over local worlds of growing size, at Parameter Store's default throughput: duration, memory, and
 * calls by service. `npm run bench:sweep [-- roles]`; the largest world has 5,000 roles, 500 service accounts, 2 regions.
 */
import { startLocalWorld } from '../local/world.ts';
import { fillWorld, rolesPerAccount } from './filled-world.ts';
import { holdBounds, sizeOr } from './input.ts';

const largest = sizeOr(5_000);
const drifted = 20;

interface Measured {
  readonly roles: number;
  readonly regions: number;
  readonly parameters: number;
  readonly seconds: number;
  readonly megabytes: number;
  readonly memorySize: number;
  readonly timeoutSeconds: number;
  readonly calls: Readonly<Record<string, number>>;
  readonly parameterReadsPerSecond: number;
  readonly found: number;
}

const count = (names: readonly string[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]));

const measure = async (roles: number): Promise<Measured> => {
  const world = await startLocalWorld({ timeScale: 1 });
  const settings = await fillWorld(world, roles, drifted);
  const aws = world.aws.calls.length;
  const google = world.google.calls.length;
  const startedAt = performance.now();
  const invoked = await world.stack.invoke('sweep', {});
  const seconds = (performance.now() - startedAt) / 1000;
  if (invoked.kind !== 'answered') throw new Error(`the sweep ended otherwise: ${JSON.stringify(invoked)}`);
  const answer = Object(invoked.result) as Readonly<Record<string, unknown>>;
  if (JSON.stringify(answer['blindSpots']) !== '[]') throw new Error(JSON.stringify(answer['blindSpots']));
  const report = world.stack.reports.at(-1) ?? '';
  const [, memorySize = '', megabytes = ''] =
    /Memory Size: (\d+) MB\tMax Memory Used: (\d+) MB/.exec(report) ?? [];
  const sweepFunction = world.stack.template.resources.find(
    ({ type, properties }) =>
      type === 'AWS::Lambda::Function' && properties['Handler'] === 'dist/handlers/sweep.handler',
  );
  const byPath = world.aws.calls.slice(aws).filter(({ action }) => action === 'ssm:GetParametersByPath');
  const measured = {
    roles,
    regions: settings.regions.length,
    parameters: roles * settings.regions.length,
    seconds,
    megabytes: Number(megabytes),
    memorySize: Number(memorySize),
    timeoutSeconds: Number(sweepFunction?.properties['Timeout']),
    calls: {
      ...count(
        world.aws.calls
          .slice(aws)
          .map(({ action, region }) => (action.startsWith('ssm') ? `${action} ${region}` : action)),
      ),
      ...count(world.google.calls.slice(google).map(({ method }) => method)),
    },
    parameterReadsPerSecond: byPath.length / settings.regions.length / seconds,
    found: Array.isArray(answer['drifted']) ? answer['drifted'].length : Number.NaN,
  };
  await world.close();
  return measured;
};

const sizes = [largest / 4, largest / 2, largest];
const all: Measured[] = [];
for (const size of sizes) {
  const one = await measure(size);
  all.push(one);
  console.log(
    `${one.roles} roles, ${one.parameters} parameters, ${one.roles / rolesPerAccount} service accounts: ` +
      `${one.seconds.toFixed(1)} s of ${one.timeoutSeconds}, ${one.megabytes} MB of ${one.memorySize}, ` +
      `${one.parameterReadsPerSecond.toFixed(1)} parameter reads/s and region, ${one.found} drifted`,
  );
  for (const [name, times] of Object.entries(one.calls).toSorted(([a], [b]) => a.localeCompare(b)))
    console.log(`  ${String(times).padStart(6)}  ${name}`);
}

const faults: string[] = [];
const hold = (isSo: boolean, what: string): void => void (isSo || faults.push(what));
for (const {
  roles,
  regions,
  calls,
  megabytes,
  memorySize,
  seconds,
  timeoutSeconds,
  parameterReadsPerSecond,
  found,
} of all) {
  const at = `at ${roles} roles:`;
  const listRoles = calls['iam:GetAccountAuthorizationDetails'] ?? 0;
  hold(listRoles <= Math.ceil(roles / 100), `${at} ${listRoles} calls for roles`);
  for (const [name, times] of Object.entries(calls))
    if (name.startsWith('ssm:GetParametersByPath'))
      hold(times <= Math.ceil(roles / 10), `${at} ${times} ${name}`);
  // Google makes one GetCallerIdentity call: it replays the signed one from the token exchange.
  const reads = Object.entries(calls).filter(([name]) => /^(iam|ssm|sts):Get/.test(name));
  const allowed = Math.ceil(roles / 100) + regions * Math.ceil(roles / 10) + 2 + 1;
  const made = reads.reduce((sum, [, times]) => sum + times, 0);
  hold(made <= allowed, `${at} ${made} reads of AWS, ${allowed} allowed`);
  hold(megabytes < memorySize / 2, `${at} ${megabytes} MB are half of ${memorySize}`);
  hold(seconds < timeoutSeconds, `${at} ${seconds} s`);
  hold(parameterReadsPerSecond <= 10, `${at} more than a quarter of 40 parameter reads a second`);
  hold(found === drifted, `${at} ${found} of ${drifted} drifted roles found`);
}
const total = ({ calls }: Measured): number => Object.values(calls).reduce((sum, times) => sum + times, 0);
const [small, , large] = all;
if (small !== undefined && large !== undefined) {
  const growth = total(large) / total(small);
  console.log(
    `calls grew ${growth.toFixed(2)} times from ${small.roles} to ${large.roles} roles (linear: at most 4)`,
  );
  hold(growth <= 4, 'calls grow faster than the world');
}
for (const fault of faults) console.log(`!! ${fault}`);
holdBounds(faults.length === 0);
