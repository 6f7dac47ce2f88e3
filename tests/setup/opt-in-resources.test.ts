import type { CustomRoleState } from '../../shared/core/google-side.ts';
import type { AllowPolicy, Binding } from '../../shared/core/iam-policy.ts';
import type { AllowRule } from '../../shared/core/settings.ts';
import { titleOf } from '../../shared/setup/describe-step.ts';
import { gcloudScript } from '../../shared/setup/gcloud-script.ts';
import type { ObservedSetup } from '../../shared/setup/observe.ts';
import { parseResourceOptIns } from '../../shared/setup/options.ts';
import { planSetup } from '../../shared/setup/plan.ts';
import { planText } from '../../shared/setup/plan-text.ts';
import { servicesFor } from '../../shared/setup/services.ts';
import { settings } from '../support/settings.ts';
import { everything, heading, wantedOf } from '../support/setup-plan.ts';

const own = `serviceAccount:${settings.google.serviceAccount}`;
const rule = (grant: string, ...on: [string, ...string[]]): AllowRule => ({ grant, on, roles: ['app-*'] });
const resources = [
  'buckets/acme-in',
  'projects/acme-data/datasets/sales',
  'projects/acme-data/secrets/token',
  'projects/acme-data/topics/orders',
  'projects/acme-data/subscriptions/orders-in',
];
const allow = [
  rule('roles/storage.objectViewer', 'buckets/acme-in'),
  rule('roles/pubsub.viewer', ...(resources.slice(1) as [string])),
];
const withPolicies = (
  observed: ObservedSetup,
  ...rows: readonly (readonly [string, readonly Binding[]])[]
): ObservedSetup => ({
  ...observed,
  policies: new Map<string, AllowPolicy>([
    ...observed.policies,
    ...rows.map(([resource, bindings]): [string, AllowPolicy] => [
      resource,
      { bindings: [...(observed.policies.get(resource)?.bindings ?? []), ...bindings] },
    ]),
  ]),
});
const ready = (rules: readonly AllowRule[] = allow) => everything(wantedOf({ settings: { allow: rules } }));

describe('--opt-in-resource', () => {
  const wanted = () => wantedOf({ settings: { allow }, optInResources: resources });
  const empty = () => withPolicies(ready(), ...resources.map((resource) => [resource, []] as const));

  it('creates a role per kind in the resource’s project, and grants it on the resource alone', () => {
    expect(planSetup(wanted(), empty())).toMatchObject({ warnings: [], refusals: [] });
    expect(planText(planSetup(wanted(), empty()), heading)).toMatchInlineSnapshot(`
"Google project acme-identity (123456789012), AWS account 111122223333, stage prod

Project acme-data: rolebridge's access
  + create role rolebridgeBucketEditor
      storage.buckets.get
      storage.buckets.getIamPolicy
      storage.buckets.setIamPolicy
  + create role rolebridgeDatasetEditor
      bigquery.datasets.get
      bigquery.datasets.getIamPolicy
      bigquery.datasets.setIamPolicy
  + create role rolebridgeSecretEditor
      secretmanager.secrets.getIamPolicy
      secretmanager.secrets.setIamPolicy
  + create role rolebridgeTopicEditor
      pubsub.topics.getIamPolicy
      pubsub.topics.setIamPolicy
  + create role rolebridgeSubscriptionEditor
      pubsub.subscriptions.getIamPolicy
      pubsub.subscriptions.setIamPolicy
  + grant rolebridgeBucketEditor on buckets/acme-in
  + grant rolebridgeDatasetEditor on projects/acme-data/datasets/sales
  + grant rolebridgeSecretEditor on projects/acme-data/secrets/token
  + grant rolebridgeTopicEditor on projects/acme-data/topics/orders
  + grant rolebridgeSubscriptionEditor on projects/acme-data/subscriptions/orders-in

Plan: 10 to add, 0 to change."
`);
  });

  it('works as commands', () => {
    expect(gcloudScript(planSetup(wanted(), empty()), heading)).toMatchInlineSnapshot(`
"#!/bin/sh
# rolebridge setup --print gcloud: Google project acme-identity (123456789012), stage prod.
set -eu

# A new pool, role or service account is not known everywhere immediately.
retry() {
  for pause in 5 10 20 40; do
    "$@" && return
    sleep "$pause"
  done
  "$@"
}

# create role rolebridgeBucketEditor in project acme-data
gcloud iam roles create rolebridgeBucketEditor \\
  --project=acme-data \\
  --title='rolebridge bucket editor' \\
  --permissions=storage.buckets.get,storage.buckets.getIamPolicy,storage.buckets.setIamPolicy \\
  --stage=GA

# create role rolebridgeDatasetEditor in project acme-data
gcloud iam roles create rolebridgeDatasetEditor \\
  --project=acme-data \\
  --title='rolebridge dataset editor' \\
  --permissions=bigquery.datasets.get,bigquery.datasets.getIamPolicy,bigquery.datasets.setIamPolicy \\
  --stage=GA

# create role rolebridgeSecretEditor in project acme-data
gcloud iam roles create rolebridgeSecretEditor \\
  --project=acme-data \\
  --title='rolebridge secret editor' \\
  --permissions=secretmanager.secrets.getIamPolicy,secretmanager.secrets.setIamPolicy \\
  --stage=GA

# create role rolebridgeTopicEditor in project acme-data
gcloud iam roles create rolebridgeTopicEditor \\
  --project=acme-data \\
  --title='rolebridge topic editor' \\
  --permissions=pubsub.topics.getIamPolicy,pubsub.topics.setIamPolicy \\
  --stage=GA

# create role rolebridgeSubscriptionEditor in project acme-data
gcloud iam roles create rolebridgeSubscriptionEditor \\
  --project=acme-data \\
  --title='rolebridge subscription editor' \\
  --permissions=pubsub.subscriptions.getIamPolicy,pubsub.subscriptions.setIamPolicy \\
  --stage=GA

# grant rolebridgeBucketEditor on buckets/acme-in
retry gcloud storage buckets add-iam-policy-binding gs://acme-in \\
  --role=projects/acme-data/roles/rolebridgeBucketEditor \\
  --member=serviceAccount:rolebridge@acme-identity.iam.gserviceaccount.com \\
  --condition=None

# grant rolebridgeDatasetEditor on projects/acme-data/datasets/sales
# gcloud cannot. This statement also needs bigquery.datasets.update and, in the same project, bigquery.jobs.create; "rolebridge setup" itself does not.
retry bq --project_id=acme-data query --use_legacy_sql=false 'GRANT \`projects/acme-data/roles/rolebridgeDatasetEditor\` ON SCHEMA \`acme-data\`.sales TO "serviceAccount:rolebridge@acme-identity.iam.gserviceaccount.com"'

# grant rolebridgeSecretEditor on projects/acme-data/secrets/token
retry gcloud secrets add-iam-policy-binding token \\
  --project=acme-data \\
  --role=projects/acme-data/roles/rolebridgeSecretEditor \\
  --member=serviceAccount:rolebridge@acme-identity.iam.gserviceaccount.com \\
  --condition=None

# grant rolebridgeTopicEditor on projects/acme-data/topics/orders
retry gcloud pubsub topics add-iam-policy-binding orders \\
  --project=acme-data \\
  --role=projects/acme-data/roles/rolebridgeTopicEditor \\
  --member=serviceAccount:rolebridge@acme-identity.iam.gserviceaccount.com

# grant rolebridgeSubscriptionEditor on projects/acme-data/subscriptions/orders-in
retry gcloud pubsub subscriptions add-iam-policy-binding orders-in \\
  --project=acme-data \\
  --role=projects/acme-data/roles/rolebridgeSubscriptionEditor \\
  --member=serviceAccount:rolebridge@acme-identity.iam.gserviceaccount.com"
`);
  });

  it('has nothing to do the second time', () => {
    expect(planSetup(wanted(), everything(wanted()))).toEqual({ steps: [], warnings: [], refusals: [] });
  });

  it('refuses a resource that does not exist, before anything is changed', () => {
    const { refusals } = planSetup(wanted(), ready());
    expect(refusals).toEqual(
      resources.map((resource) => `${resource} does not exist. Create it, or correct --opt-in-resource.`),
    );
  });

  it('warns if no rule names the resource', () => {
    const { warnings } = planSetup(wantedOf({ optInResources: ['buckets/acme-in'] }), ready());
    expect(warnings).toEqual([
      'No rule of rolebridge.yml names buckets/acme-in, so no tag can request it. Add a rule with grant and on.',
    ]);
  });

  it.each([
    ['gs://acme-in', 'Write buckets/acme-in.'],
    ['projects/acme-data', 'Use --opt-in-project-grants acme-data'],
    ['reader@acme-data.iam.gserviceaccount.com', 'a service account is asked for by its e-mail'],
  ])('does not accept %s', (name, reason) => {
    expect(() => parseResourceOptIns([name])).toThrow(reason);
  });

  it('enables the APIs that the resources of rules and options need', () => {
    const base = servicesFor({ allow: [] });
    expect(servicesFor({ allow: [rule('roles/bigquery.jobUser', 'projects/acme-data')] })).toEqual(base);
    expect(servicesFor({ allow }, ['projects/acme-data/topics/more']).slice(base.length)).toEqual([
      'storage.googleapis.com',
      'bigquery.googleapis.com',
      'secretmanager.googleapis.com',
      'pubsub.googleapis.com',
    ]);
  });
});

describe('--opt-in-project-grants', () => {
  const jobUser = 'roles/bigquery.jobUser';
  const logWriter = 'roles/logging.logWriter';
  const role = 'projects/acme-data/roles/rolebridgeProjectEditor';
  const limited = (...roles: readonly string[]): Binding => ({
    role,
    members: [own],
    condition: {
      title: 'rolebridge of 111122223333/prod',
      expression: `api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([${roles.map((one) => `'${one}'`).join(', ')}])`,
    },
  });
  const held = {
    name: role,
    permissions: ['resourcemanager.projects.getIamPolicy', 'resourcemanager.projects.setIamPolicy'],
  };
  const wanted = (roles: readonly string[], isAsked = true) =>
    wantedOf({
      settings: { allow: roles.map((one) => rule(one, 'projects/acme-data')) },
      optInProjectGrants: isAsked ? ['222222222222'] : [],
    });
  const observed = (...bindings: readonly Binding[]): ObservedSetup => {
    const base = withPolicies(everything(wanted([jobUser, logWriter], false)), [
      'projects/acme-data',
      bindings,
    ]);
    const state = { kind: 'there', isDeleted: false, permissions: held.permissions } as const;
    return bindings.length === 0
      ? base
      : { ...base, customRoles: new Map<string, CustomRoleState>([...base.customRoles, [role, state]]) };
  };
  const titles = (...args: Parameters<typeof planSetup>) => planSetup(...args).steps.map(titleOf);

  it('grants a role under the limit of the rules’ roles', () => {
    const plan = planSetup(wanted([logWriter, jobUser]), observed());
    expect(plan.steps).toMatchObject([
      { kind: 'createCustomRole', ...held },
      {
        kind: 'bind',
        resource: 'projects/acme-data',
        role,
        member: own,
        condition: limited(jobUser, logWriter).condition,
      },
    ]);
    expect(plan.warnings).toEqual([
      `--opt-in-project-grants acme-data lets rolebridge give and revoke ${jobUser}, ${logWriter} on project acme-data, for anyone, and no other role. Anyone who controls rolebridge can do the same.`,
    ]);
    expect(planText(plan, heading)).toContain(
      `  + grant rolebridgeProjectEditor on project acme-data, limited\n      to changes of ${jobUser}, ${logWriter}`,
    );
    expect(gcloudScript(plan, heading)).toContain(
      `--condition='^;^expression=api.getAttribute('\\''iam.googleapis.com/modifiedGrantsByRole'\\'', []).hasOnly(['\\''${jobUser}'\\'', '\\''${logWriter}'\\''])`,
    );
  });

  it('refuses a project that no rule names', () => {
    expect(planSetup(wanted([]), observed()).refusals).toEqual([
      expect.stringContaining('no rule of rolebridge.yml names a Google role on projects/acme-data'),
    ]);
  });

  it('follows the rules later, without the option', () => {
    expect(titles(wanted([jobUser], false), observed())).toEqual([]);
    expect(titles(wanted([jobUser], false), observed(limited(jobUser)))).toEqual([]);
    expect(titles(wanted([jobUser, logWriter], false), observed(limited(jobUser)))).toEqual([
      'grant rolebridgeProjectEditor on project acme-data, limited',
      `revoke rolebridgeProjectEditor on project acme-data, limited to changes of ${jobUser}`,
    ]);
    expect(titles(wanted([], false), observed(limited(jobUser)))).toEqual([
      `revoke rolebridgeProjectEditor on project acme-data, limited to changes of ${jobUser}`,
    ]);
  });

  it('keeps the right to revoke a role that AWS roles still have, although no rule names it', () => {
    const member =
      'principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aws-roles/attribute.aws_role/arn:aws:sts::111122223333:assumed-role/app-web';
    const plan = planSetup(
      wanted([logWriter], false),
      observed(limited(jobUser, logWriter), { role: jobUser, members: [member] }),
    );
    expect(plan.steps).toEqual([]);
    expect(plan.warnings).toEqual([
      expect.stringContaining(`No rule names ${jobUser} on projects/acme-data any more`),
    ]);
  });

  it('removes a grant without a limit, and leaves that of another stage', () => {
    const others: Binding = {
      ...limited(logWriter),
      condition: { ...limited(logWriter).condition, title: 'rolebridge of 111122223333/test' },
    };
    expect(titles(wanted([jobUser], false), observed({ role, members: [own] }, others))).toEqual([
      'grant rolebridgeProjectEditor on project acme-data, limited',
      'revoke rolebridgeProjectEditor on project acme-data, not limited',
    ]);
  });

  it('warns if a project that only rules name cannot be read', () => {
    const unread = {
      ...observed(),
      unreadLimits: new Map([['acme-data', 'reading it: 403 Permission denied.']]),
    };
    expect(planSetup(wanted([jobUser], false), unread)).toMatchObject({
      steps: [],
      warnings: [expect.stringMatching(/^Not checked: .* 403 Permission denied\.$/)],
    });
  });
});

describe('rules with a Google role that is never granted', () => {
  const viewer = 'roles/storage.objectViewer';
  const wanted = () => wantedOf({ settings: { allow: [rule(viewer, 'buckets/acme-in')] } });
  const planned = (
    permissions: readonly string[] | undefined,
    grantable: ObservedSetup['rules']['grantable'] = new Map(),
  ) =>
    planSetup(wanted(), {
      ...everything(wanted()),
      rules: {
        googleRoles: new Map([
          [
            viewer,
            permissions === undefined
              ? ({ kind: 'absent' } as const)
              : ({ kind: 'read', permissions } as const),
          ],
        ]),
        grantable,
      },
    });
  const name = `allow[0] grant ${viewer} on buckets/acme-in`;

  it.each([
    [
      'a denied permission',
      ['storage.buckets.setIamPolicy'],
      'has storage.buckets.setIamPolicy, which is never granted',
    ],
    ['an unknown permission', ['storage.objects.explode'], 'has storage.objects.explode, which is not on'],
    ['a role that Google does not know', undefined, `Google knows no role ${viewer}.`],
  ])('are refused: %s', (_, permissions, reason) => {
    expect(planned(permissions).refusals).toEqual([
      expect.stringMatching(new RegExp(`^${name.replace('[0]', '\\[0\\]')}: .*${reason}`)),
    ]);
  });

  it('are refused if the resource does not accept the role', () => {
    const taken = new Map([
      ['buckets/acme-in', { kind: 'read', googleRoles: new Set(['roles/pubsub.viewer']) } as const],
    ]);
    expect(planned(['storage.objects.get'], taken).refusals).toEqual([
      `${name}: Google does not take ${viewer} on buckets/acme-in. These roles it takes: gcloud iam list-grantable-roles //storage.googleapis.com/projects/_/buckets/acme-in`,
    ]);
  });

  it('are not refused if Google does not show the role', () => {
    const unreadable = { kind: 'unreadable', reason: '403 Denied.' } as const;
    const plan = planned(['storage.objects.get'], new Map([['buckets/acme-in', unreadable]]));
    expect(plan.refusals).toEqual([]);
    expect(plan.warnings).toEqual([expect.stringContaining('403 Denied.')]);
  });
});
