import { PermanentError, RetryableError } from '../../shared/core/errors.ts';
import { type Check, createChecker } from '../../shared/doctor/check.ts';
import { type Finding, failed, ok, unknown } from '../../shared/doctor/finding.ts';

const check = (id: string, run: () => Promise<Finding>, more: Partial<Check> = {}): Check => ({
  id,
  group: 'g',
  title: `the ${id}`,
  permission: 'x:Read',
  needs: [],
  causedBy: [],
  run,
  ...more,
});
const bad = () => Promise.resolve(failed('broken', 'fix it'));
const good = () => Promise.resolve(ok('well'));
const resultsOf = async (...checks: readonly Check[]) => {
  const make = createChecker(checks);
  return Promise.all(checks.map(make));
};

describe('each check is independent', () => {
  it('is unknown without the permission, and names it', async () => {
    const [denied, other] = await resultsOf(
      check('a', () => Promise.reject(new PermanentError('reading: AccessDenied'))),
      check('b', good),
    );
    expect(denied).toMatchObject({
      status: 'unknown',
      message: 'Not checked: reading: AccessDenied',
      fix: 'You need: x:Read',
    });
    expect(other).toEqual({ id: 'b', group: 'g', title: 'the b', status: 'ok', message: 'well' });
  });

  it('suggests another try after a temporary or an unexpected error', async () => {
    const results = await resultsOf(
      check('a', () => Promise.reject(new RetryableError('throttled'))),
      check('b', () => Promise.reject(new TypeError('oops'))),
    );
    expect(results).toMatchObject([
      { status: 'unknown', fix: 'Try again in a minute.' },
      { status: 'unknown', message: 'Not checked: oops', fix: 'Try again in a minute.' },
    ]);
  });
});

describe('one problem makes one check fail', () => {
  it('does not run checks that need it, and names the first cause', async () => {
    let looked = 0;
    const look = () => {
      looked += 1;
      return good();
    };
    const [, second, third] = await resultsOf(
      check('a', bad),
      check('b', look, { needs: ['a'] }),
      check('c', look, { needs: ['nowhere', 'b'] }),
    );
    const because = { status: 'unknown', message: 'Not checked, see "the a".', because: 'a' };
    expect([second, third]).toMatchObject([because, because]);
    expect(looked).toBe(0);
  });

  it('treats unknown like failed, but not a warning', async () => {
    const [, second, third] = await resultsOf(
      check('a', () => Promise.resolve(unknown('who knows'))),
      check('b', good, { needs: ['a'] }),
      check('c', good, { needs: ['d'] }),
      check('d', () => Promise.resolve({ status: 'warning', message: 'soon', fix: 'hurry' })),
    );
    expect(second).toMatchObject({ status: 'unknown', because: 'a' });
    expect(third).toMatchObject({ status: 'ok' });
  });

  it('keeps the message and the fix of a failure that may follow from it', async () => {
    const [, second, third, fourth] = await resultsOf(
      check('a', bad),
      check('b', bad, { causedBy: ['c', 'a'] }),
      check('c', good, { causedBy: ['a'] }),
      check('d', bad, { causedBy: ['c'] }),
    );
    expect(second).toMatchObject({
      status: 'unknown',
      message: 'broken\nThis may follow from "the a".',
      fix: 'fix it',
      because: 'a',
    });
    expect([third?.status, fourth?.status]).toEqual(['ok', 'failed']);
  });

  it('runs each check once, even if several need it', async () => {
    let made = 0;
    const first = check('a', () => {
      made += 1;
      return good();
    });
    await resultsOf(first, check('b', good, { needs: ['a'] }), check('c', good, { needs: ['a'] }));
    expect(made).toBe(1);
  });
});
