import { wantedBindings } from '../../shared/core/bindings.ts';
import { withoutBlocked } from '../../shared/core/blocked.ts';
import type { Blocked, Grant } from '../../shared/core/model.ts';
import type { ObservedPolicy } from '../../shared/core/observed.ts';
import { reports, settings } from '../support/settings.ts';

const resource = 'buckets/acme-in';
const grantWith = (blocked?: Blocked): Grant => ({
  name: 'in',
  target: { kind: 'direct', googleRole: 'roles/storage.objectViewer', resource },
  rule: 'allow[0]',
  tag: { key: 'google-access/in', value: 'x' },
  ...(blocked === undefined ? {} : { blocked }),
});
const read: ObservedPolicy = { kind: 'read', policy: {} };
const left = (grant: Grant, policy: ObservedPolicy | undefined, isBound = false) =>
  withoutBlocked(
    settings,
    reports,
    { grants: [grant], refusals: [] },
    new Map(policy === undefined ? [] : [[resource, policy]]),
    isBound ? wantedBindings(settings, reports, { grants: [grant] }) : new Map(),
  );
const blocked = { reason: 'It has a permission that no list knows.' };

describe('a grant whose Google role may not be granted anew', () => {
  it('is refused where its policy was read and lacks the binding', () => {
    expect(left(grantWith(blocked), read)).toMatchObject({
      grants: [],
      refusals: [{ name: 'in', tagKey: 'google-access/in', code: 'google-role', reason: blocked.reason }],
    });
  });

  it.each<[string, Grant, ObservedPolicy | undefined, boolean]>([
    ['its binding exists', grantWith(blocked), read, true],
    ['its policy could not be read', grantWith(blocked), { kind: 'unreadable' }, false],
    ['its policy was not read', grantWith(blocked), undefined, false],
    ['a later look may find another answer', grantWith({ ...blocked, isPassing: true }), read, false],
    ['it is not blocked', grantWith(), read, false],
  ])('stays where %s', (_, grant, policy, isBound) => {
    expect(left(grant, policy, isBound)).toEqual({ grants: [grant], refusals: [] });
  });
});
