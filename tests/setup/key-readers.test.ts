import type { AllowPolicy } from '../../shared/core/iam-policy.ts';
import { poolPath } from '../../shared/core/settings.ts';
import { titleOf } from '../../shared/setup/describe-step.ts';
import { gcloudScript } from '../../shared/setup/gcloud-script.ts';
import { parseKeyReaders } from '../../shared/setup/key-readers.ts';
import { planSetup } from '../../shared/setup/plan.ts';
import { planText } from '../../shared/setup/plan-text.ts';
import { undoTitle } from '../../shared/setup/undo/describe-step.ts';
import type { ObservedUndo } from '../../shared/setup/undo/observe.ts';
import { planUndo } from '../../shared/setup/undo/plan.ts';
import { undoScope } from '../../shared/setup/undo/scope.ts';
import { accountId, settings } from '../support/settings.ts';
import { everything, heading, ownMarker, wantedOf } from '../support/setup-plan.ts';

const group = 'group:security@acme.com';
const role = 'projects/acme-data/roles/rolebridgeKeyReader';

describe('--opt-in-keys', () => {
  const wanted = wantedOf({ keyReaders: [group] });
  const before = { ...everything(wantedOf()), withoutAnalyzer: ['acme-data'] };

  it('enables the API, creates a role that only reads, and grants it only to the member', () => {
    const plan = planSetup(wanted, before);
    expect(plan).toMatchObject({ warnings: [], refusals: [] });
    expect(planText(plan, heading)).toMatchInlineSnapshot(`
"Google project acme-identity (123456789012), AWS account 111122223333, stage prod

Project acme-data: people who read keys
  + enable APIs
      policyanalyzer.googleapis.com
  + create role rolebridgeKeyReader
      iam.serviceAccountKeys.list
      iam.serviceAccounts.list
      policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query
      policyanalyzer.serviceAccountLastAuthenticationActivities.query
  + let group:security@acme.com read service account keys and their last use in project acme-data

Plan: 3 to add, 0 to change."
`);
    expect(plan.steps.map(titleOf)).toMatchInlineSnapshot(`
[
  "enable APIs",
  "create role rolebridgeKeyReader in project acme-data",
  "let group:security@acme.com read service account keys and their last use in project acme-data",
]
`);
  });

  it('is not for rolebridge itself, whose functions never read keys', () => {
    const functionRole = `principalSet://iam.googleapis.com/${poolPath(settings)}/attribute.aws_role/arn:aws:sts::${accountId}:assumed-role/acme-rolebridge-prod-sweep`;
    for (const member of [
      `serviceAccount:${settings.google.serviceAccount}`,
      `serviceAccount:${settings.google.serviceAccount.toUpperCase()}`,
      functionRole,
    ])
      expect(() => wantedOf({ keyReaders: [group, member] })).toThrow(
        `--opt-in-keys ${member} is rolebridge itself`,
      );
    const other = functionRole.replace('rolebridge-prod-sweep', 'reports');
    expect(wantedOf({ keyReaders: [other] }).grants).toContainEqual(
      expect.objectContaining({ member: other }),
    );
  });

  it('works as commands', () => {
    expect(
      gcloudScript(planSetup(wanted, before), heading).split('\n\n').slice(-3).join('\n\n'),
    ).toMatchInlineSnapshot(`
"# enable APIs
gcloud services enable policyanalyzer.googleapis.com --project=acme-data

# create role rolebridgeKeyReader in project acme-data
gcloud iam roles create rolebridgeKeyReader \\
  --project=acme-data \\
  --title='rolebridge key reader' \\
  --permissions=iam.serviceAccountKeys.list,iam.serviceAccounts.list,policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query,policyanalyzer.serviceAccountLastAuthenticationActivities.query \\
  --stage=GA

# let group:security@acme.com read service account keys and their last use in project acme-data
retry gcloud projects add-iam-policy-binding acme-data \\
  --role=projects/acme-data/roles/rolebridgeKeyReader \\
  --member=group:security@acme.com \\
  --condition=None"
`);
  });

  it('does nothing the second time, and keeps the grant without the option', () => {
    expect(planSetup(wanted, everything(wanted)).steps).toEqual([]);
    expect(planSetup(wantedOf(), everything(wanted)).steps).toEqual([]);
  });

  it('grants rolebridge itself nothing', () => {
    const own = `serviceAccount:${settings.google.serviceAccount}`;
    expect(wanted.grants.filter((grant) => grant.role === role)).toMatchObject([{ member: group }]);
    expect(wanted.grants.filter(({ member }) => member === own)).toEqual(
      wantedOf().grants.filter(({ member }) => member === own),
    );
  });
});

it.each([
  'user:alice@acme.com',
  group,
  'serviceAccount:ci@acme-ci.iam.gserviceaccount.com',
  'principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/attribute.repository/acme/infra',
])('%s can read keys', (member) => {
  expect(parseKeyReaders([member, member])).toEqual([member]);
});

it.each([
  'alice@acme.com',
  'allUsers',
  'allAuthenticatedUsers',
  'domain:acme.com',
  'user:alice@acme.com,user:bob@acme.com',
  'user:$(id)@acme.com',
  'user:alice@acme.com\nuser:bob@acme.com',
  '',
])('%j cannot read keys', (member) => {
  expect(() => parseKeyReaders([member])).toThrow(/is not a member that can run/);
});

describe('the undo', () => {
  const scope = undoScope({
    settings: { ...settings, google: { ...settings.google, projects: ['acme-data'] } },
    stage: 'prod',
    commands: { revokeAll: 'rolebridge revoke --all', remove: 'rolebridge remove' },
    idOf: (named) => named,
    bucketProjects: new Map(),
  });
  const observed = (policies: readonly (readonly [string, AllowPolicy])[]): ObservedUndo => {
    const { customRoles } = everything(wantedOf({ keyReaders: [group] }));
    return {
      isDeployed: false,
      pool: { kind: 'there', isDeleted: false, isDisabled: false, description: ownMarker },
      providers: [],
      serviceAccount: { kind: 'absent' },
      customRoles: new Map([...customRoles].filter(([name]) => name === role)),
      policies: new Map(policies),
      blindSpots: [],
    };
  };
  const bindings = [{ role, members: [group, 'user:alice@acme.com'] }];

  it('removes every grant of the role, and deletes it', () => {
    const plan = planUndo(scope, observed([['projects/acme-data', { bindings }]]));
    expect(plan.warnings).toEqual([]);
    expect(plan.steps.map(undoTitle)).toEqual([
      'no longer let group:security@acme.com read service account keys in project acme-data',
      'no longer let user:alice@acme.com read service account keys in project acme-data',
      'delete role rolebridgeKeyReader in project acme-data',
      'delete pool aws-roles',
    ]);
  });

  it('leaves a grant in another place, and therefore the role', () => {
    const elsewhere = 'projects/acme-data/serviceAccounts/reader@acme-data.iam.gserviceaccount.com';
    const plan = planUndo(scope, observed([[elsewhere, { bindings }]]));
    expect(plan.warnings).toEqual([
      expect.stringMatching(/rolebridgeKeyReader .* stays, because it is granted to others/),
    ]);
    expect(plan.steps.map(undoTitle)).toEqual(['delete pool aws-roles']);
  });
});
