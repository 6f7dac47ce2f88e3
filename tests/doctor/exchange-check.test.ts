import {
  cannotExchange,
  checkExchange,
  notListed,
  notRole,
  roleNameOfSession,
} from '../../shared/doctor/exchange-check.ts';
import { accountId, reader, writer } from '../support/settings.ts';

const readerTarget = { kind: 'serviceAccount', email: reader } as const;
const writerTarget = { kind: 'serviceAccount', email: writer } as const;
const direct = {
  kind: 'direct',
  googleRole: 'roles/storage.objectViewer',
  resource: 'buckets/acme-in',
} as const;
const identity = (arn: string) => ({ accountId, arn });
const session = identity(`arn:aws:sts::${accountId}:assumed-role/reports/i-1`);
const ref = { accountId, roleName: 'reports' };
const user = identity(`arn:aws:iam::${accountId}:user/alice`);

it('reads the role of a session', () => {
  expect(roleNameOfSession(session)).toBe('reports');
  expect(roleNameOfSession(user)).toBeUndefined();
});

describe('an exchange is not attempted', () => {
  it('as a user', () => {
    expect(notRole(user)).toEqual({
      status: 'unknown',
      message: `Not tried: this command runs as ${user.arn}, which is not a session of a role.`,
      fix: 'Run it where the role runs: on an instance or in a task that has it.',
    });
  });
  it('as a role other than the named one', () => {
    expect(cannotExchange(ref, ['app-1', 'app-2'], [readerTarget])?.message).toBe(
      'Not tried: this command runs as role reports, not as app-1 and app-2.',
    );
  });
  it('in an account that rolebridge.yml does not list', () => {
    expect(notListed('prod', '999988887777')).toEqual({
      status: 'unknown',
      message:
        'Not tried: this command runs in AWS account 999988887777, which rolebridge.yml does not list.',
      fix: 'If the account should use rolebridge, add it: rolebridge accounts --write',
    });
  });
  it('without a grant', () => {
    expect(cannotExchange(ref, [], [])?.message).toBe(
      'Not tried: this command runs as role reports, which has no grant and no published config.',
    );
  });
  it('except as the role itself', () => {
    for (const name of ['reports', 'Reports', `${accountId}/reports`])
      expect(cannotExchange(ref, [name], [readerTarget])).toBeUndefined();
    expect(cannotExchange(ref, ['444455556666/reports'], [readerTarget])?.status).toBe('unknown');
  });
});

it('reports the token, or the step that Google refused and its message', () => {
  expect(checkExchange('prod', 'reports', [{ target: readerTarget, exchanged: { kind: 'given' } }])).toEqual({
    status: 'ok',
    message: `Google gave role reports a token of ${reader}.`,
  });
  expect(
    checkExchange('prod', 'reports', [
      { target: readerTarget, exchanged: { kind: 'given' } },
      { target: writerTarget, exchanged: { kind: 'refused', step: 'impersonation', reason: '403 no' } },
    ]),
  ).toEqual({
    status: 'failed',
    message: `Google refused the impersonation for ${writer}: 403 no`,
    fix: `To see what that means: rolebridge explain "<Google's words>"\nA binding takes 2 to 7 minutes until it works everywhere.`,
  });
});

it('reports the permissions of a role with its own token, and what that does not prove', () => {
  expect(checkExchange('prod', 'reports', [{ target: direct, exchanged: { kind: 'given' } }])).toEqual({
    status: 'ok',
    message:
      'Google gave role reports a token of the pool. With its own token, it has roles/storage.objectViewer on buckets/acme-in.',
  });
  expect(
    checkExchange('prod', 'reports', [
      { target: readerTarget, exchanged: { kind: 'given' } },
      { target: direct, exchanged: { kind: 'unproven', reason: 'why' } },
    ]),
  ).toEqual({
    status: 'ok',
    message: `Google gave role reports a token of ${reader}.`,
    note: 'Not proven for roles/storage.objectViewer on buckets/acme-in: why',
  });
  expect(
    checkExchange('prod', 'reports', [
      { target: direct, exchanged: { kind: 'refused', step: 'access', reason: 'no' } },
    ]).message,
  ).toBe('Google refused the access for roles/storage.objectViewer on buckets/acme-in: no');
});
