import { addSampleResources } from '../../local/sample-resources.ts';
import { memberOf } from '../../shared/core/member.ts';
import { limitCondition } from '../../shared/setup/limit.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { variablesOf } from '../support/command-line.ts';
import { runHere } from '../support/here.ts';
import { reader, roleRef, settings } from '../support/settings.ts';

const own = 'serviceAccount:rolebridge@acme-identity.iam.gserviceaccount.com';
const member = memberOf(settings, roleRef('reports'));
const key = 'google-access/in';
const jobUser = 'roles/bigquery.jobUser';
const project = 'projects/acme-data';
/** Permissions of rolebridge's lister role on the project, for its service accounts. */
const lister = 'iam.serviceAccounts.list';

interface Kind {
  readonly googleRole: string;
  readonly resource: string;
  /** The stand-in's name of the resource. */
  readonly on: string;
  /** The custom role that setup creates in acme-data. */
  readonly customRole: string;
  readonly permissions: readonly string[];
  /**
   * Permissions that the stand-in never asks for, so this test cannot show that they are needed. Google's permission
   * list describes bigquery.datasets.get as reading the metadata and the access of a dataset. Its reference does not
   * document whether the view ACL, which we read, works with bigquery.datasets.getIamPolicy alone.
   */
  readonly notShown?: readonly string[];
  readonly entries: () => unknown;
}

const kinds: Readonly<Record<string, Kind>> = {
  project: {
    googleRole: jobUser,
    resource: project,
    on: project,
    customRole: 'rolebridgeProjectEditor',
    permissions: ['resourcemanager.projects.getIamPolicy', 'resourcemanager.projects.setIamPolicy'],
    entries: () => cloud.google.project('acme-data').policy.bindings(),
  },
  bucket: {
    googleRole: 'roles/storage.objectViewer',
    resource: 'buckets/acme-in',
    on: 'b/acme-in',
    customRole: 'rolebridgeBucketEditor',
    permissions: ['storage.buckets.get', 'storage.buckets.getIamPolicy', 'storage.buckets.setIamPolicy'],
    entries: () => cloud.google.buckets.bucket('acme-in').policy.bindings(),
  },
  dataset: {
    googleRole: 'roles/bigquery.dataViewer',
    resource: `${project}/datasets/sales`,
    on: `${project}/datasets/sales`,
    customRole: 'rolebridgeDatasetEditor',
    permissions: [
      'bigquery.datasets.get',
      'bigquery.datasets.getIamPolicy',
      'bigquery.datasets.setIamPolicy',
    ],
    notShown: ['bigquery.datasets.get'],
    entries: () => cloud.google.datasets.dataset('acme-data', 'sales').access(),
  },
  secret: {
    googleRole: 'roles/secretmanager.secretAccessor',
    resource: `${project}/secrets/db-password`,
    on: `${project}/secrets/db-password`,
    customRole: 'rolebridgeSecretEditor',
    permissions: ['secretmanager.secrets.getIamPolicy', 'secretmanager.secrets.setIamPolicy'],
    entries: () => cloud.google.secretManager.secret('acme-data', 'db-password').policy.bindings(),
  },
  topic: {
    googleRole: 'roles/pubsub.publisher',
    resource: `${project}/topics/orders`,
    on: `${project}/topics/orders`,
    customRole: 'rolebridgeTopicEditor',
    permissions: ['pubsub.topics.getIamPolicy', 'pubsub.topics.setIamPolicy'],
    entries: () => cloud.google.pubsub.resource(`${project}/topics/orders`).policy.bindings(),
  },
  subscription: {
    googleRole: 'roles/pubsub.subscriber',
    resource: `${project}/subscriptions/orders-in`,
    on: `${project}/subscriptions/orders-in`,
    customRole: 'rolebridgeSubscriptionEditor',
    permissions: ['pubsub.subscriptions.getIamPolicy', 'pubsub.subscriptions.setIamPolicy'],
    entries: () => cloud.google.pubsub.resource(`${project}/subscriptions/orders-in`).policy.bindings(),
  },
};
const resourcesOf = (kind: Kind): string => `${kind.googleRole} on ${kind.resource}`;

let cloud: Cloud;
beforeEach(async () => {
  cloud = await startCloud({ settings: { sweep: { parameterReadsPerSecond: 1000 } } });
  addSampleResources(cloud.google, { project: 'acme-data', reader });
  await cloud.createRole('reports');
});
afterEach(() => cloud.close());

/** The owner of the resource runs the commands of docs/direct-access.md. */
const optIn = async ({ googleRole, resource }: Kind): Promise<void> => {
  cloud.reconfigure({
    allow: [
      {
        grant: googleRole,
        on: [resource],
        roles: ['reports'],
        ...(resource.startsWith('buckets/') ? { clientProject: 'acme-data' } : {}),
      },
    ],
  });
  const option =
    resource === project ? ['--opt-in-project-grants', 'acme-data'] : ['--opt-in-resource', resource];
  expect(await runHere(variablesOf(cloud), 'setup', '--yes', ...option)).toMatchObject({ status: 0 });
};
const give = async (kind: Kind): Promise<void> => {
  await cloud.tag('reports', { [key]: resourcesOf(kind) });
  await cloud.settled();
};
const take = async (): Promise<void> => {
  await cloud.untag('reports', key);
  await cloud.settled();
};
const failures = () =>
  cloud.outcomes().flatMap(({ type, detail }) => (type === 'Failed' ? [detail.reason] : []));
const isBound = ({ entries }: Kind): boolean => JSON.stringify(entries()).includes(`"${member}"`);

describe.each(Object.entries(kinds))('%s', (_, kind) => {
  const { customRole, permissions, notShown = [], on, entries } = kind;
  const roleName = `${project}/roles/${customRole}`;

  it('the opt-in is sufficient for reconcile and sweep, from grant to revocation, and each permission is used', async () => {
    await optIn(kind);
    const before = structuredClone(entries());
    const calls = cloud.google.calls.length;
    await give(kind);
    expect(isBound(kind)).toBe(true);
    expect(await cloud.invokeSweep()).toMatchObject({ drifted: [], blindSpots: [], notOptedIn: [] });
    await take();
    expect(entries()).toEqual(before);
    expect(cloud.outcomeTypes()).toEqual(['Granted', 'Revoked']);
    const used = cloud.google.calls
      .slice(calls)
      .flatMap(({ principal, permission = '', resource }) =>
        principal === own && resource === on && permission !== lister ? [permission] : [],
      );
    expect([...new Set(used)].toSorted()).toEqual(permissions.filter((one) => !notShown.includes(one)));
    expect(await permissionsOf(roleName)).toEqual(permissions);
  });

  it.each(permissions.filter((one) => !notShown.includes(one)))(
    'without %s: a grant fails and names what is missing, and no access that exists counts as gone',
    async (missing) => {
      await optIn(kind);
      const rest = permissions.filter((one) => one !== missing);
      cloud.google.addCustomRole(roleName, rest);
      await give(kind);
      expect(isBound(kind)).toBe(false);
      expect(failures()).toEqual([expect.stringContaining(missing)]);
      expect(cloud.parameterPlaces()).toEqual([]);

      cloud.google.addCustomRole(roleName, permissions);
      await cloud.sweep();
      expect(isBound(kind)).toBe(true);

      cloud.google.addCustomRole(roleName, rest);
      await take();
      expect(isBound(kind)).toBe(true);
      expect(cloud.outcomeTypes()).toEqual(['Failed', 'Drift Detected', 'Granted', 'Failed']);
    },
  );
});

/** In the form that Google shows to an administrator. */
const permissionsOf = async (customRole: string): Promise<unknown> => {
  const answer = await fetch(`${cloud.google.url}/v1/${customRole}`, {
    headers: { authorization: `Bearer ${cloud.google.adminToken}` },
  });
  const { includedPermissions } = (await answer.json()) as { readonly includedPermissions: unknown };
  return includedPermissions;
};

describe('the limit of the grant on a project', () => {
  const { project: kind } = kinds;
  if (kind === undefined) throw new Error('no project');

  /** Acts as rolebridge, but bypasses everything that rolebridge itself checks. */
  const bind = async (bindings: readonly object[]): Promise<number> => {
    const url = `${cloud.google.url}/v3/${project}`;
    const post = (method: string, body: object) =>
      fetch(`${url}:${method}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${cloud.google.issueToken(own)}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify(body),
      });
    const answer = await post('getIamPolicy', { options: { requestedPolicyVersion: 3 } });
    const policy = (await answer.json()) as { readonly bindings: readonly object[] };
    const { status } = await post('setIamPolicy', {
      policy: { ...policy, version: 3, bindings: [...policy.bindings, ...bindings] },
    });
    return status;
  };
  const eve = ['user:eve@example.com'];

  it('Google refuses to bind any other role, also beside one that is allowed, and to change our own grant', async () => {
    await optIn(kind);
    const before = kind.entries();
    const refused = [
      [{ role: 'roles/owner', members: eve }],
      [{ role: 'roles/bigquery.user', members: eve }],
      [
        { role: jobUser, members: eve },
        { role: 'roles/bigquery.user', members: eve },
      ],
      [{ role: `${project}/roles/rolebridgeProjectEditor`, members: [own] }],
      [{ role: `${project}/roles/rolebridgeEditor`, members: [own] }],
    ];
    for (const bindings of refused)
      expect({ bindings, status: await bind(bindings) }).toEqual({ bindings, status: 403 });
    expect(kind.entries()).toEqual(before);
    expect(await bind([{ role: jobUser, members: eve }])).toBe(200);
  });

  it('a rule that was added after the opt-in: the grant fails and names the command to run, and then succeeds', async () => {
    const logWriter = 'roles/logging.logWriter';
    await optIn(kind);
    cloud.reconfigure({ allow: [{ grant: logWriter, on: [project], roles: ['reports'] }] });
    await give({ ...kind, googleRole: logWriter });
    expect(failures()).toEqual([expect.stringContaining('--opt-in-project-grants acme-data')]);
    expect(isBound(kind)).toBe(false);
    await optIn({ ...kind, googleRole: logWriter });
    await cloud.sweep();
    expect(kind.entries()).toContainEqual({ role: logWriter, members: [member] });
    expect(kind.entries()).toContainEqual({
      role: `${project}/roles/rolebridgeProjectEditor`,
      members: [own],
      condition: limitCondition({ accountId: '111122223333', stage: 'prod' }, [logWriter]),
    });
  });
});
