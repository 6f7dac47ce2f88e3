import { readFileSync } from 'node:fs';
import { PermanentError, RetryableError } from '../../shared/core/errors.ts';
import { stackNames } from '../../shared/core/stack.ts';
import { accountChecks } from '../../shared/doctor/account-checks.ts';
import { type Check, createChecker } from '../../shared/doctor/check.ts';
import type { Context } from '../../shared/doctor/context.ts';
import { once, oncePer } from '../../shared/doctor/context.ts';
import { exchangeCheck } from '../../shared/doctor/exchange-check.ts';
import { type Finding, failed, ok, unknown } from '../../shared/doctor/finding.ts';
import { ledgerChecks } from '../../shared/doctor/ledger-checks.ts';
import { stackChecks } from '../../shared/doctor/prerequisite-checks.ts';
import { googleChecks } from '../../shared/doctor/project-checks.ts';
import { roleChecks } from '../../shared/doctor/role-checks.ts';
import { reader } from '../support/settings.ts';

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
const bad = () => Promise.resolve(failed('broken', 'mend it'));
const good = () => Promise.resolve(ok('well'));
const resultsOf = async (...checks: readonly Check[]) => {
  const make = createChecker(checks);
  return Promise.all(checks.map(make));
};

describe('each check stands alone', () => {
  it('one that is not permitted is unknown, and names the permission', async () => {
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

  it('what may pass is worth another try; so is what nobody foresaw', async () => {
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

describe('one thing is broken, and one check is red', () => {
  it('what needs it is not looked at, and names the first cause', async () => {
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

  it('what is unknown is as good as missing; a warning is not', async () => {
    const [, second, third] = await resultsOf(
      check('a', () => Promise.resolve(unknown('who knows'))),
      check('b', good, { needs: ['a'] }),
      check('c', good, { needs: ['d'] }),
      check('d', () => Promise.resolve({ status: 'warning', message: 'soon', fix: 'hurry' })),
    );
    expect(second).toMatchObject({ status: 'unknown', because: 'a' });
    expect(third).toMatchObject({ status: 'ok' });
  });

  it('a failure that may follow from it keeps its words and its fix', async () => {
    const [, second, third, fourth] = await resultsOf(
      check('a', bad),
      check('b', bad, { causedBy: ['c', 'a'] }),
      check('c', good, { causedBy: ['a'] }),
      check('d', bad, { causedBy: ['c'] }),
    );
    expect(second).toMatchObject({
      status: 'unknown',
      message: 'broken\nThis may follow from "the a".',
      fix: 'mend it',
      because: 'a',
    });
    expect([third?.status, fourth?.status]).toEqual(['ok', 'failed']);
  });

  it('each check is made once, however many need it', async () => {
    let made = 0;
    const first = check('a', () => {
      made += 1;
      return good();
    });
    await resultsOf(first, check('b', good, { needs: ['a'] }), check('c', good, { needs: ['a'] }));
    expect(made).toBe(1);
  });
});

it('facts are read once, failures too', async () => {
  let reads = 0;
  const read = once(() => {
    reads += 1;
    return Promise.reject(new Error('no'));
  });
  await expect(read()).rejects.toThrow('no');
  await expect(read()).rejects.toThrow('no');
  const perKey = oncePer((key) => {
    reads += 1;
    return Promise.resolve(key);
  });
  expect([await perKey('a'), await perKey('b'), await perKey('a')]).toEqual(['a', 'b', 'a']);
  expect(reads).toBe(3);
});

describe('docs/doctor.md', () => {
  const context = { names: stackNames('prod'), stage: 'prod' } as Context;
  const checks = [
    ...stackChecks(context),
    ...ledgerChecks({ ...context, aws: {} } as Context),
    ...googleChecks(context, ['acme-data'], () => Promise.resolve([])),
    ...accountChecks(context, reader),
    ...roleChecks(context, { name: 'reports', emails: [reader], isNamed: true }),
    exchangeCheck(context, () => Promise.resolve({ kind: 'given' }), []),
  ];
  const rows = new Map(
    readFileSync('docs/doctor.md', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .map(([, id = '', , needs = '']) => [id.replaceAll('`', ''), needs]),
  );

  it.each(
    checks.filter(({ id }) => id !== 'exchange').map((one) => [one.id.split(':')[0] ?? '', one] as const),
  )('tells of %s, and which permission it needs', (kind, { permission }) => {
    expect(rows.get(kind)).toBeDefined();
    expect(permission.replace(` on ${reader}`, '')).toContain(rows.get(kind)?.split(' on it')[0] ?? '-');
  });

  it('tells of no check that there is not', () => {
    const kinds = new Set([...checks.map(({ id }) => id.split(':')[0] ?? ''), 'tagged-roles']);
    expect(
      [...rows.keys()].filter((id) => !kinds.has(id) && !/^(ok|warning|failed|unknown)$/.test(id)),
    ).toEqual([]);
  });

  it('what a check needs, and what excuses it, is a check', () => {
    const ids = new Set(checks.map(({ id }) => id));
    const named = checks.flatMap(({ needs, causedBy }) => [...needs, ...causedBy]);
    expect(named.filter((id) => !ids.has(id))).toEqual([]);
  });
});
