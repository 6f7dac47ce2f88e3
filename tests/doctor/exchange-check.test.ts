import {
  cannotExchange,
  checkExchange,
  checkOwnExchange,
  roleNameOfSession,
} from '../../shared/doctor/exchange.ts';
import { accountId, reader, settings, writer } from '../support/settings.ts';

const identity = (arn: string) => ({ accountId, arn });
const session = identity(`arn:aws:sts::${accountId}:assumed-role/reports/i-1`);
const user = identity(`arn:aws:iam::${accountId}:user/alice`);

it('the role of a session', () => {
  expect(roleNameOfSession(session)).toBe('reports');
  expect(roleNameOfSession(user)).toBeUndefined();
});

describe('an exchange cannot be tried', () => {
  it('as a user', () => {
    expect(cannotExchange(user, [], [reader])).toEqual({
      status: 'unknown',
      message: `Not tried: this command runs as ${user.arn}, which is no session of a role.`,
      fix: 'Run it where the role runs: on an instance or in a task that has it.',
    });
  });
  it('as another role than the one that was named', () => {
    expect(cannotExchange(session, ['app-1', 'app-2'], [reader])?.message).toBe(
      'Not tried: this command runs as role reports, not as app-1 and app-2.',
    );
  });
  it('without a grant', () => {
    expect(cannotExchange(session, [], [])?.message).toBe(
      'Not tried: role reports, as which this command runs, has no grant and no published config.',
    );
  });
  it('but as the role itself', () => {
    expect(cannotExchange(session, ['reports'], [reader])).toBeUndefined();
  });
});

it('an exchange: given, or refused with the step and the words of Google', () => {
  expect(checkExchange('prod', 'reports', [{ email: reader, exchanged: { kind: 'given' } }])).toEqual({
    status: 'ok',
    message: `Role reports was given a token of ${reader}.`,
  });
  expect(
    checkExchange('prod', 'reports', [
      { email: reader, exchanged: { kind: 'given' } },
      { email: writer, exchanged: { kind: 'refused', step: 'impersonation', reason: '403 no' } },
    ]),
  ).toEqual({
    status: 'failed',
    message: `The impersonation for ${writer} was refused: 403 no`,
    fix: `See what that means: rolebridge explain "<Google's words>"\nA binding takes 2 to 7 minutes until it works everywhere.`,
  });
});

describe("the functions' way into Google", () => {
  const line = (at: string, text = 'rolebridge could not sign in to Google: no') => ({
    functionName: 'f',
    at,
    text,
  });
  it('is open, as far as state and logs tell', () => {
    expect(checkOwnExchange(settings, 'prod', [line('1', 'Task timed out')])).toMatchObject({
      status: 'ok',
      message: expect.stringMatching(/and no sign-in failed within 24 hours\.$/),
    });
    expect(checkOwnExchange(settings, 'prod', undefined)).toMatchObject({
      status: 'ok',
      message: expect.stringMatching(/; their logs could not be read\.$/),
    });
  });
  it('was closed within a day, last at', () => {
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
