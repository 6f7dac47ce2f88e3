import { untilCondition } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import {
  checkFunctionAccess,
  checkLister,
  checkOwnExchange,
} from '../../shared/doctor/own-account-checks.ts';
import type { HeldRole } from '../../shared/doctor/permissions.ts';
import { listerRole } from '../../shared/setup/custom-roles.ts';
import { roleRef, settings } from '../support/settings.ts';

const listerPermissions = listerRole('p').permissions;
const own = settings.google.serviceAccount;
const held = (permissions: readonly string[], isConditional = false): HeldRole => ({
  role: 'r',
  ...(isConditional ? { condition: { title: 'until' } } : {}),
  permissions,
});

it('the lister role on a project', () => {
  expect(
    checkLister(settings, 'prod', 'acme-data', { held: [held(listerPermissions)], unread: [] }).status,
  ).toBe('ok');
  expect(checkLister(settings, 'test', 'acme-data', { held: [], unread: [] })).toMatchObject({
    status: 'failed',
    message: expect.stringContaining('may not list the service accounts of project acme-data'),
    fix: 'Grant it the lister role: rolebridge setup --stage test',
  });
});

describe('the principals that may act as rolebridge', () => {
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
        'Allow it: rolebridge setup\n' +
        `Or: gcloud iam service-accounts add-iam-policy-binding ${own} --project acme-identity --role roles/iam.workloadIdentityUser --member ${members[1]} --condition None`,
    });
  });
  it('neither, if the binding has a condition or another role', () => {
    expect(judge({ condition: untilCondition('2030-01-01T00:00:00Z') }).message.split('\n')).toHaveLength(2);
    expect(judge({ role: 'roles/viewer' }).status).toBe('failed');
  });
});
describe('the functions’ sign-in to Google', () => {
  const line = (at: string, text = 'rolebridge could not sign in to Google: no') => ({
    functionName: 'f',
    at,
    text,
  });
  it('is ok if the state is right and no sign-in failed', () => {
    expect(checkOwnExchange(settings, 'prod', [line('1', 'Task timed out')])).toMatchObject({
      status: 'ok',
      message: expect.stringMatching(/and no sign-in failed within 24 hours\.$/),
    });
    expect(checkOwnExchange(settings, 'prod', undefined)).toMatchObject({
      status: 'ok',
      message: expect.stringMatching(/; their logs could not be read\.$/),
    });
  });
  it('failed within a day: quotes the latest failure', () => {
    for (const lines of [
      [line('2'), line('1')],
      [line('1'), line('2')],
    ])
      expect(checkOwnExchange(settings, 'prod', lines)).toMatchObject({
        status: 'warning',
        message: expect.stringContaining('last f at 2: rolebridge could not sign in'),
        fix: expect.stringMatching(/rolebridge sweep\nIf not: rolebridge explain/),
      });
  });
});
