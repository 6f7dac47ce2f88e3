import { spawnSync } from 'node:child_process';
import type { Binding } from '../../shared/core/iam-policy.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { functionRoleNames } from '../../shared/core/stack.ts';
import { undoTitle } from '../../shared/setup/undo/describe-step.ts';
import { undoScript } from '../../shared/setup/undo/gcloud-script.ts';
import type { ObservedUndo } from '../../shared/setup/undo/observe.ts';
import { planUndo } from '../../shared/setup/undo/plan.ts';
import { undoText } from '../../shared/setup/undo/plan-text.ts';
import { undoScope } from '../../shared/setup/undo/scope.ts';
import { accountId, reader, settings } from '../support/settings.ts';
import { awake, heading, ownMarker } from '../support/setup-plan.ts';

const own = settings.google.serviceAccount;
const ownMember = `serviceAccount:${own}`;
const ownResource = `projects/acme-identity/serviceAccounts/${own}`;
const readerResource = `projects/acme-data/serviceAccounts/${reader}`;
const role = (name: string, project = 'acme-data') => `projects/${project}/roles/rolebridge${name}`;
const set = 'principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools';
const awsRole = (name: string, pool = 'aws-roles') =>
  `${set}/${pool}/attribute.aws_role/arn:aws:sts::${accountId}:assumed-role/${name}`;
const user = 'roles/iam.workloadIdentityUser';
const acting: Binding = {
  role: user,
  members: functionRoleNames('prod', {}).map((name) => awsRole(name)),
};

const scopeOf = (changes: Partial<Settings> = {}) =>
  undoScope({
    settings: { ...settings, google: { ...settings.google, projects: ['acme-data'] }, ...changes },
    stage: 'prod',
    commands: { revokeAll: 'rolebridge revoke --all', remove: 'rolebridge remove' },
    idOf: (named) => named,
    bucketProjects: new Map([['buckets/acme-in', 'acme-data']]),
  });

/** Google as setup left it, with one account opted in. */
const made: ObservedUndo = {
  isDeployed: false,
  pool: { ...awake, description: ownMarker },
  providers: [
    `projects/123456789012/locations/global/workloadIdentityPools/aws-roles/providers/aws-${accountId}`,
  ],
  serviceAccount: { kind: 'there', isDisabled: false, displayName: 'rolebridge' },
  customRoles: new Map(
    scopeOf()
      .customRoles.filter(({ name }) => /acme-data.roles.rolebridge(Lister|Editor)$|PoolReader$/.test(name))
      .map(({ name, permissions }) => [name, { ...awake, permissions }]),
  ),
  policies: new Map([
    ['projects/acme-data', { bindings: [{ role: role('Lister'), members: [ownMember] }] }],
    [
      'projects/acme-identity',
      { bindings: [{ role: role('PoolReader', 'acme-identity'), members: [ownMember] }] },
    ],
    [readerResource, { bindings: [{ role: role('Editor'), members: [ownMember] }] }],
    [ownResource, { bindings: [acting] }],
  ]),
  blindSpots: [],
};
const withPolicy = (resource: string, ...bindings: readonly Binding[]): ObservedUndo => ({
  ...made,
  policies: new Map([
    ...made.policies,
    [resource, { bindings: [...(made.policies.get(resource)?.bindings ?? []), ...bindings] }],
  ]),
});
const plan = (observed: ObservedUndo, changes?: Partial<Settings>) => planUndo(scopeOf(changes), observed);
const titles = (observed: ObservedUndo, changes?: Partial<Settings>) =>
  plan(observed, changes).steps.map(undoTitle);

const gone = [
  `revoke rolebridgeEditor on ${reader}`,
  'revoke rolebridgeLister on project acme-data',
  'revoke rolebridgePoolReader on project acme-identity',
  'delete role rolebridgeLister in project acme-data',
  'delete role rolebridgeEditor in project acme-data',
  'delete role rolebridgePoolReader in project acme-identity',
];
const account = `delete service account ${own}`;
const stopActing = functionRoleNames('prod', {}).map(
  (name) => `no longer let the AWS role ${name} act as ${own}`,
);

describe('the undo removes what setup created', () => {
  it('grants first, then custom roles, the service account, and the pool with its providers', () => {
    expect(titles(made)).toEqual([...gone, account, 'delete pool aws-roles']);
    expect(plan(made)).toMatchObject({ warnings: [], refusals: [] });
    expect(undoText(plan(made), heading)).toMatchInlineSnapshot(`
"Undo setup in Google project acme-identity (123456789012), AWS account 111122223333, stage prod

Project acme-data: rolebridge's access
  - revoke rolebridgeEditor on reader@acme-data.iam.gserviceaccount.com
  - revoke rolebridgeLister on project acme-data
  - delete role rolebridgeLister
  - delete role rolebridgeEditor

Project acme-identity: rolebridge's access
  - revoke rolebridgePoolReader on project acme-identity
  - delete role rolebridgePoolReader

Project acme-identity: pool and identity
  - delete service account rolebridge@acme-identity.iam.gserviceaccount.com
  - delete pool aws-roles
      and its provider aws-111122223333

Plan: 8 to remove, 0 to change. The enabled APIs and rolebridge.yml stay as they are."
`);
  });

  it('as commands that a POSIX shell accepts', () => {
    const script = undoScript(plan(made), heading);
    expect(script).toMatchInlineSnapshot(`
"#!/bin/sh
# rolebridge setup --undo --print gcloud: Google project acme-identity (123456789012), stage prod.
set -eu

# revoke rolebridgeEditor on reader@acme-data.iam.gserviceaccount.com
gcloud iam service-accounts remove-iam-policy-binding reader@acme-data.iam.gserviceaccount.com \\
  --project=acme-data \\
  --role=projects/acme-data/roles/rolebridgeEditor \\
  --member=serviceAccount:rolebridge@acme-identity.iam.gserviceaccount.com \\
  --condition=None

# revoke rolebridgeLister on project acme-data
gcloud projects remove-iam-policy-binding acme-data \\
  --role=projects/acme-data/roles/rolebridgeLister \\
  --member=serviceAccount:rolebridge@acme-identity.iam.gserviceaccount.com \\
  --condition=None

# revoke rolebridgePoolReader on project acme-identity
gcloud projects remove-iam-policy-binding acme-identity \\
  --role=projects/acme-identity/roles/rolebridgePoolReader \\
  --member=serviceAccount:rolebridge@acme-identity.iam.gserviceaccount.com \\
  --condition=None

# delete role rolebridgeLister in project acme-data
gcloud iam roles delete rolebridgeLister --project=acme-data

# delete role rolebridgeEditor in project acme-data
gcloud iam roles delete rolebridgeEditor --project=acme-data

# delete role rolebridgePoolReader in project acme-identity
gcloud iam roles delete rolebridgePoolReader --project=acme-identity

# delete service account rolebridge@acme-identity.iam.gserviceaccount.com
gcloud iam service-accounts delete rolebridge@acme-identity.iam.gserviceaccount.com \\
  --project=acme-identity \\
  --quiet

# delete pool aws-roles
gcloud iam workload-identity-pools delete aws-roles \\
  --project=acme-identity \\
  --location=global \\
  --quiet"
`);
    expect(spawnSync('sh', ['-n'], { input: script }).status).toBe(0);
  });

  it('every opt-in that exists, on accounts and on whole projects, under any condition', () => {
    const condition = { title: 'a, trial', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' };
    const observed = withPolicy('projects/acme-data', {
      role: role('Editor'),
      members: ['user:z@acme.com', ownMember],
      condition,
    });
    expect(titles(observed)).toContain(
      'revoke rolebridgeEditor on the WHOLE project acme-data under the condition "a, trial"',
    );
    expect(undoScript(plan(observed), heading)).toContain(
      `--condition='^;^expression=request.time < timestamp("2030-01-01T00:00:00Z");title=a, trial'`,
    );
  });

  it('rows of a service account that someone deleted', () => {
    const bindings = [{ role: role('Editor'), members: [`deleted:${ownMember}?uid=1`] }];
    const observed: ObservedUndo = {
      ...made,
      serviceAccount: { kind: 'absent' },
      policies: new Map([[readerResource, { bindings }]]),
    };
    expect(titles(observed)).toEqual([gone[0], ...gone.slice(3), 'delete pool aws-roles']);
  });

  it('nothing, if nothing is left', () => {
    const deleted: ObservedUndo = {
      ...made,
      pool: { ...awake, isDeleted: true, description: ownMarker },
      providers: [],
      serviceAccount: { kind: 'absent' },
      customRoles: new Map(
        [...made.customRoles.keys()].map((name) => [name, { ...awake, isDeleted: true, permissions: [] }]),
      ),
      policies: new Map(),
    };
    const none: ObservedUndo = { ...deleted, pool: { kind: 'absent' }, customRoles: new Map() };
    for (const observed of [deleted, none]) {
      expect(plan(observed)).toEqual({ steps: [], warnings: [], refusals: [] });
      expect(undoText(plan(observed), heading)).toContain('Nothing to undo: nothing that setup made is left');
      expect(undoScript(plan(observed), heading)).toContain('# Nothing to undo.');
    }
  });
});

describe('the undo leaves, and reports,', () => {
  const expectKept = (observed: ObservedUndo, warning: string, steps: readonly string[]): void => {
    const found = plan(observed);
    expect(found.refusals).toEqual([]);
    expect(found.warnings.join('\n')).toContain(warning);
    expect(found.steps.map(undoTitle)).toEqual(steps);
  };

  it('the service account, its grants and the custom roles, if another stage uses them', () => {
    const dev = awsRole('rolebridge-dev-reconcile', 'aws-roles-dev');
    expectKept(
      withPolicy(ownResource, { role: user, members: [dev] }),
      `because another deployment uses the service account: ${dev}`,
      [...stopActing, 'delete pool aws-roles'],
    );
  });

  it("no name of the functions' roles, with any prefix that they had", () => {
    const former = awsRole('platform-rolebridge-prod-sweep');
    const admitted = withPolicy(ownResource, { role: user, members: [former] });
    expectKept(
      { ...admitted, serviceAccount: { kind: 'there', isDisabled: false, displayName: 'CI' } },
      'its display name is "CI"',
      [
        ...gone,
        ...stopActing,
        `no longer let the AWS role platform-rolebridge-prod-sweep act as ${own}`,
        'delete pool aws-roles',
      ],
    );
  });

  it('a service account that people may act as, but not its grants', () => {
    expectKept(
      withPolicy(ownResource, { role: 'roles/iam.serviceAccountTokenCreator', members: ['user:a@acme.com'] }),
      `${own} stays, because others may act as it: user:a@acme.com`,
      [...gone, ...stopActing, 'delete pool aws-roles'],
    );
  });

  it.each([
    ['', 'its display name is empty'],
    ['CI', 'its display name is "CI"'],
  ])('a service account that setup did not create (display name "%s")', (displayName, reason) => {
    expectKept({ ...made, serviceAccount: { kind: 'there', isDisabled: false, displayName } }, reason, [
      ...gone,
      ...stopActing,
      'delete pool aws-roles',
    ]);
  });

  it('grants of ours that setup did not make: they end with the service account', () => {
    expectKept(
      withPolicy('projects/acme-data', { role: 'roles/viewer', members: [ownMember] }),
      `${own} also has roles/viewer on project acme-data`,
      [...gone, account, 'delete pool aws-roles'],
    );
  });

  it('a custom role that someone changed', () => {
    const state = { ...awake, permissions: ['iam.serviceAccounts.list', 'storage.buckets.list'] };
    expectKept(
      { ...made, customRoles: new Map([...made.customRoles, [role('Lister'), state]]) },
      'Role rolebridgeLister of project acme-data stays: its permissions are not those that setup gives it',
      [
        ...gone.filter((title) => !title.startsWith('delete role rolebridgeLister')),
        account,
        'delete pool aws-roles',
      ],
    );
  });

  it('a custom role granted to others, such as the service account of another stage', () => {
    const other = 'serviceAccount:rolebridge-dev@acme-identity.iam.gserviceaccount.com';
    expectKept(
      withPolicy('projects/acme-data', { role: role('Lister'), members: [other] }),
      `because it is granted to others: ${other} on project acme-data`,
      [
        ...gone.filter((title) => !title.startsWith('delete role rolebridgeLister')),
        account,
        'delete pool aws-roles',
      ],
    );
  });

  it('a pool with a provider that rolebridge.yml does not name', () => {
    expectKept({ ...made, providers: [...made.providers, `${scopeOf().pool}/providers/github`] }, 'github', [
      ...gone,
      account,
    ]);
  });

  it('an adopted pool: only the marker is removed, and the text before it stays', () => {
    expectKept(
      { ...made, pool: { ...awake, description: `cloud team's | ${ownMarker}; adopted` } },
      'Pool aws-roles and its providers stay, because setup adopted the pool',
      [...gone, account, 'remove the marker of pool aws-roles'],
    );
    const { steps } = plan({
      ...made,
      pool: { ...awake, description: `cloud team's | ${ownMarker}; adopted` },
    });
    expect(steps.at(-1)).toMatchObject({ description: "cloud team's" });
  });

  it.each([
    ["cloud team's", '"cloud team\'s"'],
    ['', 'its description: none'],
    ['managed by rolebridge', '"managed by rolebridge"'],
  ])('a pool without a marker of this deployment (%s)', (description, text) => {
    expectKept({ ...made, pool: { ...awake, description } }, text, [...gone, account]);
  });

  it('access in a pool that others use, if the mode does not revoke', () => {
    const observed = withPolicy(readerResource, { role: user, members: [awsRole('reports')] });
    const adopted = { ...observed, pool: { ...awake, description: `${ownMarker}; adopted` } };
    expect(plan(adopted, { mode: 'upsert-only' })).toMatchObject({
      refusals: [],
      warnings: [
        expect.stringContaining(`${awsRole('reports')} has ${user} on ${reader}. It stays`),
        expect.anything(),
      ],
    });
    expect(plan({ ...observed, pool: { kind: 'absent' } }).warnings).toEqual([
      expect.stringContaining('It stays'),
    ]);
  });
});

describe('the undo refuses', () => {
  it('while the stack is deployed, with the commands to run first', () => {
    expect(plan({ ...made, isDeployed: true }).refusals).toEqual([
      `The stack of stage prod is deployed in AWS account ${accountId}, and its functions need Google's side. Revoke all access first (rolebridge revoke --all), then remove the stack (rolebridge remove).`,
    ]);
  });

  it.each([
    ['a pool of ours', ownMarker, 'sync', 'Revoke it first: rolebridge revoke --all'],
    ['a pool of ours', ownMarker, 'upsert-only', 'Mode upsert-only revokes nothing: set mode: sync'],
    ['an adopted pool', `${ownMarker}; adopted`, 'sync', 'Revoke it first: rolebridge revoke --all'],
  ] as const)('while access is left in %s (%s, mode %s)', (_, description, mode, next) => {
    const observed = withPolicy(readerResource, {
      role: user,
      members: [awsRole('reports'), 'user:a@acme.com'],
    });
    expect(plan({ ...observed, pool: { ...awake, description } }, { mode }).refusals).toEqual([
      expect.stringContaining(
        `${awsRole('reports')} has ${user} on ${reader}: this access would be left behind.`,
      ),
    ]);
    expect(plan({ ...observed, pool: { ...awake, description } }, { mode }).refusals[0]).toContain(next);
  });

  it('while other people have access through the pool that it would delete', () => {
    const member = `${set}/aws-roles/*`;
    expect(
      plan(withPolicy('projects/acme-data', { role: 'roles/viewer', members: [member] })).refusals,
    ).toEqual([
      `${member} has roles/viewer on project acme-data, which rolebridge did not grant: that access would end with pool aws-roles. Remove it by hand, or move it to another pool.`,
    ]);
  });

  it('in the pool of another stage', () => {
    const description = `managed by rolebridge; owner ${accountId}/dev`;
    expect(plan({ ...made, pool: { ...awake, description } }).refusals).toEqual([
      `Pool aws-roles belongs to rolebridge of ${accountId}/dev (AWS account and stage), and this is ${accountId}/prod. Pass its --stage, or correct google.pool in rolebridge.yml.`,
    ]);
  });

  it('if something could not be read', () => {
    const found = plan({ ...made, blindSpots: ['reading the allow policy of a: 403'] });
    expect(found.refusals).toEqual([
      'Could not be read, so access may be left there: reading the allow policy of a: 403',
    ]);
    expect(undoText(found, heading)).toContain('Refused:\n  Could not be read');
  });
});
