/** The programs of docs/use/direct-or-impersonation.md, as a user would copy them, with the stand-in's address. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setMember } from '../../local/google-side.ts';
import { type Ran, run } from '../../local/run-workload.ts';
import { audience, type Harness, memberOf, startHarness } from '../../local/testing/google-harness.ts';
import { directProgram, directPrograms } from '../support/direct-programs.ts';
import { findGoogleAuth, googleAuthVariables } from '../support/python-google-auth.ts';

const member = memberOf('reports');
const pythonPath = findGoogleAuth();
let world: Harness;
let folder: string;
beforeEach(async () => {
  world = await startHarness();
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-direct-'));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  const config = {
    universe_domain: 'googleapis.com',
    type: 'external_account',
    audience,
    subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request',
    token_url: `${world.google.url}/v1/token`,
    credential_source: {
      environment_id: 'aws1',
      regional_cred_verification_url:
        'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15',
    },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
});
afterEach(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
});

const runProgram = (name: string, project: string): Promise<Ran> => {
  const { command, text } = directProgram(name, world.google.url);
  const path = join(folder, name);
  writeFileSync(path, text);
  return run(command, [path], {
    GOOGLE_APPLICATION_CREDENTIALS: join(folder, 'config.json'),
    GOOGLE_CLOUD_PROJECT: project,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_SESSION_TOKEN: 'session-token',
    ...googleAuthVariables(pythonPath),
    HOME: folder,
  });
};

it('there are two for each language', () => {
  expect(directPrograms.map(({ language }) => language)).toEqual(['js', 'python', 'js', 'python']);
});

describe.each(['mjs', 'py'])('.%s', (type) => {
  const test = type === 'py' && pythonPath === undefined ? it.skip : it;

  test('lists the objects of a bucket, once the role has a Google role there', async () => {
    const bucket = world.google.buckets.add('acme-in', 'acme-data');
    bucket.objects.set('report.csv', {
      name: 'report.csv',
      contentType: 'text/csv',
      content: Buffer.from('x'),
      generation: '1',
      updated: bucket.timeCreated,
    });
    expect(await runProgram(`objects.${type}`, 'acme-data')).toMatchObject({ ok: false });
    setMember(world.google.buckets.bucket('acme-in').policy, 'roles/storage.objectViewer', member, true);
    expect(await runProgram(`objects.${type}`, 'acme-data')).toEqual({ ok: true, output: 'report.csv' });
  });

  test('queries a table in the project of the grant that allows jobs, and in no other', async () => {
    world.google.datasets.add('acme-data', 'sales', {
      tables: {
        orders: {
          fields: [
            { name: 'id', type: 'INTEGER' },
            { name: 'city', type: 'STRING' },
          ],
          rows: [[1, 'Basel']],
        },
      },
    });
    const sales = world.google.datasets.dataset('acme-data', 'sales');
    sales.replace([...sales.access(), { role: 'roles/bigquery.dataViewer', iamMember: member }]);
    expect(await runProgram(`orders.${type}`, 'acme-jobs')).toMatchObject({ ok: false });
    setMember(world.google.project('acme-jobs').policy, 'roles/bigquery.jobUser', member, true);
    expect(await runProgram(`orders.${type}`, 'acme-data')).toMatchObject({ ok: false });
    expect(await runProgram(`orders.${type}`, 'acme-jobs')).toEqual({ ok: true, output: '1 Basel' });
  });
});
