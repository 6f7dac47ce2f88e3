import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { GoogleWorld } from '../../local/google/world.ts';
import { json, type LoopbackServer, serve } from '../../local/http.ts';
import { type Ran, run } from '../../local/run-workload.ts';
import type { Variables } from './command-line.ts';
import { findGoogleAuth, googleAuthVariables } from './python-google-auth.ts';
import { programOf } from './snippets.ts';

const bigQuery = 'https://bigquery.googleapis.com';
const pythonPath = findGoogleAuth();
export const hasPython = pythonPath !== undefined;

/** One dataset, for any token of the local world that belongs to a service account. */
export const startBigQuery = (google: GoogleWorld): Promise<LoopbackServer> => {
  let asked = 0;
  return serve(async ({ url, headers }) => {
    if (url.pathname !== '/bigquery/v2/projects/acme-data/datasets') return json(404, {});
    // Its name is unique: if several clients call in parallel, the last call may be another client's.
    const name = `nobody-${(asked += 1)}`;
    await fetch(`${google.url}/v1/projects/acme-data/serviceAccounts/${name}`, {
      headers: { authorization: headers['authorization'] ?? '' },
    });
    const caller = google.calls.findLast(({ resource }) => resource.endsWith(`/${name}`))?.principal ?? '';
    const datasetId = `seen-by-${caller.replace('serviceAccount:', '')}`;
    const datasetReference = { projectId: 'acme-data', datasetId };
    return caller.startsWith('serviceAccount:')
      ? json(200, { datasets: [{ id: `acme-data:${datasetId}`, datasetReference }] })
      : json(401, { error: { code: 401, message: 'Invalid credentials' } });
  });
};

export interface Workloads {
  /** The folder of configs and programs. */
  readonly folder: string;
  /** The programs of docs/use, as a user would copy them, except for BigQuery's address. */
  readonly node: (configPath: string, variables?: Variables) => Promise<Ran>;
  readonly python: (configPath: string, variables?: Variables) => Promise<Ran>;
  /** The handler of docs/use/lambda.md, invoked once, with the config `default.json` of the folder packed beside it. */
  readonly lambda: (variables: Variables) => Promise<Ran>;
  readonly close: () => Promise<void>;
}

export const startWorkloads = async (google: GoogleWorld): Promise<Workloads> => {
  const api = await startBigQuery(google);
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-workload-'));
  mkdirSync(join(folder, 'home'));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  const programs = {
    'datasets.mjs': ['docs/use/node.md', 'js'],
    'datasets.py': ['docs/use/python.md', 'python'],
    'index.mjs': ['docs/use/lambda.md', 'js'],
  };
  // Does what Lambda's runtime does with a handler.
  const runtime = "const { handler } = await import('./index.mjs'); console.log((await handler()).join());";
  writeFileSync(join(folder, 'runtime.mjs'), runtime);
  for (const [name, [page = '', language = '']] of Object.entries(programs))
    writeFileSync(join(folder, name), programOf(page, language).replaceAll(bigQuery, api.url));
  const runs =
    (command: string, program: string, more: Variables = {}) =>
    (configPath: string, variables: Variables = {}): Promise<Ran> =>
      run(command, [join(folder, program)], {
        GOOGLE_APPLICATION_CREDENTIALS: configPath,
        GOOGLE_CLOUD_PROJECT: 'acme-data',
        HOME: join(folder, 'home'),
        ...more,
        ...variables,
      });
  return {
    folder,
    node: runs(process.execPath, 'datasets.mjs'),
    python: runs('python3', 'datasets.py', googleAuthVariables(pythonPath)),
    lambda: (variables) => runs(process.execPath, 'runtime.mjs')(join(folder, 'default.json'), variables),
    close: async () => {
      await api.close();
      rmSync(folder, { recursive: true });
    },
  };
};
