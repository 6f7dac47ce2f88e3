import { stringify } from 'yaml';
import { parseSettings } from '../shared/config/config.ts';
import { ConfigError } from '../shared/config/error.ts';
import { projectRoleNames } from '../shared/core/google-permissions.ts';

const minimal = {
  google: {
    project: 'acme-identity',
    projectNumber: '123456789012',
    pool: 'aws-roles',
    serviceAccount: 'rolebridge@acme-identity.iam.gserviceaccount.com',
    projects: ['acme-data'],
  },
  accounts: [{ id: '111122223333', provider: 'aws-111122223333' }],
  regions: ['us-east-1'],
};
const rule = {
  grant: 'roles/storage.objectViewer',
  on: ['buckets/acme-in'],
  clientProject: 'acme-data',
  roles: ['app-*'],
};
const errorsOf = (...rules: readonly object[]): readonly string[] => {
  try {
    parseSettings(stringify({ ...minimal, allow: rules }));
    return [];
  } catch (error) {
    return error instanceof ConfigError ? error.errors : [String(error)];
  }
};
const { clientProject: _, ...withoutProject } = rule;
const topic = { ...rule, grant: 'roles/pubsub.publisher', on: ['projects/acme-data/topics/orders'] };

describe('rules for Google roles on resources', () => {
  it('are read as they are written', () => {
    const full = {
      ...rule,
      alsoPermit: ['storage.objects.setRetention'],
      accounts: ['111122223333'],
      maxDays: 5,
    };
    const bare = { grant: 'roles/bigquery.jobUser', on: ['projects/acme-data'], roles: ['*'] };
    expect(parseSettings(stringify({ ...minimal, allow: [full, bare] })).allow).toEqual([full, bare]);
  });

  it.each<[string, object, string]>([
    [
      'neither to nor grant',
      { roles: ['*'] },
      'allow[0]: set exactly one of to (service accounts that may be asked for) and grant (a Google role, on the resources under on)',
    ],
    [
      'both',
      { ...rule, to: '*@acme-data.iam.gserviceaccount.com' },
      'allow[0]: set exactly one of to (service accounts that may be asked for) and grant (a Google role, on the resources under on)',
    ],
    [
      'on beside to',
      { to: '*@acme-data.iam.gserviceaccount.com', roles: ['*'], on: ['buckets/acme-in'] },
      'allow[0].on: is only for a rule with grant',
    ],
    [
      'alsoPermit beside to',
      { to: '*@acme-data.iam.gserviceaccount.com', roles: ['*'], alsoPermit: ['storage.objects.get'] },
      'allow[0].alsoPermit: is only for a rule with grant',
    ],
    [
      'clientProject beside to',
      { to: '*@acme-data.iam.gserviceaccount.com', roles: ['*'], clientProject: 'acme-data' },
      'allow[0].clientProject: is only for a rule with grant',
    ],
    [
      'no resource',
      { grant: rule.grant, roles: ['*'] },
      'allow[0]: lacks on: the resources that this Google role may be asked for on',
    ],
    [
      'a Google role without roles/',
      { ...rule, grant: 'storage.objectViewer' },
      'allow[0].grant: "storage.objectViewer" is not the full name of a Google role. Write roles/storage.objectViewer.',
    ],
    [
      'the Google role of service accounts',
      { ...rule, grant: 'roles/iam.workloadIdentityUser' },
      'allow[0].grant: to act as a service account is asked for by its e-mail: use to',
    ],
    [
      'a basic role',
      { ...rule, grant: 'roles/viewer' },
      'allow[0].grant: roles/viewer is a basic role, which is never granted: it permits something on everything in a project. Name a predefined role that permits only what is needed',
    ],
    [
      'a resource in another form',
      { ...rule, on: ['gs://acme-in'] },
      `allow[0].on[0]: "gs://acme-in" is not a resource's name here. Write buckets/acme-in.`,
    ],
    [
      'a glob',
      { ...rule, on: ['buckets/acme-*'] },
      `allow[0].on[0]: "buckets/acme-*" is not a resource's name. Write projects/PROJECT, buckets/BUCKET, projects/PROJECT/datasets/DATASET, projects/PROJECT/secrets/SECRET, projects/PROJECT/topics/TOPIC, projects/PROJECT/subscriptions/SUBSCRIPTION.`,
    ],
    [
      'a resource twice',
      { ...rule, on: ['buckets/acme-in', 'buckets/acme-in'] },
      'allow[0].on[1]: buckets/acme-in is listed twice',
    ],
    [
      'a whole project',
      { ...rule, on: ['projects/acme-data'] },
      `allow[0].on[0]: on a whole project, only these Google roles are granted: ${projectRoleNames().join(', ')}. Name a single resource`,
    ],
    [
      'a custom role of another project',
      { ...topic, grant: 'projects/acme-app/roles/mine' },
      'allow[0].on[0]: a custom role of project acme-app can be granted only in that project',
    ],
    [
      'a permission that is never granted',
      { ...rule, alsoPermit: ['storage.objects.get', 'storage.objects.setIamPolicy'] },
      'allow[0].alsoPermit[1]: storage.objects.setIamPolicy is never granted: it lets the role give access to anyone',
    ],
    [
      'a permission twice',
      { ...rule, alsoPermit: ['storage.objects.setRetention', 'storage.objects.setRetention'] },
      'allow[0].alsoPermit[1]: storage.objects.setRetention is listed twice',
    ],
    [
      'a bucket without a project for its clients',
      withoutProject,
      'allow[0]: lacks clientProject: the name of a bucket contains no project that its clients could use',
    ],
    [
      "a project's number for clients",
      { ...rule, clientProject: '123456789012' },
      'allow[0].clientProject: must be the id of a project',
    ],
    [
      'a limit where Google takes no condition',
      { ...topic, maxDays: 5 },
      'allow[0].maxDays: Google takes no condition on topics and subscriptions, so access to them cannot end by itself. Remove maxDays, or give them a rule of their own',
    ],
  ])('%s', (_name, wrong, error) => {
    expect(errorsOf(wrong)).toEqual([error]);
  });

  it.each<[string, object]>([
    ['a custom role of the same project', { ...topic, grant: 'projects/acme-data/roles/mine' }],
    [
      'a custom role of a project on a bucket, whose name contains no project',
      { ...rule, grant: 'projects/acme-app/roles/mine' },
    ],
    ['a custom role of an organization', { ...topic, grant: 'organizations/123/roles/mine' }],
    ['no project for clients of a topic', { ...topic, clientProject: undefined }],
  ])('valid: %s', (_name, right) => {
    expect(errorsOf(right)).toEqual([]);
  });

  it('a wildcard is not a permission', () => {
    expect(errorsOf({ ...rule, alsoPermit: ['storage.objects.*'] })).toContain(
      'allow[0].alsoPermit[0]: must be one permission such as storage.objects.setRetention',
    );
  });

  it('the same rule twice, in any order of its lists', () => {
    const one = {
      ...rule,
      on: ['buckets/acme-in', 'buckets/acme-out'],
      alsoPermit: ['storage.objects.setRetention', 'storage.buckets.update'],
    };
    const same = { ...one, on: one.on.toReversed(), alsoPermit: one.alsoPermit.toReversed() };
    expect(errorsOf(one, rule, same)).toEqual(['allow[2]: is the same rule as allow[0]']);
    expect(errorsOf(rule, { ...rule, clientProject: 'acme-ops' }, topic)).toEqual([]);
  });

  it('reports every error together, each at its line', () => {
    const text = `${stringify(minimal)}allow:
  - grant: storage.objectViewer
    on:
      - gs://acme-in
      - buckets/acme-in
    alsoPermit: [storage.objects.setIamPolicy]
    roles: [app-*]
  - roles: [app-*]
`;
    const first = text.split('\n').indexOf('allow:') + 2;
    try {
      parseSettings(text, 'rolebridge.yml');
      throw new Error('it was taken');
    } catch (error) {
      const lines = error instanceof ConfigError ? error.message.split('\n') : [String(error)];
      expect(lines.slice(1).map((line) => line.replace(/: [^:]*$/, ''))).toHaveLength(5);
      expect(lines.map((line) => /^ {2}rolebridge\.yml:(\d+):/.exec(line)?.[1])).toEqual([
        undefined,
        ...[first, first + 2, first, first + 4, first + 6].toSorted((a, b) => a - b).map(String),
      ]);
    }
  });
});
