import fc from 'fast-check';
import { globMatches, globsMeet } from '../../shared/core/glob.ts';
import { desiredOf } from '../../shared/core/guardrail.ts';
import type { AllowRule, Settings } from '../../shared/core/settings.ts';
import { accountId, email, now, reader, reports, roleRef, settings } from '../support/settings.ts';

const ask = (
  value: string,
  allow: readonly AllowRule[] = settings.allow,
  ref = reports,
  more: Partial<Settings['google']> = {},
) =>
  desiredOf(
    { kind: 'present', ref, roleId: 'AROA1', arn: 'arn', tags: [{ key: 'google-access', value }] },
    { ...settings, allow, google: { ...settings.google, ...more } },
    now,
  );
const reasonOf = (...args: Parameters<typeof ask>) => ask(...args).refusals[0]?.reason;

describe('the guardrail', () => {
  it('allows what a rule names, and names the rule', () => {
    expect(ask(reader).grants).toEqual([
      {
        name: 'default',
        target: { kind: 'serviceAccount', email: reader },
        rule: 'allow[0] to *@acme-data.iam.gserviceaccount.com',
        tag: { key: 'google-access', value: reader },
      },
    ]);
  });

  it('denies by default', () => {
    expect(reasonOf(reader, [])).toContain(`no rule under "allow" names ${reader}`);
    expect(reasonOf(reader, settings.allow, roleRef('other'))).toContain(
      'are for other roles (app-*, reports)',
    );
    expect(reasonOf(reader, [{ to: reader, roles: ['*'], accounts: ['999999999999'] }])).toContain(
      'are for other roles (*) or accounts',
    );
  });

  it('matches accounts and roles exactly in case', () => {
    expect(ask(reader, [{ to: reader, roles: ['rep?rts'], accounts: [accountId] }]).grants).toHaveLength(1);
    expect(ask(reader, [{ to: reader, roles: ['Reports'] }]).grants).toHaveLength(0);
  });

  it('never grants access to rolebridge itself', () => {
    expect(
      ask(settings.google.serviceAccount, [{ to: '*', roles: ['*'] }], reports, {
        projects: ['acme-identity'],
      }).refusals[0]?.code,
    ).toBe('own-service-account');
  });

  it('refuses a Google role on a resource that no rule names', () => {
    expect(ask('roles/viewer on projects/acme-data').refusals[0]?.code).toBe('guardrail');
  });

  it.each([
    ['reader@other.iam.gserviceaccount.com', 'is in project other'],
    ['999-compute@developer.gserviceaccount.com', 'is in project 999'],
    ['reader@cloudservices.gserviceaccount.com', 'no project that its e-mail names'],
  ])('refuses accounts of projects that the sweep does not watch: %s', (target, reason) => {
    expect(reasonOf(target, [{ to: '*', roles: ['*'] }])).toContain(reason);
  });

  it.each([
    ['acme-data@appspot.gserviceaccount.com', settings.google.projects],
    ['reader@legacy.example.com.iam.gserviceaccount.com', settings.google.projects],
    ['123456789012-compute@developer.gserviceaccount.com', ['acme-identity']],
    ['42-compute@developer.gserviceaccount.com', ['42']],
  ])('knows the project of %s', (target, projects) => {
    expect(ask(target, [{ to: '*', roles: ['*'] }], reports, { projects }).grants).toHaveLength(1);
  });

  it('does not mistake the number of the identity project for permission', () => {
    expect(
      ask('123456789012-compute@developer.gserviceaccount.com', [{ to: '*', roles: ['*'] }]).refusals[0]
        ?.code,
    ).toBe('project');
  });
});

describe('maxDays', () => {
  const within = (days: number): AllowRule => ({ to: reader, roles: ['*'], maxDays: days });

  it.each([
    ['', undefined, 'names no "until"'],
    [' until 2026-12-05', undefined, 'ends at 2026-12-06T00:00:00Z'],
    [' until 2026-12-04', '2026-12-05T00:00:00Z', undefined],
    [' until 2026-11-24T12:00:01Z', '2026-11-24T12:00:01Z', undefined],
  ])('10 days from 2026-11-24:%s', (until, expiresAt, reason) => {
    const { grants, refusals } = ask(reader + until, [within(10)]);
    expect(grants[0]?.expiresAt).toBe(expiresAt);
    if (reason !== undefined)
      expect(refusals[0]?.reason).toMatch(new RegExp(`${reason}.*write ${reader} until 2026-12-04`));
  });

  it('the most generous rule decides, and names the latest date', () => {
    expect(reasonOf(reader, [within(10), within(20)])).toContain('2026-12-14');
    expect(ask(reader, [within(10), { to: reader, roles: ['*'] }]).grants[0]?.rule).toContain('allow[1]');
  });
});

describe('a date in the last year that Google knows', () => {
  it.each(['9999-12-31', '9999-12-31T23:59:59Z', '9999-12-30'])('%s is granted without maxDays', (until) => {
    expect(ask(`${reader} until ${until}`).grants[0]?.expiresAt).toMatch(/^9999-12-31T/);
  });

  it.each(['9999-12-31', '9999-12-30'])('%s exceeds any maxDays', (until) => {
    expect(reasonOf(`${reader} until ${until}`, [{ to: reader, roles: ['*'], maxDays: 3650 }])).toMatch(
      /ends at 9999-12-31T\d\d:\d\d:\d\dZ\. The latest date allowed today is 2036-11-21/,
    );
  });
});

describe('access that has ended', () => {
  it.each(['2026-11-23', '2026-11-24T12:00:00Z'])('%s is expired, so it is not granted', (until) => {
    expect(ask(`${reader} until ${until}`).refusals[0]).toMatchObject({
      code: 'expired',
      reason: expect.stringContaining('Set a later date'),
    });
  });
});

describe('globs', () => {
  const text = fc.string({ unit: fc.constantFrom(...'ab.+@=,-_1'), maxLength: 8 });
  const glob = fc.string({ unit: fc.constantFrom(...'ab.+@=,-_1**?'), minLength: 1, maxLength: 6 });
  const plain = (pattern: string, value: string): boolean =>
    new RegExp(
      `^${pattern.replaceAll(/[.+]/g, String.raw`\$&`).replaceAll('*', '.*').replaceAll('?', '.')}$`,
    ).test(value);

  it('know * and ? and take every other character literally', () => {
    fc.assert(
      fc.property(
        glob,
        text.filter((value) => !['', '.', '..'].includes(value)),
        (pattern, value) => globMatches(pattern, value) === plain(pattern, value),
      ),
      { numRuns: 2000 },
    );
  });

  it('is decided in time that many stars do not multiply', () => {
    expect(globMatches(`${'*a'.repeat(60)}*b`, 'a'.repeat(20_000))).toBe(false);
  });

  it.each([
    ['***b.c', 'bac', false],
    ['***b.c', 'xb.c', true],
    ['****@acme.iam', 'x@acmeXiam', false],
    ['*.*', 'a.', true],
    ['**.**', 'a.b', true],
  ])('a dot is a dot, no matter how many stars come before it: %s, %s', (pattern, value, matches) => {
    expect(globMatches(pattern, value)).toBe(matches);
  });

  // The file cannot contain them, because its schema forbids it. If that ever changes, a rule must not grow.
  it.each([
    ['!a', 'b'],
    ['{1..3}', '2'],
    ['?(a)', 'a'],
  ])('%s has no special meaning, unlike in other globs: %s', (pattern, value) => {
    expect(globMatches(pattern, value)).toBe(false);
  });

  it('two globs overlap if some text matches both', () => {
    fc.assert(
      fc.property(
        glob,
        glob,
        text,
        (a, b, value) => !(plain(a, value) && plain(b, value)) || globsMeet(a, b),
      ),
      { numRuns: 2000 },
    );
    const meet = (pairs: readonly (readonly [string, string])[]) => pairs.map(([a, b]) => globsMeet(a, b));
    expect(
      meet([
        ['a?c', 'abc'],
        ['a', '?'],
        ['', '**'],
        ['ab', 'a*'],
        ['*b', 'ab'],
      ]),
    ).toEqual([true, true, true, true, true]);
    expect(
      meet([
        ['a*', 'b*'],
        ['*a', 'b'],
        ['ab', 'a'],
        ['a', 'b*'],
      ]),
    ).toEqual([false, false, false, false]);
  });
});

describe('an account that is not configured', () => {
  it('desires nothing, and neither does a role that is gone', () => {
    expect(ask(reader, settings.allow, { ...reports, accountId: '999999999999' })).toEqual({
      grants: [],
      refusals: [],
    });
    expect(desiredOf({ kind: 'absent', ref: reports }, settings, now)).toEqual({ grants: [], refusals: [] });
  });
  it('service accounts of one project share its e-mail domain', () => {
    expect(email('x')).toBe('x@acme-data.iam.gserviceaccount.com');
  });
});
