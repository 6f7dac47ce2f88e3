import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentialConfig } from '../../shared/core/credential-config.ts';
import { reader, settings } from '../support/settings.ts';

const hasGcloud = spawnSync('gcloud', ['--version']).status === 0;

/** The same config, by the program that Google's documentation tells people to use. */
(hasGcloud ? describe : describe.skip)('conformance with gcloud (is it installed?)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-gcloud-'));
  afterAll(() => rmSync(folder, { recursive: true }));

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
    const ran = spawnSync('gcloud', args, {
      env: { ...process.env, CLOUDSDK_CONFIG: folder },
      encoding: 'utf8',
    });
    expect(ran.stderr).toContain('Created credential configuration file');
    expect(credentialConfig(settings, 'aws-111122223333', email)).toEqual(
      JSON.parse(readFileSync(file, 'utf8')),
    );
  });
});
