import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { credentialVariables, run } from '../../local/run-workload.ts';
import { provider, tokenOf, trustPolicy } from '../../local/testing/cluster.ts';
import { hasGcloud, scratchEnvironment } from '../conformance/google-cloud-cli.ts';
import { type BridgeProcess, startBridge } from '../support/bridge.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { command, type Variables } from '../support/command-line.ts';
import { type Container, startContainer } from '../support/container.ts';
import { accountId, reader, settings } from '../support/settings.ts';
import { programOf } from '../support/snippets.ts';
import { hasPython, startWorkloads, type Workloads } from '../support/workloads.ts';

let cloud: Cloud;
let container: Container;
let workloads: Workloads;
let bridge: BridgeProcess | undefined;
let config: string;

beforeEach(async () => {
  cloud = await startCloud();
  cloud.addServiceAccount(reader);
  container = await startContainer(cloud.aws.url);
  workloads = await startWorkloads(cloud.google);
  config = join(workloads.folder, 'default.json');
});
afterEach(async () => {
  await bridge?.end();
  bridge = undefined;
  await Promise.all([container.close(), workloads.close(), cloud.close()]);
});

/** The allow-list for published configs names Google's stand-in, and so do the containers' settings. */
const trusting = (variables: Variables): Variables => ({
  ...variables,
  GOOGLE_ACCESS_TRUSTED_ENDPOINTS: cloud.google.url,
  GOOGLE_ACCESS_POOLS: `${settings.google.projectNumber}/${settings.google.pool}`,
  // A container has no rolebridge.yml.
  ROLEBRIDGE_CONFIG: '/nonexistent/rolebridge.yml',
});
/** As the containers of a task or pod do: one serves, the other fetches the config into a shared volume. */
const startSidecar = async (variables: Variables): Promise<BridgeProcess> => {
  bridge = await startBridge(variables);
  const args = ['credentials', 'config', '--endpoint', bridge.url, '--output', config];
  expect(await command(trusting(variables), ...args)).toMatchObject({
    status: 0,
    stdout: '',
    stderr: `rolebridge: wrote ${config}\n`,
  });
  return bridge;
};
const dataset = { ok: true, output: `acme-data:seen-by-${reader}` };
const refused = { ok: false, output: expect.stringContaining('iam.serviceAccounts.getAccessToken') };
const libraries = () => [workloads.node, ...(hasPython ? [workloads.python] : [])];
(hasPython ? it : it.skip)('Python takes part (is google-auth installed, or gcloud?)', () => {
  expect(libraries()).toHaveLength(2);
});

/** The command lines of all processes, and the contents of folders. */
const processList = (): string =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .join('\n');
const filesOf = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');

it('a container of ECS: from tag to token through the bridge, and no token after untag; no secret anywhere', async () => {
  await cloud.createRole('reports', { 'google-access': reader });
  await cloud.settled();
  const credentials = cloud.aws.issueRoleCredentials('reports', 'task-1');
  container.give(credentials);
  const { url, says, said } = await startSidecar(container.variables);
  await says('credentials of role reports');
  const published: unknown = JSON.parse(
    cloud.aws.ssm.parameters('eu-west-1').get('/google-access/reports/default')?.value ?? '',
  );
  expect(JSON.parse(readFileSync(config, 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(published).replaceAll('http://169.254.169.254', url)),
  );

  const outputs: string[] = [];
  const lists: string[] = [];
  for (const ask of libraries()) {
    const asked = ask(config);
    lists.push(processList());
    const ran = await asked;
    outputs.push(ran.output);
    expect(ran).toEqual(dataset);
  }
  expect(lists.join('\n')).toContain('datasets.mjs');
  await cloud.untag('reports', 'google-access');
  await cloud.settled();
  for (const ask of libraries()) {
    const ran = await ask(config);
    outputs.push(ran.output);
    expect(ran).toMatchObject(refused);
  }

  const everything = [said(), ...outputs, ...lists, filesOf(workloads.folder)].join('\n');
  for (const secret of [credentials.secretAccessKey, credentials.sessionToken, 'local-google-access-token'])
    expect(everything).not.toContain(secret);
  // The only file that holds a secret is the kubelet's own.
  expect(readdirSync(container.folder)).toEqual(['token']);
});

it('a pod with IRSA: its token becomes the role, whose name is known without a call', async () => {
  cloud.aws.identityProviders.push(provider);
  cloud.aws.iam.perform('CreateRole', {
    RoleName: 'app-pod',
    Path: '/eks/',
    AssumeRolePolicyDocument: trustPolicy,
    Tags: [{ Key: 'google-access', Value: reader }],
  });
  await cloud.settled();
  const tokenFile = join(container.folder, 'web-identity');
  writeFileSync(tokenFile, tokenOf());
  const asked = cloud.aws.calls.length;
  const { said } = await startSidecar({
    AWS_ROLE_ARN: `arn:aws:iam::${accountId}:role/eks/app-pod`,
    AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: cloud.aws.url,
    HOME: container.folder,
  });
  expect(cloud.aws.calls.slice(asked).map(({ action }) => action)).toEqual(['ssm:GetParameter']);
  for (const ask of libraries()) expect(await ask(config)).toEqual(dataset);
  expect(said()).toContain('credentials of role app-pod');
  expect(said()).not.toContain(tokenOf().slice(0, 40));
});

it("Lambda: the function's own environment and the plain published file are enough", async () => {
  await cloud.createRole('app-fn', { 'google-access': reader });
  await cloud.settled();
  const value = cloud.aws.ssm.parameters('eu-west-1').get('/google-access/app-fn/default')?.value ?? '';
  expect(value).toContain('http://169.254.169.254/');
  writeFileSync(join(workloads.folder, 'published.json'), value);
  // docs/use/lambda.md does this at build time.
  const build = [
    '--from',
    join(workloads.folder, 'published.json'),
    '--account',
    accountId,
    '--endpoint',
    'http://169.254.169.254',
    '--output',
    config,
  ];
  expect(await command(trusting({}), 'credentials', 'config', ...build)).toMatchObject({ status: 0 });
  expect(JSON.parse(readFileSync(config, 'utf8'))).toEqual(JSON.parse(value));
  const credentials = cloud.aws.issueRoleCredentials('app-fn', 'my-function');
  const variables = { AWS_REGION: 'eu-west-1', ...credentialVariables(credentials) };
  for (const ask of libraries()) expect(await ask(config, variables)).toEqual(dataset);
  expect(await workloads.lambda(variables)).toEqual(dataset);
});

(hasGcloud ? it : it.skip)(
  'gcloud, by the commands of its page, through the bridge (is it installed?)',
  async () => {
    await cloud.createRole('reports', { 'google-access': reader });
    await cloud.settled();
    container.give(cloud.aws.issueRoleCredentials('reports', 'task-1'));
    await startSidecar(container.variables);
    const commands = programOf('docs/use/gcloud.md', 'sh');
    const environment = Object.fromEntries(
      Object.entries(scratchEnvironment(workloads.folder)).flatMap(([name, value = '']) =>
        /^(CLOUDSDK_|PATH$)/.test(name) ? [[name, value]] : [],
      ),
    );
    const ask = () =>
      run('sh', ['-ec', commands], {
        ...environment,
        HOME: container.folder,
        GOOGLE_APPLICATION_CREDENTIALS: config,
      });
    expect(await ask()).toEqual({ ok: true, output: expect.stringContaining('local-google-access-token-') });
    await cloud.untag('reports', 'google-access');
    await cloud.settled();
    expect(await ask()).toMatchObject({ ok: false, output: expect.stringContaining('getAccessToken') });
  },
);

it('before the tag there is one line that names what is missing', async () => {
  await cloud.createRole('reports');
  container.give(cloud.aws.issueRoleCredentials('reports', 'task-1'));
  const said = await command(trusting(container.variables), 'credentials', 'config', '--output', config);
  expect(said).toMatchObject({ status: 1, stdout: '' });
  expect(said.stderr.trim().split('\n')).toEqual([
    expect.stringContaining('eu-west-1 has no parameter /google-access/reports/default. Is the role tagged'),
  ]);
});
