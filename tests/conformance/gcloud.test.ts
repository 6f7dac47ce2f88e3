import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GoogleWorld } from '../../local/google/world.ts';
import { credentialConfig } from '../../shared/core/credential-config.ts';
import { reader, settings } from '../support/settings.ts';
import { type Gcloud, hasGcloud, scratchEnvironment, startGcloud } from './google-cloud-cli.ts';
import { startScenario } from './google-scenario.ts';

(hasGcloud ? describe : describe.skip)('conformance with gcloud (is it installed?)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-gcloud-'));
  let google: GoogleWorld;
  let gcloud: Gcloud;
  beforeAll(async () => {
    google = await startScenario('http://127.0.0.1:9');
    gcloud = await startGcloud(google);
  });
  afterAll(async () => {
    await gcloud.close();
    await google.close();
    rmSync(folder, { recursive: true });
  });

  /** Created by the program that Google's documentation recommends. */
  it.each([
    ['with a service account', reader],
    ['without one', undefined],
  ])('the published config equals gcloud’s, %s', (_, email) => {
    const file = join(folder, 'config.json');
    const args = [
      'iam',
      'workload-identity-pools',
      'create-cred-config',
      'projects/123456789012/locations/global/workloadIdentityPools/aws-roles/providers/aws-111122223333',
      '--aws',
      '--enable-imdsv2',
      `--output-file=${file}`,
      ...(email === undefined ? [] : [`--service-account=${email}`]),
    ];
    const ran = spawnSync('gcloud', args, { env: scratchEnvironment(folder), encoding: 'utf8' });
    expect(ran.stderr).toContain('Created credential configuration file');
    expect(credentialConfig(settings, 'aws-111122223333', email)).toEqual(
      JSON.parse(readFileSync(file, 'utf8')),
    );
  });

  it('the stand-in refuses in Google’s format, so that gcloud shows its message', async () => {
    const member =
      'principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/other/*';
    const add = ['iam', 'service-accounts', 'add-iam-policy-binding', reader, `--member=${member}`];
    await expect(gcloud.run(...add, '--role=roles/iam.workloadIdentityUser')).rejects.toMatchObject({
      stderr: expect.stringContaining('Identity Pool does not exist'),
    });
  });

  describe('the stand-in creates what an administrator creates', () => {
    const pools = (...args: readonly string[]) =>
      gcloud.run('iam', 'workload-identity-pools', ...args, '--location=global', '--project=acme-identity');

    it('pools', async () => {
      expect(await pools('create', 'pool-two')).toMatchObject({
        name: expect.stringContaining('/operations/'),
      });
      expect(await pools('describe', 'pool-two')).toMatchObject({ state: 'ACTIVE' });
    });

    it('providers', async () => {
      const inPool = '--workload-identity-pool=aws-roles';
      await pools('providers', 'create-aws', 'aws-two', inPool, '--account-id=444455556666');
      expect(await pools('providers', 'describe', 'aws-two', inPool)).toMatchObject({
        aws: { accountId: '444455556666' },
      });
    });

    it('custom roles', async () => {
      expect(
        await gcloud.run('iam', 'roles', 'create', 'lister', '--permissions=iam.serviceAccounts.list'),
      ).toMatchObject({ name: 'projects/acme-data/roles/lister' });
    });

    it('service accounts', async () => {
      const email = 'new-one@acme-data.iam.gserviceaccount.com';
      await gcloud.run('iam', 'service-accounts', 'create', 'new-one');
      expect(await gcloud.run('iam', 'service-accounts', 'describe', email)).toMatchObject({
        name: `projects/acme-data/serviceAccounts/${email}`,
      });
    });
  });
});
