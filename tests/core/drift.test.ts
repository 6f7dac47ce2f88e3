import { driftDetail, emptyDrift } from '../../shared/core/drift.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { now, reader, reports, roleRef, writer } from '../support/settings.ts';

describe('the detail of a drift', () => {
  const change = { grants: ['default'], access: serviceAccountResource(reader) } as const;
  const drift = emptyDrift(reports);

  it('has empty lists if it only names its role', () => {
    const lists = ['changes', 'resources', 'strays', 'released', 'mayLeave', 'absent'];
    expect(driftDetail(drift, now)).toMatchObject(Object.fromEntries(lists.map((list) => [list, []])));
  });

  it('describes each change in one line, and two hundred at most', () => {
    const unbind = {
      ...change,
      kind: 'unbind',
      id: 'u',
      resource: serviceAccountResource(reader),
      edit: { kind: 'remove', role: 'roles/x', member: 'm' },
    } as const;
    const place = { id: 'p', region: 'us-east-1', name: '/a/b/c' } as const;
    const unpublish = { ...place, kind: 'unpublish', grants: ['default'], pool: '', behind: [] } as const;
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

  it('contains everything that reconcile has to read, and everything that the limit released', () => {
    const seen = {
      ref: reports,
      changes: [],
      resources: [serviceAccountResource(reader)],
      strays: [{ region: 'eu-west-3', name: '/a/b/c' }],
      released: [serviceAccountResource(writer)],
      mayLeave: [],
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
      driftDetail(drift, now),
      driftDetail({ ...drift, changes: [bind] }, now),
      driftDetail(emptyDrift(roleRef('other')), now),
      driftDetail(drift, new Date(0)),
    ];
    expect(new Set(details.map(({ id }) => id)).size).toBe(4);
    expect(driftDetail(drift, now).id).toBe(details[0]?.id);
  });

  it('distinguishes a role from its re-created namesake', () => {
    const ids = ['AROA1', 'AROA2'].map((roleId) => driftDetail({ ...drift, roleId }, now));
    expect(ids[0]?.role.roleId).toBe('AROA1');
    expect(ids[0]?.id).not.toBe(ids[1]?.id);
    expect(driftDetail(drift, now).role).toStrictEqual(reports);
  });
});
