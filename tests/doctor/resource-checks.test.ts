import { failed, ok, unknown, warning } from '../../shared/doctor/finding.ts';
import {
  checkRuleResources,
  inspectedResources,
  resourcesAsked,
} from '../../shared/doctor/inspected-resources.ts';
import type { HeldRole } from '../../shared/doctor/permissions.ts';
import { checkGoogleRoles, checkResource } from '../../shared/doctor/resource-checks.ts';
import { checkProjectOptIn, checkResourceOptIn } from '../../shared/doctor/resource-opt-in.ts';
import { resourceEditorRole } from '../../shared/setup/custom-roles.ts';
import { limitCondition } from '../../shared/setup/limit.ts';
import { accountId, settings } from '../support/settings.ts';
import { key, roleCaseOf, withGrantRule } from './role-case.ts';

const own = settings.google.serviceAccount;
const bucket = 'buckets/acme-in';
const read = { kind: 'read', policy: {} } as const;
const held = (resource: string, condition?: HeldRole['condition']): HeldRole => ({
  role: 'r',
  permissions: resourceEditorRole('', resource).permissions,
  ...(condition === undefined ? {} : { condition }),
});

describe('a resource', () => {
  it('exists', () => {
    expect(checkResource(bucket, read)).toEqual(
      ok('buckets/acme-in exists, and has uniform bucket-level access.'),
    );
    expect(checkResource('projects/acme-data/secrets/db', read)).toEqual(
      ok('projects/acme-data/secrets/db exists.'),
    );
  });
  it('does not accept conditions', () => {
    expect(checkResource('projects/acme-data/topics/orders', read)).toMatchObject({
      status: 'ok',
      note: 'Google takes no condition on a topic, so a tag cannot name an end ("until") for access to it.',
    });
  });
  it('does not exist', () => {
    expect(checkResource(bucket, undefined)).toEqual(
      failed(
        'Google finds no buckets/acme-in.',
        'Create it, or correct the rules in rolebridge.yml and the tags that name it.',
      ),
    );
  });
  it('is a bucket that ignores federated roles', () => {
    expect(checkResource(bucket, { ...read, noBinds: 'why' })).toMatchObject({
      status: 'failed',
      fix: 'Its owner turns that on: gcloud storage buckets update gs://acme-in --uniform-bucket-level-access',
    });
  });
});

describe('the opt-in of a resource', () => {
  const judge = (roles: readonly HeldRole[], resource = bucket) =>
    checkResourceOptIn(settings, 'test', resource, { held: roles, unread: [] });
  it('is granted, or missing', () => {
    expect(judge([held(bucket)])).toEqual(ok(`${own} may edit the allow policy of buckets/acme-in.`));
    expect(judge([])).toEqual(
      failed(
        `${own} may not edit the allow policy of buckets/acme-in: it lacks storage.buckets.get, storage.buckets.getIamPolicy, storage.buckets.setIamPolicy. (Roles through folders, organizations and groups are not checked.)`,
        'Its owner opts it in: rolebridge setup --opt-in-resource buckets/acme-in --stage test',
      ),
    );
    expect(judge([held(bucket)], 'projects/acme-data/topics/orders').status).toBe('failed');
  });
});

describe('the opt-in of a whole project', () => {
  const project = 'projects/acme-data';
  const [user, viewer] = ['roles/bigquery.jobUser', 'roles/bigquery.readSessionUser'];
  const limit = (...roles: readonly string[]) => limitCondition({ accountId, stage: 'prod' }, roles);
  const rules = withGrantRule(user, project);
  const two = { ...rules, allow: [...rules.allow, ...withGrantRule(viewer, project).allow] };
  const judge = (roles: readonly HeldRole[], unread: readonly string[] = []) =>
    checkProjectOptIn(two, 'prod', project, { held: roles, unread });
  const fix = 'Its owner opts it in: rolebridge setup --opt-in-project-grants acme-data';

  it('names all Google roles of the rules, in one grant or in several', () => {
    const well = ok(`${own} may give ${user} and ${viewer} on projects/acme-data.`);
    expect(judge([held(project, limit(user, viewer))])).toEqual(well);
    expect(judge([held(project, limit(user)), held(project, limit(viewer))], ['unread'])).toEqual(well);
  });
  it('lacks one of them', () => {
    const message = `${own} may not give ${viewer} on projects/acme-data.`;
    expect(judge([held(project, limit(user))])).toEqual(failed(message, fix));
    expect(judge([held(project, limit(user)), { ...held(project, limit(viewer)), permissions: [] }])).toEqual(
      failed(message, fix),
    );
    expect(judge([held(project, limit(user))], ['the role: 403'])).toEqual(
      unknown(`Not checked whether ${own} may give ${viewer} on projects/acme-data: the role: 403`),
    );
  });
  it('does not count another condition as a limit', () => {
    expect(judge([held(project, { title: 'until' })]).status).toBe('failed');
  });
  it('has no limit', () => {
    expect(judge([held(project), held(project, limit(user, viewer))])).toEqual(
      warning(
        `${own} may give and revoke every Google role on projects/acme-data: its own grant there has no limit.`,
        `Limit it to the roles that rules name, and remove the grant without a condition. ${fix}`,
      ),
    );
  });
});

it("the Google roles of a resource follow setup's verdict on the rules", () => {
  expect(checkGoogleRoles('prod', bucket, { refusals: [], warnings: [] }).status).toBe('ok');
  expect(checkGoogleRoles('prod', bucket, { refusals: [], warnings: ['Not checked: x'] })).toEqual(
    unknown('Not checked: x'),
  );
  expect(checkGoogleRoles('prod', bucket, { refusals: ['a', 'b'], warnings: ['c'] })).toEqual(
    failed('a\nb', 'Correct the rule in rolebridge.yml, and deploy: npm run deploy'),
  );
});

describe('the resources to check', () => {
  const role = (...resources: readonly string[]) => ({ name: 'r', emails: [], resources, isNamed: false });
  const many = Array.from({ length: 30 }, (_, index) => `buckets/acme-${index}`);
  const [first = bucket, ...others] = many;
  const rules = withGrantRule('roles/storage.objectViewer', first, ...others);

  it('are those of the roles and the first ones of the rules, each once', () => {
    expect(inspectedResources(rules, [role(bucket, 'buckets/acme-1')], false)).toEqual([
      bucket,
      'buckets/acme-1',
      first,
      ...many.slice(2, 20),
    ]);
    expect(inspectedResources(rules, [role(bucket)], true)).toEqual([bucket]);
    expect(inspectedResources(undefined, [role(bucket)], false)).toEqual([bucket]);
  });
  it('include those for which rules name the Google roles of the tags, even if they are refused', () => {
    const { desired } = roleCaseOf({
      [key]: 'roles/storage.objectViewer on buckets/acme-2',
      [`${key}/other`]: 'roles/storage.objectUser on buckets/acme-3',
      [`${key}/odd`]: 'nonsense',
    });
    expect(desired.grants).toEqual([]);
    expect(resourcesAsked(rules, desired)).toEqual(['buckets/acme-2']);
  });
  it('are counted', () => {
    expect(checkRuleResources(1)).toEqual(ok('Rules name 1 resource for Google roles.'));
    expect(checkRuleResources(20)).not.toHaveProperty('note');
    expect(checkRuleResources(21)).toMatchObject({
      message: 'Rules name 21 resources for Google roles; the first 20 are checked.',
      note: expect.stringContaining('doctor --role'),
    });
  });
});
