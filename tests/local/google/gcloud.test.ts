import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { email, type Harness, memberOf, resource, startHarness } from './harness.ts';

const hasGcloud = spawnSync('gcloud', ['--version']).status === 0;
const role = 'roles/iam.workloadIdentityUser';
const condition = { title: 'until', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' };

(hasGcloud ? describe : describe.skip)('gcloud, unmodified, against the stand-in (is it installed?)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-gcloud-'));
  let world: Harness;
  beforeAll(async () => {
    world = await startHarness();
    writeFileSync(join(folder, 'token'), world.google.adminToken);
  });
  afterAll(async () => {
    await world.close();
    rmSync(folder, { recursive: true });
  });

  const gcloud = async (...args: readonly string[]): Promise<unknown> => {
    const overrides = ['IAM', 'IAMCREDENTIALS', 'CLOUDRESOURCEMANAGER', 'SERVICEUSAGE'].map((api) => [
      `CLOUDSDK_API_ENDPOINT_OVERRIDES_${api}`,
      `${world.google.url}/`,
    ]);
    const { stdout } = await promisify(execFile)(
      'gcloud',
      [
        ...args,
        '--project=acme-data',
        '--format=json',
        `--access-token-file=${join(folder, 'token')}`,
        '--quiet',
      ],
      { env: { ...process.env, CLOUDSDK_CONFIG: folder, ...Object.fromEntries(overrides) } },
    );
    return JSON.parse(stdout);
  };
  const policy = (verb: string, ...args: readonly string[]) =>
    gcloud('iam', 'service-accounts', verb, email, ...args);
  const binding = [`--member=${memberOf('reports')}`, `--role=${role}`];

  it('adds, reads and removes bindings, with and without a condition', async () => {
    const plain = { role, members: [memberOf('reports')] };
    const until = `--condition=title=${condition.title},expression=${condition.expression}`;
    expect(await policy('add-iam-policy-binding', ...binding)).toMatchObject({
      version: 1,
      bindings: [plain],
    });
    await policy('add-iam-policy-binding', ...binding, until);
    expect(await policy('get-iam-policy')).toMatchObject({
      version: 3,
      bindings: [plain, { ...plain, condition }],
    });
    await policy('remove-iam-policy-binding', ...binding, until);
    expect(world.google.policy(email).current()).toEqual({ bindings: [plain] });
    await policy('remove-iam-policy-binding', ...binding);
    expect(world.google.policy(email).current()).toEqual({ bindings: [] });
  });

  it('shows what was refused, in Google’s words', async () => {
    const wrong = memberOf('reports').replace('aws-pool', 'other');
    await expect(
      policy('add-iam-policy-binding', `--member=${wrong}`, `--role=${role}`),
    ).rejects.toMatchObject({ stderr: expect.stringContaining('Identity Pool does not exist') });
  });

  it('makes pools and custom roles', async () => {
    const pools = ['iam', 'workload-identity-pools'];
    const at = ['--location=global', '--project=acme-identity'];
    expect(await gcloud(...pools, 'create', 'pool-two', ...at)).toMatchObject({
      name: expect.stringContaining('/operations/'),
    });
    expect(await gcloud(...pools, 'describe', 'pool-two', ...at)).toMatchObject({ state: 'ACTIVE' });
    expect(
      await gcloud(
        'iam',
        'roles',
        'create',
        'lister',
        '--title=Lister',
        '--permissions=iam.serviceAccounts.list',
      ),
    ).toMatchObject({ name: 'projects/acme-data/roles/lister' });
    expect(await gcloud('iam', 'service-accounts', 'describe', email)).toMatchObject({ name: resource });
  });
});
