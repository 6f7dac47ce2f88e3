import { wantedBindings } from '../../shared/core/bindings.ts';
import { withoutBlocked } from '../../shared/core/blocked.ts';
import { type Condition, untilCondition } from '../../shared/core/iam-policy.ts';
import type { BindingId } from '../../shared/core/ledger.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { Blocked, Grant } from '../../shared/core/model.ts';
import type { ObservedPolicy } from '../../shared/core/observed.ts';
import { now, reports, settings } from '../support/settings.ts';

const resource = 'buckets/acme-in';
const grantWith = (blocked?: Blocked): Grant => ({
  name: 'in',
  target: { kind: 'direct', googleRole: 'roles/storage.objectViewer', resource },
  rule: 'allow[0]',
  tag: { key: 'google-access/in', value: 'x' },
  ...(blocked === undefined ? {} : { blocked }),
});
const read: ObservedPolicy = { kind: 'read', policy: {} };
const boundUnder = (condition: Condition | undefined): ReadonlyMap<string, BindingId> =>
  new Map(
    [...wantedBindings(settings, reports, { grants: [grantWith()] })].map(([key, binding]) => [
      key,
      { ...binding, ...(condition === undefined ? {} : { condition }) },
    ]),
  );
const left = (grant: Grant, policy: ObservedPolicy | undefined, isBound = false, condition?: Condition) =>
  withoutBlocked(
    memberOf(settings, reports),
    now,
    { grants: [grant], refusals: [] },
    new Map(policy === undefined ? [] : [[resource, policy]]),
    isBound ? boundUnder(condition) : new Map(),
  );
const blocked = { reason: 'It has a permission that no list knows.' };

describe('a grant whose Google role may not be granted again', () => {
  it('is refused if its policy was read and lacks the binding', () => {
    expect(left(grantWith(blocked), read)).toMatchObject({
      grants: [],
      refusals: [{ name: 'in', tagKey: 'google-access/in', code: 'google-role', reason: blocked.reason }],
    });
  });

  it.each<[string, Condition]>([
    ['has ended', untilCondition('2026-01-01T00:00:00Z')],
    ['ends at this moment', untilCondition(now.toISOString())],
    ['is under a condition of someone else', { title: 'theirs', expression: 'resource.name == "x"' }],
  ])('is refused if its binding %s', (_, condition) => {
    expect(left(grantWith(blocked), read, true, condition).grants).toEqual([]);
  });

  it.each([
    ['an earlier end', '2026-12-01T00:00:00Z', true],
    ['the same end', '2027-01-01T00:00:00Z', true],
    ['a later end', '2027-12-01T00:00:00Z', false],
    ['no end', undefined, false],
  ])('that cannot be read now accepts %s: %s, %s', (_, expiresAt, isFree) => {
    const grant = {
      ...grantWith({ ...blocked, isPassing: true }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    const [one] = left(grant, read, true, untilCondition('2027-01-01T00:00:00Z')).grants;
    expect(one?.blocked === undefined).toBe(isFree);
  });

  it.each([
    ['an earlier end', '2026-12-01T00:00:00Z', true],
    ['the same end', '2027-01-01T00:00:00Z', true],
    ['a later end', '2027-12-01T00:00:00Z', false],
    ['no end', undefined, false],
  ])('accepts %s, if someone bound it by hand until a moment: %s, %s', (_, expiresAt, isFree) => {
    const byHand = { ...untilCondition('2027-01-01T00:00:00Z'), title: 'theirs' };
    const grant = { ...grantWith(blocked), ...(expiresAt === undefined ? {} : { expiresAt }) };
    expect(left(grant, read, true, byHand).grants).toHaveLength(isFree ? 1 : 0);
  });

  it('is refused if the role has only another Google role on the same resource', () => {
    const other = new Map(
      [...boundUnder(undefined)].map(([key, one]) => [key, { ...one, googleRole: 'roles/storage.admin' }]),
    );
    const member = memberOf(settings, reports);
    const desired = { grants: [grantWith(blocked)], refusals: [] };
    expect(withoutBlocked(member, now, desired, new Map([[resource, read]]), other).grants).toEqual([]);
  });

  it('is like any other if the role has the access, perhaps with another end', () => {
    expect(left({ ...grantWith(blocked), expiresAt: '2030-01-01T00:00:00Z' }, read, true)).toEqual({
      grants: [{ ...grantWith(), expiresAt: '2030-01-01T00:00:00Z' }],
      refusals: [],
    });
  });

  it.each<[string, Grant, ObservedPolicy | undefined]>([
    ['its policy could not be read', grantWith(blocked), { kind: 'unreadable' }],
    ['its policy was not read', grantWith(blocked), undefined],
    ['a later look may find another answer', grantWith({ ...blocked, isPassing: true }), read],
    ['it is not blocked', grantWith(), read],
  ])('stays if %s', (_, grant, policy) => {
    expect(left(grant, policy)).toEqual({ grants: [grant], refusals: [] });
  });
});
