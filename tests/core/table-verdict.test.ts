import {
  fittingUnseen,
  isJudged,
  readVerdict,
  stillUnseen,
  type TableVerdict,
  type Unseen,
  writeVerdict,
} from '../../shared/core/table-verdict.ts';

const none: Unseen = { resources: [], projects: [], pools: [], roles: [], accounts: [] };
const at = '2026-11-24T12:00:00Z';
const fresh: TableVerdict = { verdict: 'fresh', at, generation: 'g', unseen: { ...none, pools: ['p'] } };
const withUnseen = (unseen: unknown): string => JSON.stringify({ version: 1, ...fresh, unseen });
const account = (project: string) => `projects/${project}/serviceAccounts/x`;

describe('the body of a verdict', () => {
  it.each<TableVerdict>([
    { verdict: 'emptied', at },
    { verdict: 'answered', at, answeredBy: 'arn:aws:iam::111122223333:user/alice' },
    fresh,
    { ...fresh, unseen: { ...none, accounts: ['111122223333'] } },
  ])('is read as it was written: %j', (verdict) => {
    expect(readVerdict(writeVerdict(verdict))).toEqual(verdict);
  });

  it('is written as before AWS accounts could be unseen, as long as none is', () => {
    const body = writeVerdict({ ...fresh, unseen: { ...none, pools: ['p'] } });
    expect(body).not.toContain('accounts');
    expect(readVerdict(body)?.unseen).toEqual({ ...none, pools: ['p'] });
  });

  it.each([
    'x',
    '{"version":2,"verdict":"fresh","at":"2026-11-24T12:00:00Z"}',
    '{"version":1,"verdict":"good","at":"2026-11-24T12:00:00Z"}',
    '{"version":1,"verdict":"fresh","at":1}',
    '{"version":1,"verdict":"fresh","at":"noon"}',
    withUnseen({ ...none, pools: [1] }),
    withUnseen({ ...none, regions: [] }),
    withUnseen({ resources: [], projects: [], pools: [] }),
    withUnseen('all'),
  ])('is unreadable in any other shape: %s', (body) => {
    expect(readVerdict(body)).toBeUndefined();
  });
});

describe('whether a binding was judged', () => {
  const place = { resource: account('acme-data'), pool: 'q', role: 'aws:111122223333:r' };
  it.each<[boolean, Partial<Unseen>]>([
    [true, { resources: [account('other')], pools: ['p'], projects: ['other'], roles: ['s'] }],
    [false, { resources: [place.resource] }],
    [false, { pools: ['q'] }],
    [false, { roles: ['aws:111122223333:r'] }],
    [false, { accounts: ['111122223333'] }],
    [true, { accounts: ['444455556666'] }],
    [false, { projects: ['acme-data'] }],
    // It may be the number of any project.
    [false, { projects: ['123'] }],
  ])('%s if these were not seen: %j', (expected, unseen) => {
    expect(isJudged({ ...fresh, unseen: { ...none, ...unseen } }, 'g', place)).toBe(expected);
  });

  it.each(['123', '-'])('not in project %s, which may be any that was not listed', (project) => {
    const verdict: TableVerdict = { ...fresh, unseen: { ...none, projects: ['acme-data'] } };
    expect(isJudged(verdict, 'g', { ...place, resource: account(project) })).toBe(false);
    expect(isJudged({ ...fresh, unseen: none }, 'g', { ...place, resource: account(project) })).toBe(true);
  });

  it('not without a verdict, in an emptied table, or under another scope', () => {
    expect(isJudged(undefined, 'g', place)).toBe(false);
    expect(isJudged({ verdict: 'emptied', at }, 'g', place)).toBe(false);
    expect(isJudged(fresh, 'h', place)).toBe(false);
    expect(isJudged({ verdict: 'answered', at }, 'h', place)).toBe(true);
  });
});

describe('the bindings that are still to be judged', () => {
  const before: Unseen = { ...none, resources: ['a', 'b'], roles: ['r'] };
  const now: Unseen = { ...none, resources: ['c', 'b'], pools: ['p'] };

  it('are all those that the first sweep did not see', () => {
    expect(stillUnseen(undefined, { ...now, resources: ['c', 'b', 'c'] }, () => true)).toEqual({
      ...now,
      resources: ['b', 'c'],
    });
  });

  it('stay while none of them is seen, no matter what else is hidden now', () => {
    expect(stillUnseen(before, now, () => false)).toBe(before);
  });

  it('lose those that are seen, and gain those that were not seen with them', () => {
    const isSeen = (kind: keyof Unseen, name: string): boolean => kind === 'resources' && name === 'a';
    expect(stillUnseen(before, now, isSeen)).toEqual({
      ...none,
      resources: ['b', 'c'],
      pools: ['p'],
      roles: ['r'],
    });
  });
});

describe('the content of one item', () => {
  const many = (make: (n: number) => string) => Array.from({ length: 8_000 }, (_, n) => make(n));

  it('is named by account, or else by project', () => {
    const few: Unseen = { ...none, resources: [account('p')] };
    expect(fittingUnseen(few)).toBe(few);
    const resources = many((n) => `${account('p')}-of-a-rather-long-name-${n}`);
    expect(fittingUnseen({ ...none, resources, projects: ['a'] })).toEqual({ ...none, projects: ['a', 'p'] });
  });

  it('or nothing is concluded', () => {
    expect(
      fittingUnseen({ ...none, roles: many((n) => `aws:111122223333:a-rather-long-name-of-a-role-${n}`) }),
    ).toBe(undefined);
  });
});
