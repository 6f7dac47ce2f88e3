import { maxNamedAccounts, writeSweepMetrics } from '../../handlers/sweep-metrics.ts';
import type { SweepReport } from '../../shared/app/sweep.ts';

const empty: SweepReport = {
  rolesSeen: 3,
  parametersSeen: 0,
  policiesRead: 0,
  directAccess: new Map(),
  unreadableAccounts: [],
  notOptedIn: [],
  notReadable: [],
  pool: 'ours',
  drifts: [],
  limits: [],
  blindSpots: [],
  isTableEmptied: false,
  leftAlone: [],
  dropped: [],
};
const ids = (count: number) => Array.from({ length: count }, (_, index) => String(100_000_000_000 + index));

/** `name` or `name dimension=value`, with the value. */
const written = (report: SweepReport, hasAccounts = true): Readonly<Record<string, number>> => {
  const found: Record<string, number> = {};
  const writer = (dimension: string) => {
    let suffix = dimension;
    return {
      addMetric: (name: string, _unit: unknown, value: number) => {
        found[`${name}${suffix}`] = value;
        return undefined as never;
      },
      addDimension: (name: string, value: string) => {
        suffix = ` ${name}=${value}`;
        return undefined as never;
      },
    };
  };
  writeSweepMetrics({ ...writer(''), singleMetric: () => writer(' without a dimension') }, report, {
    seconds: 5,
    hasAccounts,
  });
  return found;
};
const namesOf = (found: Readonly<Record<string, number>>, metric: string) =>
  Object.keys(found).filter((name) => name.startsWith(`${metric} `));

it('one account writes no metric of accounts, and without direct access there is no metric of its kinds', () => {
  expect(written(empty, false)).toEqual({
    Drift: 0,
    RolesSeen: 3,
    RevocationsHeld: 0,
    SweepBlindSpots: 0,
    PoolNotOurs: 0,
    TableEmptied: 0,
    PolicyPrincipals: 0,
    SweepSucceeded: 1,
    SweepSeconds: 5,
  });
});

it('direct access has one metric for each kind of resource', () => {
  const directAccess = new Map([
    ['bucket', 4],
    ['topic', 0],
  ] as const);
  expect(written({ ...empty, directAccess })).toMatchObject({
    'DirectAccess kind=bucket': 4,
    'DirectAccess kind=topic': 0,
  });
});

describe('in an organization of a thousand accounts', () => {
  it('that no sweep can read, metrics name the first few, and count all', () => {
    const found = written({ ...empty, unreadableAccounts: ids(1000).toReversed() });
    expect(found['AccountsUnreadable']).toBe(1000);
    expect(namesOf(found, 'AccountUnreadable')).toEqual(
      ids(maxNamedAccounts).map((id) => `AccountUnreadable awsAccount=${id}`),
    );
  });

  it('that are all held, metrics name those with the most revocations, and count all', () => {
    const limits = ids(1000).map((accountId, index) => ({
      accountId,
      kind: 'held' as const,
      released: 0,
      approved: 0,
      held: index === 999 ? 900 : 30,
      limit: 25,
    }));
    const found = written({ ...empty, limits });
    expect(found['RevocationsHeld']).toBe(999 * 30 + 900);
    expect(namesOf(found, 'RevocationsHeldInAccount')).toEqual(
      ['100000000999', ...ids(maxNamedAccounts - 1)].map((id) => `RevocationsHeldInAccount awsAccount=${id}`),
    );
  });
});
