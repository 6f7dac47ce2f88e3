import fc from 'fast-check';
import { reasonOfDenial } from '../../shared/core/denied-permissions.ts';
import { allowedPermissions, projectRoleNames } from '../../shared/core/google-permissions.ts';
import type { ResourceKind } from '../../shared/core/google-resource.ts';
import { type GoogleRoleState, judgeGoogleRole } from '../../shared/core/google-role.ts';
import { predefined, singleResources } from './google-roles.ts';

const kinds: readonly ResourceKind[] = ['project', ...singleResources];
const read = (permissions: readonly string[]): GoogleRoleState => ({ kind: 'read', permissions });
const judge = (role: string, kind: ResourceKind, alsoPermit?: readonly string[]) =>
  judgeGoogleRole(`roles/${role}`, kind, read(predefined[`roles/${role}`] ?? []), alsoPermit);

describe('Google roles that are granted', () => {
  it.each<[string, ResourceKind]>([
    ['storage.objectViewer', 'bucket'],
    ['storage.objectCreator', 'bucket'],
    ['storage.objectUser', 'bucket'],
    ['storage.bucketViewer', 'bucket'],
    ['storage.legacyBucketReader', 'bucket'],
    ['storage.legacyObjectReader', 'bucket'],
    ['bigquery.dataViewer', 'dataset'],
    ['bigquery.metadataViewer', 'dataset'],
    ['secretmanager.secretAccessor', 'secret'],
    ['secretmanager.viewer', 'secret'],
    ['secretmanager.secretVersionAdder', 'secret'],
    ['secretmanager.secretVersionManager', 'secret'],
    ['pubsub.publisher', 'topic'],
    ['pubsub.subscriber', 'topic'],
    ['pubsub.viewer', 'topic'],
    ['pubsub.subscriber', 'subscription'],
    ['pubsub.viewer', 'subscription'],
    ['bigquery.jobUser', 'project'],
    ['bigquery.readSessionUser', 'project'],
    ['serviceusage.serviceUsageConsumer', 'project'],
    ['logging.logWriter', 'project'],
    ['monitoring.metricWriter', 'project'],
    ['cloudtrace.agent', 'project'],
  ])('roles/%s on a %s', (role, kind) => {
    expect(judge(role, kind)).toEqual({ kind: 'allowed' });
  });
});

describe('Google roles that are never granted, and the permission that decides', () => {
  it.each<[string, ResourceKind, string]>([
    ['storage.objectAdmin', 'bucket', 'storage.managedFolders.setIamPolicy'],
    ['storage.admin', 'bucket', 'storage.buckets.setIamPolicy'],
    ['storage.hmacKeyAdmin', 'bucket', 'storage.hmacKeys.create'],
    ['storage.folderAdmin', 'bucket', 'storage.managedFolders.setIamPolicy'],
    ['storage.legacyBucketOwner', 'bucket', 'storage.buckets.createTagBinding'],
    ['storage.legacyObjectOwner', 'bucket', 'storage.objects.setIamPolicy'],
    ['bigquery.dataOwner', 'dataset', 'bigquery.datasets.setIamPolicy'],
    ['bigquery.connectionUser', 'dataset', 'bigquery.connections.use'],
    ['bigquery.admin', 'dataset', 'bigquery.datasets.setIamPolicy'],
    ['secretmanager.admin', 'secret', 'secretmanager.secrets.setIamPolicy'],
    ['pubsub.admin', 'topic', 'pubsub.topics.setIamPolicy'],
    ['pubsub.admin', 'subscription', 'pubsub.topics.setIamPolicy'],
    ['iam.workloadIdentityUser', 'project', 'iam.serviceAccounts.getAccessToken'],
    ['iam.serviceAccountTokenCreator', 'project', 'iam.serviceAccounts.getAccessToken'],
    ['iam.serviceAccountOpenIdTokenCreator', 'project', 'iam.serviceAccounts.getOpenIdToken'],
    ['iam.serviceAccountUser', 'project', 'iam.serviceAccounts.actAs'],
    ['iam.serviceAccountKeyAdmin', 'project', 'iam.serviceAccountKeys.create'],
    ['iam.serviceAccountApiKeyBindingAdmin', 'project', 'iam.serviceAccountApiKeyBindings.create'],
    ['iam.securityAdmin', 'project', 'resourcemanager.projects.setIamPolicy'],
    ['iam.roleAdmin', 'project', 'iam.roles.create'],
    ['iam.workloadIdentityPoolAdmin', 'project', 'iam.googleapis.com/workloadIdentityPools.create'],
    ['iam.workforcePoolAdmin', 'project', 'iam.googleapis.com/workforcePools.create'],
    ['iam.oauthClientAdmin', 'project', 'iam.googleapis.com/oauthClients.create'],
    ['iam.denyAdmin', 'project', 'iam.denypolicies.create'],
    ['iam.principalAccessBoundaryAdmin', 'project', 'iam.principalaccessboundarypolicies.bind'],
    ['resourcemanager.projectIamAdmin', 'project', 'resourcemanager.projects.setIamPolicy'],
    ['resourcemanager.tagUser', 'project', 'resourcemanager.tagValueBindings.create'],
    ['resourcemanager.projectMover', 'project', 'resourcemanager.projects.move'],
    ['orgpolicy.policyAdmin', 'project', 'orgpolicy.policies.create'],
    ['accesscontextmanager.policyEditor', 'project', 'accesscontextmanager.policies.update'],
    ['privilegedaccessmanager.admin', 'project', 'privilegedaccessmanager.entitlements.create'],
    ['serviceusage.apiKeysAdmin', 'project', 'apikeys.keys.create'],
    ['deploymentmanager.editor', 'project', 'deploymentmanager.deployments.create'],
    ['config.admin', 'project', 'config.deployments.create'],
    ['cloudbuild.builds.editor', 'project', 'cloudbuild.builds.create'],
    ['cloudbuild.builds.approver', 'project', 'cloudbuild.builds.approve'],
    ['run.developer', 'project', 'run.jobs.create'],
    ['run.jobsExecutorWithOverrides', 'project', 'run.jobs.runWithOverrides'],
    ['cloudfunctions.developer', 'project', 'cloudfunctions.functions.create'],
    ['compute.instanceAdmin.v1', 'project', 'compute.instances.create'],
    ['compute.osAdminLogin', 'project', 'compute.instances.osAdminLogin'],
    ['container.developer', 'project', 'container.pods.create'],
    ['appengine.deployer', 'project', 'appengine.versions.create'],
    ['dataflow.developer', 'project', 'dataflow.jobs.create'],
    ['dataproc.editor', 'project', 'dataproc.clusters.create'],
    ['workflows.invoker', 'project', 'workflows.executions.create'],
    ['cloudscheduler.admin', 'project', 'cloudscheduler.jobs.create'],
    ['notebooks.admin', 'project', 'notebooks.instances.create'],
    ['dataform.editor', 'project', 'dataform.workflowInvocations.create'],
    ['aiplatform.user', 'project', 'aiplatform.customJobs.create'],
  ])('roles/%s on a %s, for %s', (role, kind, permission) => {
    const reason = reasonOfDenial(permission);
    const denied = {
      kind: 'denied',
      reason: `roles/${role} has ${permission}, which is never granted: ${reason}.`,
    };
    expect(judge(role, kind)).toEqual(denied);
    expect(judge(role, kind, predefined[`roles/${role}`])).toEqual(denied);
  });

  it('a custom role that may update datasets: it could write their access lists', () => {
    const permissions = ['bigquery.datasets.get', 'bigquery.datasets.update'];
    expect(
      judgeGoogleRole('projects/acme-data/roles/mine', 'dataset', read(permissions), permissions),
    ).toEqual({
      kind: 'denied',
      reason:
        'projects/acme-data/roles/mine has bigquery.datasets.update, which is never granted: it lets the role give access to anyone.',
    });
  });

  it.each(['owner', 'editor', 'viewer', 'admin', 'writer', 'reader'])(
    'roles/%s is refused without reading its permissions',
    (name) => {
      for (const kind of kinds)
        expect(judgeGoogleRole(`roles/${name}`, kind, read(['storage.objects.get']))).toEqual({
          kind: 'denied',
          reason: `roles/${name} is a basic role: it permits something on everything in a project. Ask for a predefined role that permits only what is needed.`,
        });
    },
  );

  it.each([
    'pubsub.publisher',
    'storage.objectViewer',
    'browser',
    'run.invoker',
    'cloudfunctions.invoker',
    'compute.viewer',
    'aiplatform.viewer',
    'datastore.user',
    'bigquery.user',
    'logging.configWriter',
    'serviceusage.serviceUsageAdmin',
  ])('roles/%s on a whole project: it is not in the table', (role) => {
    expect(judge(role, 'project', predefined[`roles/${role}`])).toEqual({
      kind: 'denied',
      reason: `On a whole project, only these Google roles are granted: ${projectRoleNames().join(', ')}. Ask for roles/${role} on a single resource.`,
    });
  });

  it('a custom role that Google does not know is not granted again, and existing access stays', () => {
    expect(judgeGoogleRole('projects/acme-data/roles/mine', 'bucket', { kind: 'absent' })).toEqual({
      kind: 'unknown',
      reason: 'Google knows no role projects/acme-data/roles/mine.',
    });
  });
});

describe('Google roles with permissions that no list knows', () => {
  it.each<[string, ResourceKind, string]>([
    ['storage.legacyBucketWriter', 'bucket', 'storage.objects.setRetention'],
    ['bigquery.dataEditor', 'dataset', 'bigquery.routines.create, bigquery.routines.update'],
    ['bigquery.filteredDataViewer', 'dataset', 'bigquery.rowAccessPolicies.getFilteredData'],
    [
      'bigquery.user',
      'dataset',
      'bigquery.jobs.create, bigquery.jobs.list, bigquery.readsessions.create and 2 more',
    ],
    [
      'pubsub.editor',
      'topic',
      'pubsub.topics.create, pubsub.topics.delete, pubsub.topics.detachSubscription and 4 more',
    ],
    ['pubsub.publisher', 'bucket', 'pubsub.topics.publish'],
    ['secretmanager.secretAccessor', 'dataset', 'secretmanager.versions.access'],
    [
      'browser',
      'bucket',
      'resourcemanager.folders.get, resourcemanager.folders.list, resourcemanager.organizations.get and 1 more',
    ],
  ])('roles/%s on a %s waits for the owners of the file', (role, kind, unknown) => {
    const verdict = judge(role, kind);
    expect(verdict).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining(
        `roles/${role} has ${unknown}, which ${/[, ]/.test(unknown) ? 'are' : 'is'} not on rolebridge's list for a ${kind}.`,
      ),
    });
    expect('reason' in verdict && verdict.reason).toContain('under "alsoPermit"');
    expect(judge(role, kind, predefined[`roles/${role}`])).toEqual({ kind: 'allowed' });
  });

  it('a role without any permission waits, too: a proxy may have dropped them', () => {
    for (const kind of singleResources)
      expect(judgeGoogleRole('roles/storage.objectViewer', kind, read([]))).toEqual({
        kind: 'unknown',
        reason:
          'Google lists no permission of roles/storage.objectViewer, so it would permit nothing. Ask for another role, or correct this one.',
      });
  });
});

describe('Google roles that could not be read', () => {
  it('give the reason, if it is known', () => {
    expect(judgeGoogleRole('roles/storage.objectViewer', 'bucket', undefined)).toEqual({
      kind: 'unread',
      reason: 'The permissions of roles/storage.objectViewer could not be read.',
    });
    expect(
      judgeGoogleRole('roles/storage.objectViewer', 'bucket', { kind: 'unreadable', reason: 'HTTP 503.' }),
    ).toEqual({
      kind: 'unread',
      reason: 'The permissions of roles/storage.objectViewer could not be read: HTTP 503.',
    });
  });
});

describe('the lists', () => {
  const lists = kinds.flatMap((kind) =>
    (kind === 'project' ? projectRoleNames() : ['roles/any']).map(
      (role) => [role, kind, [...(allowedPermissions(kind, role) ?? [])]] as const,
    ),
  );

  it.each(lists)('the list of %s on a %s contains nothing that is never granted', (_, __, permissions) => {
    expect(permissions.filter((one) => reasonOfDenial(one) !== undefined)).toEqual([]);
    expect(permissions.length).toBeGreaterThan(0);
  });

  const everything = [...new Set([...Object.values(predefined), ...lists.map(([, , one]) => one)].flat())];
  const permission = fc.oneof(
    fc.constantFrom(...everything),
    fc.stringMatching(/^[a-z]{2,8}\.[a-zA-Z]{2,8}\.(get|list|use|create|setIamPolicy)$/),
    fc.constantFrom('*', 'storage.*', 'storage.objects.*'),
  );
  const name = fc.constantFrom(...Object.keys(predefined), 'projects/acme-data/roles/mine', 'roles/owner');

  it('nothing is granted that has a denied permission, or one that neither list nor rule has', () => {
    fc.assert(
      fc.property(
        name,
        fc.constantFrom(...kinds),
        fc.array(permission, { maxLength: 8 }),
        fc.array(permission, { maxLength: 8 }),
        (role, kind, permissions, alsoPermit) => {
          const verdict = judgeGoogleRole(role, kind, read(permissions), alsoPermit);
          if (permissions.some((one) => reasonOfDenial(one) !== undefined))
            expect(verdict.kind).toBe('denied');
          if (verdict.kind !== 'allowed') return;
          const listed = allowedPermissions(kind, role);
          expect(permissions.every((one) => listed?.has(one) === true || alsoPermit.includes(one))).toBe(
            true,
          );
          expect(permissions.length).toBeGreaterThan(0);
          if (kind === 'project') expect(projectRoleNames()).toContain(role);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
