import type { Change } from '../../shared/core/change.ts';
import { compare, type Estate } from '../../shared/core/compare.ts';
import { untilCondition } from '../../shared/core/iam-policy.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { accessEndedBy, suppress } from '../../shared/core/suppress.ts';
import { emailOf } from '../support/changes.ts';
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
const lost = (seen: Estate, using: Settings = settings) =>
  compare(using, seen, now).drifted.flatMap(({ revocations }) =>
    revocations.map(({ role, access }) => [role.roleName, access]),
  );
const bound = (...conditions: readonly (string | undefined)[]) =>
  policyOf(
    ...conditions.map((until) =>
      binding([reports], until === undefined ? {} : { condition: untilCondition(until) }),
    ),
  );

describe('the access that counts as revoked', () => {
  it('access of a role that no longer requests it', () => {
    const seen = snapshot({ roles: [present('reports')] }, { [readerPolicy]: bound(undefined) });
    expect(lost(seen)).toEqual([['reports', readerPolicy]]);
  });

  it('once for an account, regardless of the number of conditions under which the role is bound on it', () => {
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

  it('access that the guardrail no longer allows', () => {
    const seen = snapshot(
      { roles: [present('reports', { [key]: reader })] },
      { [readerPolicy]: bound(undefined) },
    );
    expect(lost(seen, { ...settings, allow: [] })).toEqual([['reports', readerPolicy]]);
  });

  it('but not the access of a role that is gone', () => {
    expect(lost(snapshot({}, { [readerPolicy]: bound(undefined) }))).toEqual([]);
  });

  it('unless its account is no longer configured: then the roles may well exist', () => {
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

  it('nor another condition on access that stays, nor a config that is removed', () => {
    const role = present('reports', { [key]: `${reader} until 2026-12-01` });
    const parameters = everywhere({ 'reports/x': configOf(writer) });
    const seen = snapshot({ roles: [role], parameters }, { [readerPolicy]: bound(undefined) });
    expect(lost(seen)).toEqual([]);
  });
});

const released = (...resources: readonly string[]) => ({ released: resources, mayLeave: [], grants: [] });
const all = { released: [], mayLeave: [], grants: 'all' } as const;

describe('the access that a drift may revoke', () => {
  const role = present('reports', { [key]: writer });
  const parameters = everywhere({ 'reports/default': configOf(reader) });
  const moving = snapshot({ roles: [role], parameters }, { [readerPolicy]: bound(undefined) });
  const plannedOf = (seen: Estate) => {
    const [one] = compare(settings, seen, now).drifted;
    if (one === undefined) throw new Error('nothing drifted');
    return { changes: one.drift.changes, roleAccess: one.roleAccess };
  };
  const kinds = (changes: readonly Change[]) => changes.map((change) => [change.kind, emailOf(change)]);

  it('everything, if someone requested it by a role event', () => {
    const { changes, roleAccess } = plannedOf(moving);
    expect(suppress(changes, all, roleAccess, now)).toEqual(changes);
  });

  it('access that was counted and released', () => {
    const { changes, roleAccess } = plannedOf(moving);
    expect(suppress(changes, released(readerPolicy), roleAccess, now)).toEqual(changes);
  });

  it('no other revocation, nor the config of access that is held: it stays unchanged', () => {
    const { changes, roleAccess } = plannedOf(moving);
    expect(kinds(changes)).toEqual([
      ['unbind', reader],
      ['bind', writer],
      ['publish', writer],
      ['publish', writer],
    ]);
    expect(kinds(suppress(changes, released(), roleAccess, now))).toEqual([['bind', writer]]);
    expect(kinds(suppress(changes, released(writerPolicy), roleAccess, now))).toEqual([['bind', writer]]);
  });

  it('nor an entry of access that is held, in any casing of the role; entries may be added', () => {
    const { changes, roleAccess } = plannedOf(moving);
    const ledger = (kind: 'list' | 'unlist', email: string): Change => ({
      kind,
      id: `${kind} ${email}`,
      grants: ['default'],
      access: serviceAccountResource(email),
      resource: serviceAccountResource(email),
      binding: {
        googleRole: 'roles/iam.workloadIdentityUser',
        resource: serviceAccountResource(email),
        member: 'x',
      },
    });
    const place = { region: 'us-east-1', name: '/google-access/reports/default' };
    const config: Change = {
      kind: 'unpublish',
      id: 'unpublish',
      grants: ['default'],
      behind: [serviceAccountResource(reader)],
      pool: '',
      ...place,
    };
    const together = [
      ...changes,
      config,
      ledger('unlist', reader),
      ledger('unlist', writer),
      ledger('list', reader),
    ];
    expect(kinds(suppress(together, released(), roleAccess, now))).toEqual([
      ['bind', writer],
      ['unlist', writer],
      ['list', reader],
    ]);
  });

  it('a binding that is only corrected', () => {
    const { changes, roleAccess } = plannedOf(
      snapshot(
        { roles: [present('reports', { [key]: `${reader} until 2026-12-01` })] },
        { [readerPolicy]: bound(undefined) },
      ),
    );
    // It is removed once its replacement exists.
    const bind = changes.find(({ kind }) => kind === 'bind')?.id;
    expect(bind).toBeDefined();
    expect(suppress(changes, released(), roleAccess, now)).toEqual(
      changes.map((change) => (change.kind === 'unbind' ? { ...change, after: bind } : change)),
    );
  });

  it('access that has ended by its own condition, no matter what happened to the tag', () => {
    const ended = snapshot(
      { roles: [present('reports')] },
      { [readerPolicy]: bound('2026-11-24T12:00:00Z') },
    );
    const { changes, roleAccess } = plannedOf(ended);
    expect(suppress(changes, released(), roleAccess, now)).toEqual(changes);
    expect(changes.flatMap((change) => accessEndedBy(change, roleAccess, now))).toEqual([]);
    const before = new Date(now.getTime() - 1);
    const [then] = compare(settings, ended, before).drifted;
    expect(then?.revocations).toHaveLength(1);
    expect(
      then === undefined ? [] : suppress(then.drift.changes, released(), then.roleAccess, before),
    ).toEqual([]);
  });

  it('not access under a condition that only looks like ours', () => {
    for (const condition of [
      { title: 'theirs', expression: 'request.time < timestamp("2020-01-01T00:00:00Z")' },
      { title: 'rolebridge-until', expression: 'true' },
      { title: 'rolebridge-until', expression: 'true || request.time < timestamp("2020-01-01T00:00:00Z")' },
      { title: 'rolebridge-until', expression: 'request.time < timestamp("2020-01-01T00:00:00Z") || true' },
      { title: 'rolebridge-until' },
    ]) {
      const seen = snapshot(
        { roles: [present('reports')] },
        { [readerPolicy]: policyOf(binding([reports], { condition })) },
      );
      const { changes, roleAccess } = plannedOf(seen);
      expect(suppress(changes, released(), roleAccess, now)).toEqual([]);
    }
  });
});
