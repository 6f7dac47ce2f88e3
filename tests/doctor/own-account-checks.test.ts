import { untilCondition, workloadIdentityUser } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import {
  checkFunctionAccess,
  checkLister,
  checkOptIn,
  type HeldRole,
  rolesGiven,
} from '../../shared/doctor/permissions.ts';
import { editorRole, listerRole } from '../../shared/setup/wanted.ts';
import { reader, roleRef, settings } from '../support/settings.ts';

const editorPermissions = editorRole('p').permissions;
const listerPermissions = listerRole('p').permissions;
const own = settings.google.serviceAccount;
const held = (permissions: readonly string[], isConditional = false): HeldRole => ({
  role: 'r',
  isConditional,
  permissions,
});

it('the roles that a policy gives somebody', () => {
  const condition = untilCondition('2030-01-01T00:00:00Z');
  expect(rolesGiven({}, 'user:a')).toEqual([]);
  expect(
    rolesGiven(
      {
        bindings: [
          { role: 'one', members: ['user:a'] },
          { role: 'two', members: ['user:b'] },
          { role: 'three', members: ['user:a'], condition },
        ],
      },
      'user:a',
    ),
  ).toEqual([
    { role: 'one', isConditional: false },
    { role: 'three', isConditional: true },
  ]);
});

describe('the opt-in of a target', () => {
  const judge = (roles: readonly HeldRole[], unread: readonly string[] = [], email = reader) =>
    checkOptIn(settings, 'prod', email, roles, unread);
  const [get = '', ...others] = editorPermissions;

  it('is there, by one role or by several', () => {
    const well = { status: 'ok', message: `${own} may edit the allow policy of ${reader}.` };
    expect(judge([held(editorPermissions)])).toEqual(well);
    expect(judge([held([get]), held(others)], ['unread'])).toEqual(well);
  });
  it('is not there: what is missing, and the two ways to give it', () => {
    expect(judge([held([get])])).toEqual({
      status: 'failed',
      message: `${own} may not edit the allow policy of ${reader}: iam.serviceAccounts.getIamPolicy, iam.serviceAccounts.setIamPolicy missing, in its allow policy and its project's. (What a folder, an organisation or a group gives is not looked at.)`,
      fix:
        `Its owner opts it in: rolebridge setup --opt-in ${reader}\n` +
        `Or: gcloud iam service-accounts add-iam-policy-binding ${reader} --role projects/acme-data/roles/rolebridgeEditor --member serviceAccount:${own}`,
    });
    expect(judge([], [], 'odd@example.com')).toMatchObject({
      fix: expect.stringContaining('projects/<project>/roles/rolebridgeEditor'),
    });
  });
  it('is there under a condition only', () => {
    expect(judge([held(editorPermissions, true)])).toMatchObject({
      status: 'warning',
      message: `${own} may edit the allow policy of ${reader} under a condition only, which may end.`,
    });
  });
  it('cannot be told where something could not be read', () => {
    expect(judge([held([get])], ['the project: 403', 'the role: 403'])).toEqual({
      status: 'unknown',
      message: `Not checked whether ${own} may edit the allow policy of ${reader}: the project: 403; the role: 403`,
    });
  });
});

it('the lister role on a project', () => {
  expect(checkLister(settings, 'prod', 'acme-data', [held(listerPermissions)], []).status).toBe('ok');
  expect(checkLister(settings, 'test', 'acme-data', [], [])).toMatchObject({
    status: 'failed',
    message: expect.stringContaining('may not list the service accounts of project acme-data'),
    fix: 'Give it its lister role: rolebridge setup --stage test',
  });
});

describe('who may act as rolebridge', () => {
  const refs = [roleRef('rb-reconcile'), roleRef('rb-sweep')];
  const members = refs.map((ref) => memberOf(settings, ref));
  const judge = (...bindings: readonly object[]) =>
    checkFunctionAccess(settings, 'prod', refs, {
      bindings: bindings.map((binding) => ({ role: workloadIdentityUser, members, ...binding })),
    });

  it('both functions', () => {
    expect(judge({})).toEqual({ status: 'ok', message: `rb-reconcile and rb-sweep may act as ${own}.` });
  });
  it('not one of them', () => {
    expect(judge({ members: members.slice(0, 1) })).toEqual({
      status: 'failed',
      message: `The function's role rb-sweep may not act as ${own}.`,
      fix:
        'Let it: rolebridge setup\n' +
        `Or: gcloud iam service-accounts add-iam-policy-binding ${own} --project acme-identity --role roles/iam.workloadIdentityUser --member ${members[1]}`,
    });
  });
  it('neither, where it is under a condition or another role', () => {
    expect(judge({ condition: untilCondition('2030-01-01T00:00:00Z') }).message.split('\n')).toHaveLength(2);
    expect(judge({ role: 'roles/viewer' }).status).toBe('failed');
  });
});
