import fc from 'fast-check';
import { brakeOf, type Revocation, revocationsHash } from '../../shared/core/brake.ts';
import { driftDetail } from '../../shared/core/drift.ts';
import { heldDetail } from '../../shared/core/held.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { now, reader, reports, roleRef, writer } from '../support/settings.ts';

const revocation = (name: string, email = reader): Revocation => ({
  role: roleRef(name),
  resource: serviceAccountResource(email),
});
const some = [revocation('a'), revocation('b'), revocation('a', writer)];

describe('the hash of the held revocations', () => {
  it('is the same in whatever order they were found', () => {
    const hash = revocationsHash(some);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(some, { minLength: some.length }),
        (shuffled) => revocationsHash(shuffled) === hash,
      ),
    );
  });

  it('is another one for one role, one account or one account id more, less or else', () => {
    const elsewhere = { ...revocation('a'), role: { ...roleRef('a'), accountId: '999988887777' } };
    const hashes = [
      some,
      some.slice(1),
      [...some, revocation('c')],
      [revocation('a', writer), ...some.slice(1)],
      [elsewhere, ...some.slice(1)],
    ].map(revocationsHash);
    expect(new Set(hashes).size).toBe(hashes.length);
    for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('the brake', () => {
  it('is released up to the limit', () => {
    expect(brakeOf(some, { limit: 3, isWhole: true, approvedHash: undefined })).toEqual({
      kind: 'released',
      count: 3,
    });
    expect(brakeOf([], { limit: 0, isWhole: true, approvedHash: undefined })).toEqual({
      kind: 'released',
      count: 0,
    });
  });

  it('is held beyond it, and names the plan', () => {
    const hash = revocationsHash(some);
    expect(brakeOf(some, { limit: 2, isWhole: true, approvedHash: undefined })).toEqual({
      kind: 'held',
      count: 3,
      limit: 2,
      hash,
    });
    expect(brakeOf(some, { limit: 2, isWhole: true, approvedHash: revocationsHash([]) })).toEqual({
      kind: 'held',
      count: 3,
      limit: 2,
      hash,
    });
  });

  it('is blind where not all roles were seen, since they could not be counted', () => {
    expect(brakeOf(some, { limit: 25, isWhole: false })).toEqual({ kind: 'blind', count: 3 });
    expect(brakeOf(some, { limit: 2, isWhole: false, approvedHash: revocationsHash(some) }).kind).toBe(
      'blind',
    );
    expect(brakeOf([], { limit: 0, isWhole: false })).toEqual({ kind: 'blind', count: 0 });
  });

  it('is released by the approval of this very plan', () => {
    expect(brakeOf(some, { limit: 2, isWhole: true, approvedHash: revocationsHash(some) })).toEqual({
      kind: 'released',
      count: 3,
    });
  });

  it('tells a hundred of its revocations at the most, and how to let them pass', () => {
    const many = Array.from({ length: 150 }, (_, index) => revocation(`app-${index}`));
    const brake = { kind: 'held', count: 150, limit: 25, hash: '3f2a49c8a6d4b1e0' } as const;
    const detail = heldDetail(brake, many, false, now);
    expect(detail.revocations).toHaveLength(100);
    expect(detail.revocations[99]).toEqual({ role: roleRef('app-99'), email: reader });
    expect(detail.reason).toContain('rolebridge sweep --approve 3f2a49c8a6d4b1e0');
    expect(detail).not.toHaveProperty('planned');
    expect(heldDetail(brake, many, true, now).planned).toBe(true);
  });

  it('is told under the hash of its plan, so that every sweep that is held tells the same news', () => {
    const brake = { kind: 'held', count: 1, limit: 0, hash: '3f2a49c8a6d4b1e0' } as const;
    expect(heldDetail(brake, [revocation('a')], false, now)).toEqual({
      version: 1,
      id: brake.hash,
      hash: brake.hash,
      count: 1,
      limit: 0,
      reason:
        'The sweep would take 1 accesses away; sweep.maxRevocations is 0, so it takes none. ' +
        'If that is intended (docs/operations.md, "The brake"), run "rolebridge sweep --approve 3f2a49c8a6d4b1e0"; ' +
        'else mend the tags or the guardrail.',
      revocations: [{ role: roleRef('a'), email: reader }],
      at: '2026-11-24T12:00:00.000Z',
    });
  });
});

describe('the detail of a drift', () => {
  const change = { grants: ['default'], email: reader } as const;
  const drift = { ref: reports, resources: [], strays: [], released: [], absent: [] };

  it('names each change in one line, two hundred at the most', () => {
    const unbind = {
      ...change,
      kind: 'unbind',
      id: 'u',
      resource: serviceAccountResource(reader),
      edit: { kind: 'remove', role: 'roles/x', member: 'm' },
    } as const;
    const place = { id: 'p', region: 'us-east-1', name: '/a/b/c' } as const;
    const unpublish = { ...place, kind: 'unpublish', grants: ['default'], pool: '', resources: [] } as const;
    const publish = {
      ...change,
      ...place,
      replaces: [],
      kind: 'publish',
      value: '',
      description: '',
      isNew: false,
    } as const;
    const bind = { ...unbind, kind: 'bind', edit: { ...unbind.edit, kind: 'add' } } as const;
    const detail = driftDetail({ ...drift, changes: [unbind, bind, publish, unpublish] }, now);
    expect(detail.changes).toEqual([
      `unbind ${reader}`,
      `bind ${reader}`,
      'publish us-east-1 /a/b/c',
      'unpublish us-east-1 /a/b/c',
    ]);
    const many = Array.from({ length: 300 }, () => unpublish);
    expect(driftDetail({ ...drift, changes: many }, now).changes).toHaveLength(200);
  });

  it('carries what reconcile has to look at, and what the brake holds', () => {
    const seen = {
      ref: reports,
      changes: [],
      resources: [serviceAccountResource(reader)],
      strays: [{ region: 'eu-west-3', name: '/a/b/c' }],
      released: [serviceAccountResource(writer)],
      absent: [serviceAccountResource(writer)],
    };
    const { ref, ...rest } = seen;
    expect(driftDetail(seen, now)).toEqual({
      ...rest,
      version: 1,
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      role: ref,
      at: '2026-11-24T12:00:00.000Z',
    });
  });

  it('has an id of its own for each role, plan and sweep', () => {
    const bind = {
      ...change,
      kind: 'bind',
      id: 'b',
      resource: serviceAccountResource(reader),
      edit: { kind: 'add', role: 'roles/x', member: 'm' },
    } as const;
    const details = [
      driftDetail({ ...drift, changes: [] }, now),
      driftDetail({ ...drift, changes: [bind] }, now),
      driftDetail({ ...drift, ref: roleRef('other'), changes: [] }, now),
      driftDetail({ ...drift, changes: [] }, new Date(0)),
    ];
    expect(new Set(details.map(({ id }) => id)).size).toBe(4);
    expect(driftDetail({ ...drift, changes: [] }, now).id).toBe(details[0]?.id);
  });

  it('tells a role from its namesake made anew', () => {
    const ids = ['AROA1', 'AROA2'].map((roleId) => driftDetail({ ...drift, roleId, changes: [] }, now));
    expect(ids[0]?.role.roleId).toBe('AROA1');
    expect(ids[0]?.id).not.toBe(ids[1]?.id);
    expect(driftDetail({ ...drift, changes: [] }, now).role).toStrictEqual(reports);
  });
});
