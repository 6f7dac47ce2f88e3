import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GoogleWorld } from '../../local/google/world.ts';
import { type Ended, runProgram } from '../support/run-program.ts';
import { hasGcloud, sdkRoot, startGcloudServer } from './google-cloud-cli.ts';

/**
 * Runs a script in sh, with gcloud and bq as the stand-in's administrator, like an administrator who has reviewed it.
 */
export const runScript = async (google: GoogleWorld, script: string): Promise<Ended> => {
  const gcloud = await startGcloudServer(google);
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-gcloud-script-'));
  const file = join(folder, 'setup.sh');
  writeFileSync(file, script);
  const bq = script.includes('bq ') ? { BIGQUERYRC: bqSettings(google, folder) } : {};
  const ended = await runProgram(['sh', file], { env: { ...gcloud.env, ...bq } });
  rmSync(folder, { recursive: true });
  await gcloud.close();
  return ended;
};

/** bq finds its methods in a document of Google's, which the SDK contains. */
const discovery = (): string => join(sdkRoot(), 'platform/bq/discovery_next/bigquery.json');

export const hasBq = hasGcloud && existsSync(discovery());

/** bq has no variable for the address of its API. */
const bqSettings = ({ url }: GoogleWorld, folder: string): string => {
  const [document, settings] = [join(folder, 'bigquery.json'), join(folder, 'bigqueryrc')];
  const google = JSON.parse(readFileSync(discovery(), 'utf8')) as object;
  writeFileSync(
    document,
    JSON.stringify({ ...google, rootUrl: `${url}/`, baseUrl: `${url}/bigquery/v2/`, mtlsRootUrl: undefined }),
  );
  writeFileSync(settings, `api = ${url}\ndiscovery_file = ${document}\n`);
  return settings;
};
