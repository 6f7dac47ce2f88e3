import { ok, warning } from '../../shared/doctor/finding.ts';
import { checkErrors, isSignInFailure, quoted } from '../../shared/doctor/function-errors-check.ts';
import type { LogLine } from '../../shared/doctor/ports.ts';

describe('errors in the logs', () => {
  const line = (at: string, text: string): LogLine => ({ functionName: 'f', at, text });
  const signInFailure = line('2026-01-03', 'rolebridge could not sign in to Google: no');

  it('ignores sign-in failures at Google, which another check reports', () => {
    const none = ok('No function failed within 24 hours.');
    expect([checkErrors([]), checkErrors([signInFailure])]).toEqual([none, none]);
    expect(isSignInFailure(signInFailure)).toBe(true);
  });
  it('quotes the latest one, in any order', () => {
    expect(checkErrors([line('2026-01-02', 'second\n'), line('2026-01-01', 'first'), signInFailure])).toEqual(
      warning(
        '2 errors within 24 hours, the last one of f at 2026-01-02: second',
        'Read the log: aws logs tail /aws/lambda/f --since 1d --region us-east-1\nThen follow docs/operations.md.',
      ),
    );
    expect(checkErrors([line('2026-01-01', 'x')]).message).toMatch(/^1 error within/);
    expect(checkErrors([line('2026-01-01', 'first'), line('2026-01-02', 'second')]).message).toContain(
      'second',
    );
  });
  it('quotes one line of limited length', () => {
    expect(quoted(line('t', ' a\n\tb '))).toBe('f at t: a b');
    expect(quoted(line('t', 'x'.repeat(301)))).toBe(`f at t: ${'x'.repeat(300)}…`);
  });
});
