/**
 * The whole path of direct access: tags, a boot, and the documented programs with the variables that the boot wrote.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { startInstanceMetadata } from '../../local/aws/instance-metadata.ts';
import type { LoopbackServer } from '../../local/http.ts';
import { credentialVariables, type Ran, run } from '../../local/run-workload.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { directProgram } from '../support/direct-programs.ts';
import { findGoogleAuth, googleAuthVariables } from '../support/python-google-auth.ts';
import { settings } from '../support/settings.ts';

const own = 'serviceAccount:rolebridge@acme-identity.iam.gserviceaccount.com';
const pythonPath = findGoogleAuth();
const grants = {
  in: 'roles/storage.objectViewer on buckets/acme-in',
  sales: 'roles/bigquery.dataViewer on projects/acme-data/datasets/sales',
  jobs: 'roles/bigquery.jobUser on projects/acme-jobs',
};
let cloud: Cloud;
let metadata: LoopbackServer;
let folder: string;
beforeAll(async () => {
  cloud = await startCloud();
  await cloud.createRole('reports');
  metadata = await startInstanceMetadata(() => ({
    roleName: 'reports',
    region: 'eu-west-1',
    credentials: cloud.aws.issueRoleCredentials('reports', 'i-0123456789abcdef0'),
  }));
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-direct-'));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  addResources();
  cloud.reconfigure({
    allow: [
      { grant: 'roles/storage.objectViewer', on: ['buckets/acme-in'], clientProject: 'acme-data' },
      { grant: 'roles/bigquery.dataViewer', on: ['projects/acme-data/datasets/sales'] },
      { grant: 'roles/bigquery.jobUser', on: ['projects/acme-jobs'] },
    ].map((rule) => ({ ...rule, roles: ['reports'] })),
  });
  await cloud.tag(
    'reports',
    Object.fromEntries(Object.entries(grants).map(([name, value]) => [`google-access/${name}`, value])),
  );
  await cloud.settled();
  await boot();
});
afterAll(async () => {
  await Promise.all([cloud.close(), metadata.close()]);
  rmSync(folder, { recursive: true });
});

/** The resources, each opted in. */
const addResources = (): void => {
  const { buckets, datasets } = cloud.google;
  const bucket = buckets.add('acme-in', 'acme-data');
  bucket.policy.replace({ bindings: [{ role: 'roles/storage.admin', members: [own] }] });
  const content = Buffer.from('x');
  const { timeCreated: updated } = bucket;
  bucket.objects.set('report.csv', {
    name: 'report.csv',
    contentType: 'text/csv',
    content,
    generation: '1',
    updated,
  });
  const fields = [
    { name: 'id', type: 'INTEGER' },
    { name: 'city', type: 'STRING' },
  ];
  datasets.add('acme-data', 'sales', { tables: { orders: { fields, rows: [[1, 'Basel']] } } });
  datasets
    .dataset('acme-data', 'sales')
    .replace([{ role: 'OWNER', userByEmail: own.replace('serviceAccount:', '') }]);
  cloud.google.addProject({ id: 'acme-jobs', number: '777000777000' });
  cloud.google.project('acme-jobs').policy.replace({
    bindings: [{ role: 'roles/resourcemanager.projectIamAdmin', members: [own] }],
  });
};

const boot = (): Promise<Ran> =>
  run('sh', ['boot/fetch'], {
    AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
    AWS_ENDPOINT_URL_SSM: cloud.aws.url,
    GOOGLE_ACCESS_DIR: folder,
    GOOGLE_ACCESS_TRUSTED_ENDPOINTS: cloud.google.url,
    GOOGLE_ACCESS_POOLS: `${settings.google.projectNumber}/${settings.google.pool}`,
    GOOGLE_ACCESS_WAIT_SECONDS: '0',
  });

/** Runs a program with the variables of a grant, and no other setting of Google's. */
const runWith = (grant: string, program: string): Promise<Ran> => {
  const { command, text } = directProgram(program, cloud.google.url);
  const path = join(folder, program);
  writeFileSync(path, text);
  return run(command, [path], {
    ...parseEnv(readFileSync(join(folder, `${grant}.env`), 'utf8')),
    AWS_REGION: 'eu-west-1',
    ...credentialVariables(cloud.aws.issueRoleCredentials('reports', 'i-0123456789abcdef0')),
    ...googleAuthVariables(pythonPath),
    HOME: folder,
  });
};

it('the boot writes a config and its variables for each grant', () => {
  const names = readdirSync(folder).filter((name) => /\.(json|env)$/.test(name));
  expect(names.toSorted()).toEqual(['in.env', 'in.json', 'jobs.env', 'jobs.json', 'sales.env', 'sales.json']);
});

describe.each(['mjs', 'py'])('.%s', (type) => {
  const test = type === 'py' && pythonPath === undefined ? it.skip : it;

  test('lists the objects of the bucket', async () => {
    expect(await runWith('in', `objects.${type}`)).toEqual({ ok: true, output: 'report.csv' });
  });

  test('queries the dataset, in the project of the grant that allows jobs', async () => {
    expect(await runWith('jobs', `orders.${type}`)).toEqual({ ok: true, output: '1 Basel' });
  });
});

it('after the untag, the programs are refused with the files that they still have', async () => {
  await cloud.untag('reports', 'google-access/in');
  await cloud.settled();
  expect(await runWith('in', 'objects.mjs')).toMatchObject({ ok: false });
});
