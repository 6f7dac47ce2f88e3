import type { Change, PolicyChange, Publish, Unpublish } from '../../shared/core/change.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { RoleState } from '../../shared/core/model.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import {
  type MayRevoke,
  mayRevokeOf,
  type RoleAccess,
  roleAccessOf,
  suppress,
} from '../../shared/core/suppress.ts';
import { now, reader, reports, settings, writer } from '../support/settings.ts';

const resource = serviceAccountResource(reader);
const other = serviceAccountResource(writer);
const present: RoleState = {
  kind: 'present',
  ref: reports,
  roleId: 'AROA1',
  arn: 'arn:aws:iam::111122223333:role/reports',
  tags: [],
};
const roleAccess: RoleAccess = {
  role: present,
  desired: { grants: [], refusals: [] },
  isConfigured: true,
  unwanted: new Set([resource, other]),
  bound: new Set(),
  toBind: new Set([resource]),
  gone: new Set(),
};
const nothing: MayRevoke = { released: [], mayLeave: [], grants: [] };
const bind: PolicyChange = {
  kind: 'bind',
  id: 'bind reader',
  grants: ['default'],
  access: resource,
  resource,
  edit: { kind: 'add', role: 'roles/iam.workloadIdentityUser', member: memberOf(settings, reports) },
};
const place = { region: 'us-east-1', name: '/google-access/reports/old' };
const unpublish: Unpublish = {
  kind: 'unpublish',
  id: 'unpublish',
  grants: ['old'],
  ...place,
  pool: 'p',
  behind: [resource],
};
const publish: Publish = {
  kind: 'publish',
  id: 'publish',
  grants: ['old'],
  ...place,
  access: other,
  value: '{}',
  description: '',
  isNew: false,
  replaces: [resource],
};
const waitsFor = (
  change: Publish | Unpublish,
  mayRevoke: MayRevoke = nothing,
  by: RoleAccess = roleAccess,
  changes: readonly Change[] = [bind, change],
) =>
  suppress(changes, mayRevoke, by, now).flatMap((one) =>
    one.id === change.id && 'afterAll' in one ? [one.afterAll] : [],
  );

describe('invariant 8: the last config of access that is bound again in the same plan', () => {
  it.each([unpublish, publish])('waits for that bind: $kind', (change) => {
    expect(waitsFor(change)).toEqual([['bind reader']]);
  });

  it('waits for no other bind', () => {
    const unrelated: PolicyChange = { ...bind, id: 'bind writer', access: other, resource: other };
    const by = { ...roleAccess, toBind: new Set([resource, other]) };
    expect(waitsFor(unpublish, nothing, by, [unrelated, bind, unpublish])).toEqual([['bind reader']]);
  });

  it('does not name the bind twice that it already waits for', () => {
    expect(waitsFor({ ...publish, after: bind.id })).toEqual([]);
  });

  it.each<[string, MayRevoke, RoleAccess]>([
    ['an event names its grant', { released: [], mayLeave: [], grants: ['old'] }, roleAccess],
    ['events name all of the role', { released: [], mayLeave: [], grants: 'all' }, roleAccess],
    ['the sweep released the access', { released: [resource], mayLeave: [], grants: [] }, roleAccess],
    ['the role is gone', nothing, { ...roleAccess, role: { kind: 'absent', ref: reports } }],
    ['the access has its binding', nothing, { ...roleAccess, bound: new Set([resource]) }],
    ['the access has ended', nothing, { ...roleAccess, unwanted: new Set([other]) }],
  ])('does not wait if %s', (_, mayRevoke, by) => {
    expect(waitsFor(unpublish, mayRevoke, by)).toEqual([]);
  });

  it('waits if the role is absent from an account that no one can read', () => {
    const by: RoleAccess = { ...roleAccess, role: { kind: 'absent', ref: reports }, isConfigured: false };
    expect(waitsFor(unpublish, nothing, by)).toEqual([['bind reader']]);
  });

  it('is left out if its access is not bound again', () => {
    const by = { ...roleAccess, toBind: new Set<string>() };
    expect(suppress([unpublish], nothing, by, now)).toEqual([]);
  });
});

describe('the access that a plan concerns', () => {
  const binding = { googleRole: 'roles/iam.workloadIdentityUser', resource, member: 'm' };
  const wanted = new Map([['key', { ...binding, grants: [] }]]);
  const until = (moment: string) => ({
    title: 'rolebridge-until',
    expression: `request.time < timestamp("${moment}")`,
  });

  it('a binding that a tag requests counts as bound only if it was found', () => {
    const found = new Map([['key', binding]]);
    const parts = { wanted, unwanted: [], policies: new Map() };
    expect([
      ...roleAccessOf(settings, present, roleAccess.desired, { ...parts, found }, [], now).bound,
    ]).toEqual([resource]);
    expect([
      ...roleAccessOf(settings, present, roleAccess.desired, { ...parts, found: new Map() }, [], now).bound,
    ]).toEqual([]);
  });

  it('access that has ended does not last, and each bind of the plan still has to be made', () => {
    const unwanted = [
      { ...binding, condition: until('2020-01-01T00:00:00Z') },
      { ...binding, resource: other, condition: until('2030-01-01T00:00:00Z') },
    ];
    const made = roleAccessOf(
      settings,
      present,
      roleAccess.desired,
      {
        wanted: new Map(),
        found: new Map(),
        unwanted,
        policies: new Map([
          [resource, { kind: 'absent' }],
          [other, { kind: 'unreadable' }],
        ]),
      },
      [bind, unpublish],
      now,
    );
    expect([[...made.unwanted], [...made.toBind], made.isConfigured]).toEqual([[other], [resource], true]);
    expect([...made.gone]).toEqual([resource]);
  });
});

it.each([
  ['google-access', ['default']],
  ['google-access/night', ['night']],
  // The grant "default" has the bare key alone, so this key requests nothing.
  ['google-access/default', []],
  ['google-accessory', []],
  ['google-accessory/night', []],
  ['google-access/', ['']],
])('invariant 8: an event that names the key %s may revoke the grants %j', (key, grants) => {
  expect(mayRevokeOf({ released: ['r'], mayLeave: [], namedKeys: [key] }, 'google-access')).toEqual({
    released: ['r'],
    mayLeave: [],
    grants,
  });
});

it('DeleteRole and CreateRole name all of the role', () => {
  expect(mayRevokeOf({ released: [], mayLeave: [], namedKeys: 'all' }, 'google-access').grants).toBe('all');
});

it('takes time in proportion to the changes, however many configs were planted', () => {
  let read = 0;
  const planted = Array.from({ length: 3_000 }, (_, index): Unpublish => {
    const { kind, ...change } = { ...unpublish, id: `unpublish ${index}`, behind: [] };
    return {
      ...change,
      get kind() {
        read += 1;
        return kind;
      },
    };
  });
  expect(suppress([bind, ...planted], nothing, roleAccess, now)).toHaveLength(3_001);
  expect(read).toBeLessThan(30 * planted.length);
});
