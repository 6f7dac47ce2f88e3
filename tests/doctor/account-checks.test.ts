import { checkOptIn, checkPrincipals, checkServiceAccount } from '../../shared/doctor/account-checks.ts';
import { failed, ok, warning } from '../../shared/doctor/finding.ts';
import type { HeldRole } from '../../shared/doctor/permissions.ts';
import { editorRole } from '../../shared/setup/custom-roles.ts';
import { reader, settings } from '../support/settings.ts';

const absent = { kind: 'absent' } as const;
const editorPermissions = editorRole('p').permissions;
const own = settings.google.serviceAccount;
const held = (permissions: readonly string[], isConditional = false): HeldRole => ({
  role: 'r',
  ...(isConditional ? { condition: { title: 'until' } } : {}),
  permissions,
});

describe('the opt-in of a target', () => {
  const judge = (roles: readonly HeldRole[], unread: readonly string[] = [], email = reader) =>
    checkOptIn(settings, 'prod', email, { held: roles, unread });
  const [get = '', ...others] = editorPermissions;

  it('is granted by one role or by several', () => {
    const well = { status: 'ok', message: `${own} may edit the allow policy of ${reader}.` };
    expect(judge([held(editorPermissions)])).toEqual(well);
    expect(judge([held([get]), held(others)], ['unread'])).toEqual(well);
  });
  it('is missing: names the permissions, and the two ways to grant them', () => {
    expect(judge([held([get])])).toEqual({
      status: 'failed',
      message: `${own} may not edit the allow policy of ${reader}: it lacks iam.serviceAccounts.getIamPolicy, iam.serviceAccounts.setIamPolicy. (Roles through folders, organizations and groups are not checked.)`,
      fix:
        `Its owner opts it in: rolebridge setup --opt-in ${reader}\n` +
        `Or: gcloud iam service-accounts add-iam-policy-binding ${reader} --project acme-data --role projects/acme-data/roles/rolebridgeEditor --member serviceAccount:${own} --condition None`,
    });
    expect(judge([], [], 'odd@example.com')).toMatchObject({
      fix: expect.stringContaining('projects/PROJECT/roles/rolebridgeEditor'),
    });
  });
  it('is granted only under a condition', () => {
    expect(judge([held(editorPermissions, true)])).toMatchObject({
      status: 'warning',
      message: `${own} may edit the allow policy of ${reader} only under a condition, which may end.`,
    });
  });
  it('is unknown if a policy or role could not be read', () => {
    expect(judge([held([get])], ['the project: 403', 'the role: 403'])).toEqual({
      status: 'unknown',
      message: `Not checked whether ${own} may edit the allow policy of ${reader}: the project: 403; the role: 403`,
    });
  });
});

it('a service account exists and is enabled', () => {
  expect(checkServiceAccount(reader, { kind: 'there', isDisabled: false, displayName: '' }, '')).toEqual(
    ok(`${reader} exists and is enabled.`),
  );
  expect(checkServiceAccount(reader, { kind: 'there', isDisabled: true, displayName: '' }, '')).toEqual(
    failed(
      `The service account ${reader} is disabled.`,
      `Enable it: gcloud iam service-accounts enable ${reader} --project acme-data`,
    ),
  );
  expect(checkServiceAccount(reader, absent, 'make it')).toEqual(
    failed(`The service account ${reader} does not exist.`, 'make it'),
  );
});

it('warns from 80 % of the principals of a policy on, and fails at 100 %', () => {
  const judge = (count: number) =>
    checkPrincipals(reader, {
      bindings: [
        { role: 'a', members: Array.from({ length: count - 1 }, (_, index) => `user:${index}`) },
        { role: 'b', members: ['user:0'] },
      ],
    });
  const fix = 'For further roles, use a second service account with the same access.';
  const message = `The allow policy of ${reader} holds`;
  expect(judge(1199)).toEqual(ok(`${message} 1199 of 1500 principals.`));
  expect(judge(1200)).toEqual(warning(`${message} 1200 of 1500 principals.`, fix));
  expect(judge(1499).status).toBe('warning');
  expect(judge(1500)).toEqual(failed(`${message} 1500 of 1500 principals: no role can be added.`, fix));
});
