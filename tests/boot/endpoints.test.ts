import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LocalInstance, pathOf, startInstance } from '../support/instance.ts';
import { reader } from '../support/settings.ts';

let instance: LocalInstance;
let log: string;
beforeEach(async () => {
  instance = await startInstance();
  instance.publish('default', reader);
  log = join(instance.toolbox.folder, '.urls');
  // A curl that records its requests, and finds the stand-ins behind AWS's own names and addresses.
  instance.toolbox.script(
    'curl',
    'set -f; count=$#',
    'while [ "$count" -gt 0 ]; do',
    '  word=$1; shift; count=$((count - 1))',
    `  case $word in http*) echo "$word" >>${log} ;; esac`,
    '  case $word in',
    `    "http://[fd00:ec2::254]"*) word=${instance.metadataUrl}\${word#*]} ;;`,
    `    http://169.254.169.254*) word=${instance.metadataUrl}\${word#*254.169.254} ;;`,
    `    https://ssm*) word=${instance.aws.url}/ ;;`,
    '  esac',
    '  set -- "$@" "$word"',
    'done',
    `exec ${pathOf('curl')} "$@"`,
  );
});
afterEach(() => instance.close());

/** Runs boot/fetch without any endpoints except those that the variables name. */
const asked = async (variables: Readonly<Record<string, string>>) => {
  const environment = { AWS_EC2_METADATA_SERVICE_ENDPOINT: '', AWS_ENDPOINT_URL_SSM: '', ...variables };
  const ran = await instance.fetch({ environment });
  const urls = ran.ok ? readFileSync(log, 'utf8').trim().split('\n') : [];
  return { ran, metadata: new URL(urls[0] ?? 'x:').origin, parameterStore: urls.at(-1) };
};

const ipv4 = 'http://169.254.169.254';
const ipv6 = 'http://[fd00:ec2::254]';
const usual = 'https://ssm.eu-west-1.amazonaws.com/';

it.each<[Readonly<Record<string, string>>, string, string]>([
  [{}, ipv4, usual],
  [{ AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: 'IPv4', AWS_EC2_METADATA_DISABLED: 'false' }, ipv4, usual],
  [{ AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: 'ipv6' }, ipv6, usual],
  [
    { AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: 'IPv6', AWS_EC2_METADATA_SERVICE_ENDPOINT: `${ipv4}/` },
    ipv4,
    usual,
  ],
  [{ AWS_USE_DUALSTACK_ENDPOINT: 'true' }, ipv4, 'https://ssm.eu-west-1.api.aws/'],
  [{ AWS_USE_FIPS_ENDPOINT: 'True' }, ipv4, 'https://ssm-fips.eu-west-1.amazonaws.com/'],
  [
    { AWS_USE_DUALSTACK_ENDPOINT: 'TRUE', AWS_USE_FIPS_ENDPOINT: 'true' },
    ipv4,
    'https://ssm-fips.eu-west-1.api.aws/',
  ],
  [{ AWS_USE_DUALSTACK_ENDPOINT: 'false', AWS_USE_FIPS_ENDPOINT: '' }, ipv4, usual],
  [{ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'us-east-1' }, ipv4, usual],
  [
    { AWS_ENDPOINT_URL: 'https://ssm.vpce.example/', AWS_USE_DUALSTACK_ENDPOINT: 'true' },
    ipv4,
    'https://ssm.vpce.example/',
  ],
  [
    { AWS_ENDPOINT_URL: 'https://ssm.vpce.example', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
    ipv4,
    usual,
  ],
])('with %j calls %s and %s', async (variables, metadata, parameterStore) => {
  expect(await asked(variables)).toMatchObject({ ran: { ok: true }, metadata, parameterStore });
  // Google's libraries find the metadata service where boot/fetch found it.
  expect(instance.read('default.json')).toContain(`"${metadata}/latest/api/token"`);
});

it.each([
  { AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: 'IPv5' },
  { AWS_EC2_METADATA_DISABLED: 'true' },
  { AWS_EC2_METADATA_DISABLED: 'maybe' },
  { AWS_USE_DUALSTACK_ENDPOINT: '1' },
  { AWS_USE_FIPS_ENDPOINT: 'yes' },
  { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'x' },
  { AWS_ENDPOINT_URL: 'ssm' },
  { AWS_ENDPOINT_URL_SSM: 'https://ssm.example/path' },
  { AWS_EC2_METADATA_SERVICE_ENDPOINT: '169.254.169.254' },
  { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://169.254.169.254/latest' },
  { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://169.254.169.254", "x": "' },
])('names a variable that it cannot use: %j', async (variables) => {
  const [name = ''] = Object.keys(variables);
  expect((await asked(variables)).ran).toMatchObject({
    ok: false,
    status: 2,
    output: expect.stringContaining(name),
  });
});
