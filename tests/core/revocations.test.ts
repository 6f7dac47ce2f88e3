import { isRevocation, withhold } from '../../shared/core/brake.ts';
import { compare, type Snapshot } from '../../shared/core/compare.ts';
import { untilCondition } from '../../shared/core/iam-policy.ts';
import type { Change } from '../../shared/core/plan.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { now, reader, reports, roleRef, settings, writer } from '../support/settings.ts';
import {
  binding,
  configOf,
  everywhere,
  policyOf,
  present,
  readerPolicy,
  snapshot,
  writerPolicy,
} from '../support/snapshot.ts';

const key = 'google-access';
const lost = (seen: Snapshot, using: Settings = settings) =>
  compare(using, seen, now).flatMap(({ revocations }) =>
    revocations.map(({ role, resource }) => [role.roleName, resource]),
  );
const bound = (...conditions: readonly (string | undefined)[]) =>
  policyOf(
    ...conditions.map((until) =>
      binding([reports], until === undefined ? {} : { condition: untilCondition(until) }),
    ),
  );

describe('what counts as access taken away', () => {
  it('access of a role that no longer asks for it', () => {
    const seen = snapshot({ roles: [present('reports')] }, { [readerPolicy]: bound(undefined) });
    expect(lost(seen)).toEqual([['reports', readerPolicy]]);
  });

  it('once for an account, under however many conditions the role is bound on it', () => {
    const policy = bound(undefined, '2027-01-01T00:00:00Z');
    const seen = snapshot(
      { roles: [present('reports')] },
      { [readerPolicy]: policy, [writerPolicy]: bound(undefined) },
    );
    expect(lost(seen)).toEqual([
      ['reports', readerPolicy],
      ['reports', writerPolicy],
    ]);
  });

  it('what the guardrail no longer allows', () => {
    const seen = snapshot(
      { roles: [present('reports', { [key]: reader })] },
      { [readerPolicy]: bound(undefined) },
    );
    expect(lost(seen, { ...settings, allow: [] })).toEqual([['reports', readerPolicy]]);
  });

  it('but not the access of a role that is gone', () => {
    expect(lost(snapshot({}, { [readerPolicy]: bound(undefined) }))).toEqual([]);
  });

  it('unless its account is no longer configured: then the roles may well be there', () => {
    const seen = snapshot(
      { roles: [present('reports')] },
      { [readerPolicy]: policyOf(binding([reports, roleRef('app-1')])) },
    );
    expect(lost(seen, { ...settings, accounts: [] })).toEqual([
      ['app-1', readerPolicy],
      ['reports', readerPolicy],
    ]);
  });

  it('nor access that ended at its date, while other access of the role does count', () => {
    const role = present('reports', { [key]: `${reader} until 2026-11-23` });
    const policies = { [readerPolicy]: bound('2026-11-24T00:00:00Z'), [writerPolicy]: bound(undefined) };
    expect(lost(snapshot({ roles: [role] }, policies))).toEqual([['reports', writerPolicy]]);
  });

  it('nor another condition on access that stays, nor a config that is taken away', () => {
    const role = present('reports', { [key]: `${reader} until 2026-12-01` });
    const parameters = everywhere({ 'reports/x': configOf(writer) });
    const seen = snapshot({ roles: [role], parameters }, { [readerPolicy]: bound(undefined) });
    expect(lost(seen)).toEqual([]);
  });
});

describe('what the brake holds back', () => {
  const role = present('reports', { [key]: writer });
  const parameters = everywhere({ 'reports/default': configOf(reader) });
  const moving = snapshot({ roles: [role], parameters }, { [readerPolicy]: bound(undefined) });
  const planned = () => {
    const [one] = compare(settings, moving, now);
    if (one === undefined) throw new Error('nothing drifted');
    return { changes: one.drift.changes, desired: one.desired };
  };
  const kinds = (changes: readonly Change[]) => changes.map(({ kind, email }) => [kind, email]);

  it('nothing, where no account is held', () => {
    const { changes, desired } = planned();
    expect(withhold(changes, [], desired)).toBe(changes);
  });

  it('nothing, where another account is held', () => {
    const { changes, desired } = planned();
    expect(withhold(changes, [writerPolicy], desired)).toBe(changes);
  });

  it('a revocation, and all that waits for it: the record must not forget the account', () => {
    const { changes, desired } = planned();
    expect(kinds(changes)).toEqual([
      ['unbind', reader],
      ['publish', writer],
      ['publish', writer],
      ['bind', writer],
    ]);
    expect(withhold(changes, [readerPolicy], desired)).toEqual([]);
  });

  it('no narrower repair of access that stays', () => {
    const narrower = snapshot(
      { roles: [present('reports', { [key]: `${reader} until 2026-12-01` })] },
      { [readerPolicy]: bound(undefined) },
    );
    const [one] = compare(settings, narrower, now);
    if (one === undefined) throw new Error('nothing drifted');
    expect(withhold(one.drift.changes, [readerPolicy], one.desired)).toBe(one.drift.changes);
    expect(one.drift.changes.filter((change) => isRevocation(change, one.desired))).toEqual([]);
  });
});
