/**
 * Measures a boot: boot/fetch compared with the AWS command line's `ssm get-parameter`, in the same run against the same
 * stand-ins, one after the other. Wall time ends when the files are written. Memory is that of the largest process.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startInstanceMetadata } from '../local/aws/instance-metadata.ts';
import { startAws } from '../local/aws/world.ts';
import { run } from '../local/run-workload.ts';
import { loadSettings } from '../shared/config/config.ts';
import { credentialConfig } from '../shared/core/credential-config.ts';
import { trustedPoolsOf } from '../shared/core/trusted-pools.ts';
import { checksBounds, holdBounds, sizeOr } from './input.ts';

const rounds = sizeOr(15);
const atMost = 1 / 3;

const region = 'eu-west-1';
const parameter = '/google-access/reports/default';
const settings = loadSettings('rolebridge.yml');
const [{ id: accountId, provider } = { id: '', provider: '' }] = settings.accounts;
const cloud = await startAws({ accountId, ssmRates: 'unlimited' });
const credentials = cloud.issueRoleCredentials('reports', 'i-0123456789abcdef0');
const metadata = await startInstanceMetadata(() => ({ roleName: 'reports', region, credentials }));
cloud.ssm.parameters(region).set(parameter, {
  name: parameter,
  value: JSON.stringify(credentialConfig(settings, provider, 'reader@acme-data.iam.gserviceaccount.com')),
  description: '',
  version: 1,
});

const where = (command: string): string =>
  spawnSync('sh', ['-c', command], { encoding: 'utf8' }).stdout.trim();
// A pyenv shim would add a tenth of a second to the AWS command line.
const aws = where('pyenv which aws 2>/dev/null || command -v aws');
const time = where('command -v /usr/bin/time');
if (aws === '') throw new Error('the AWS command line is not installed: there is nothing to compare with');

const folder = mkdtempSync(join(tmpdir(), 'rolebridge-bench-'));
const configs = join(folder, 'google-access');
const environment = {
  PATH: process.env['PATH'] ?? '',
  HOME: folder,
  AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
  AWS_ENDPOINT_URL_SSM: cloud.url,
  GOOGLE_ACCESS_POOLS: trustedPoolsOf(settings).pools.join(' '),
  GOOGLE_ACCESS_DIR: configs,
  GOOGLE_ACCESS_WAIT_SECONDS: '0',
};

interface Measured {
  readonly milliseconds: number;
  readonly megabytes: number;
}
const measure = async (command: readonly string[]): Promise<Measured> => {
  const said = join(folder, 'time');
  const [program = '', ...args] = time === '' ? command : [time, '-f', '%M', '-o', said, ...command];
  const at = performance.now();
  const ran = await run(program, args, environment);
  const milliseconds = performance.now() - at;
  if (!ran.ok) throw new Error(`${command.join(' ')} failed: ${ran.output}`);
  return { milliseconds, megabytes: time === '' ? Number.NaN : Number(readFileSync(said, 'utf8')) / 1024 };
};
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const plain = `${aws} ssm get-parameter --region ${region} --name ${parameter} --query Parameter.Value --output text >${folder}/plain.json`;
const ways = {
  'boot/fetch, first time': () => {
    rmSync(configs, { recursive: true, force: true });
    return measure(['sh', 'boot/fetch']);
  },
  'boot/fetch, refresh': () => measure(['sh', 'boot/fetch']),
  'aws ssm get-parameter': () => measure(['sh', '-c', plain]),
};
const results = new Map<string, Measured[]>();
for (let round = 0; round < rounds; round += 1)
  for (const [name, way] of Object.entries(ways))
    results.set(name, [...(results.get(name) ?? []), await way()]);
await Promise.all([cloud.close(), metadata.close()]);
rmSync(folder, { recursive: true, force: true });

const version = (command: string): string =>
  where(`${command} --version 2>&1 | head -1`).split(' ').slice(0, 2).join(' ');
const summary = [...results].map(([name, values]) => ({
  name,
  milliseconds: median(values.map((one) => one.milliseconds)),
  megabytes: median(values.map((one) => one.megabytes)),
}));
const [first, , theirs] = summary;
const ratio = (first?.milliseconds ?? Number.NaN) / (theirs?.milliseconds ?? Number.NaN);
const report = [
  'What a boot costs (npm run bench:boot)',
  `${cpus().length} cores, ${version('curl')}, ${version(aws)}, sh is ${where('readlink -f "$(command -v sh)"')}; median of ${rounds} rounds`,
  '',
  ...summary.map(
    ({ name, milliseconds, megabytes }) =>
      `${milliseconds.toFixed(0).padStart(6)} ms ${(Number.isNaN(megabytes) ? '?' : megabytes.toFixed(0)).padStart(6)} MB  ${name}`,
  ),
  '',
  `ratio ${ratio.toFixed(3)} of the wall time (at most ${atMost.toFixed(3)})`,
  '',
].join('\n');
console.log(report);
if (checksBounds) writeFileSync('docs/reports/boot.txt', report);
holdBounds(ratio <= atMost);
