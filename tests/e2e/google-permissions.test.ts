import { editorRole, listerRole, poolReaderRole } from '../../local/google-side.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { reader } from '../support/settings.ts';

const key = 'google-access';
const lister = ['iam.serviceAccounts.getIamPolicy', 'iam.serviceAccounts.list'];
const onlyList = ['iam.serviceAccounts.list'];
const editor = ['iam.serviceAccounts.getIamPolicy', 'iam.serviceAccounts.setIamPolicy'];

let cloud: Cloud;
beforeEach(async () => {
  cloud = await startCloud({ settings: { sweep: { parameterReadsPerSecond: 1000 } } });
  cloud.addServiceAccount(reader);
});
afterEach(() => cloud.close());

/**
 * The permissions of the two roles of design section 7 from now on. The stand-in requires one permission per method.
 */
const permit = (listerHolds: readonly string[], editorHolds: readonly string[]) => {
  cloud.google.addCustomRole(listerRole('acme-data'), listerHolds);
  cloud.google.addCustomRole(editorRole('acme-data'), editorHolds);
};
const failures = () =>
  cloud.outcomes().flatMap(({ type, detail }) => (type === 'Failed' ? [detail.reason] : []));

it('the lister and the editor role are enough for reconcile and sweep, from grant to revocation', async () => {
  permit(lister, editor);
  await cloud.createRole('reports', { [key]: reader });
  await cloud.settled();
  expect(cloud.boundTo(reader)).toEqual(['reports']);
  expect(await cloud.invokeSweep()).toMatchObject({ drifted: [], blindSpots: [], notOptedIn: [] });
  await cloud.untag('reports', key);
  await cloud.settled();
  expect(cloud.boundTo(reader)).toEqual([]);
  expect(cloud.outcomeTypes()).toEqual(['Granted', 'Revoked']);
  const used = cloud.google.calls.flatMap(({ principal, permission = '', resource }) =>
    principal.startsWith('serviceAccount:rolebridge@') && resource.includes('acme-data') ? [permission] : [],
  );
  expect([...new Set(used)].toSorted()).toEqual([...new Set([...editor, ...lister])].toSorted());
});

it('in the pool’s project, only iam.workloadIdentityPools.get is used, and once for each execution environment', async () => {
  await cloud.createRole('reports', { [key]: reader });
  await cloud.settled();
  await cloud.untag('reports', key);
  await cloud.settled();
  await cloud.sweep();
  const reads = cloud.google.calls.filter(
    ({ principal, resource }) =>
      principal.startsWith('serviceAccount:rolebridge@') && !resource.includes('acme-data'),
  );
  expect([...new Set(reads.map(({ permission }) => permission))]).toEqual(['iam.workloadIdentityPools.get']);
  // One call is of the sweep, and one is of each of the two reconciles that may run in parallel.
  expect(reads.length).toBeLessThanOrEqual(3);
});

it('without iam.workloadIdentityPools.get: binding and unbinding continue, and the sweep reports what to do', async () => {
  cloud.google.addCustomRole(poolReaderRole('acme-identity'), []);
  await cloud.createRole('reports', { [key]: reader });
  await cloud.settled();
  expect(cloud.boundTo(reader)).toEqual(['reports']);
  expect(await cloud.invokeSweep()).toMatchObject({
    pool: 'unproven',
    blindSpots: [
      { what: 'the owner of pool aws-roles', reason: expect.stringContaining('run "rolebridge setup"') },
    ],
  });
  await cloud.untag('reports', key);
  await cloud.settled();
  expect(cloud.boundTo(reader)).toEqual([]);
});

it('without iam.serviceAccounts.getIamPolicy: a grant fails and reports who can help; the sweep keeps reporting it', async () => {
  permit(onlyList, editor.slice(1));
  await cloud.createRole('reports', { [key]: reader });
  await cloud.settled();
  expect(failures()[0]).toContain('iam.serviceAccounts.getIamPolicy');
  expect(failures()[0]).toContain("granting rolebridge's editor role on");
  expect(cloud.boundTo(reader)).toEqual([]);
  // The tag names the account, and we may edit it: reconcile reports it again.
  expect(await cloud.invokeSweep()).toMatchObject({ drifted: [{}], notOptedIn: [] });
  await cloud.settled();
  expect(failures()).toHaveLength(2);
});

it('without it after a grant: the sweep reports it, and nothing counts as gone', async () => {
  await cloud.createRole('reports', { [key]: reader });
  await cloud.settled();
  permit(onlyList, editor.slice(1));
  expect(await cloud.invokeSweep()).toMatchObject({
    drifted: [{}],
    blindSpots: [{ what: `the allow policy of ${reader}` }],
  });
  await cloud.settled();
  expect(failures()[0]).toContain('iam.serviceAccounts.getIamPolicy');
  expect(cloud.parameterPlaces()).toHaveLength(2);
  expect(cloud.boundTo(reader)).toEqual(['reports']);
});

it('without iam.serviceAccounts.setIamPolicy: a grant fails, reports who can help, and leaves nothing behind', async () => {
  permit(lister, editor.slice(0, 1));
  await cloud.createRole('reports', { [key]: reader });
  await cloud.settled();
  expect(failures()[0]).toContain('iam.serviceAccounts.setIamPolicy');
  expect(cloud.boundTo(reader)).toEqual([]);
  expect(cloud.parameterPlaces()).toEqual([]);
});

it('without iam.serviceAccounts.list: reconcile works, and the sweep reports what it cannot see', async () => {
  permit([], editor);
  await cloud.createRole('reports', { [key]: reader });
  await cloud.settled();
  expect(cloud.boundTo(reader)).toEqual(['reports']);
  expect(await cloud.invokeSweep()).toMatchObject({
    blindSpots: [
      {
        what: expect.stringContaining('project acme-data'),
        reason: expect.stringContaining("Grant rolebridge's lister role on project acme-data"),
      },
    ],
  });
  expect(cloud.boundTo(reader)).toEqual(['reports']);
});
