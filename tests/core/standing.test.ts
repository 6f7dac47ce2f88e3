import { desiredOf } from '../../shared/core/guardrail.ts';
import { desiredWhileRevoked, nothingAllowed } from '../../shared/core/standing.ts';
import { now, reader, reports, settings } from '../support/settings.ts';

const role = {
  kind: 'present',
  ref: reports,
  roleId: 'AROA',
  arn: 'arn',
  tags: [
    { key: 'google-access', value: reader },
    { key: 'google-access/bad', value: 'nonsense' },
  ],
} as const;
const answer = { answer: 'revoke', at: '2026-11-24T12:00:00Z', answeredBy: 'arn:aws:iam::1:user/a' } as const;

it('while everything is revoked, an event’s requests are all refused, and the reason names who requested that', () => {
  const desired = desiredOf(role, settings, now);
  expect(desired.grants).toHaveLength(1);
  const { grants, refusals } = desiredWhileRevoked(desired, answer, true);
  expect(grants).toEqual([]);
  expect(refusals.map(({ name }) => name)).toEqual(['bad', 'default']);
  expect(refusals[1]?.reason).toBe(
    'Nothing is granted since arn:aws:iam::1:user/a asked for everything to be removed (rolebridge revoke --all, 2026-11-24T12:00:00Z). "rolebridge resume" ends that.',
  );
});

it('a drift requests nothing, and nothing is reported', () => {
  expect(desiredWhileRevoked(desiredOf(role, settings, now), answer, false)).toEqual({
    grants: [],
    refusals: [],
  });
});

it('if nothing is allowed, nothing is granted', () => {
  expect(desiredOf(role, nothingAllowed(settings), now).grants).toEqual([]);
});

it('if nothing is allowed, access at the sites of its rules is still ours', () => {
  const site = { googleRole: 'roles/storage.objectViewer', resource: 'buckets/acme-in' };
  const rule = { grant: site.googleRole, on: [site.resource], roles: ['*'] } as const;
  expect(nothingAllowed({ ...settings, allow: [rule] }).google.formerSites).toEqual([site]);
});

it('if nothing is allowed, no statuses are written, and outcomes in member accounts stay as they are', () => {
  expect(nothingAllowed(settings)).not.toHaveProperty('accountOutcomes');
  const accountOutcomes = { event: true, status: true, mirror: true };
  expect(nothingAllowed({ ...settings, accountOutcomes }).accountOutcomes).toEqual({
    ...accountOutcomes,
    status: false,
  });
});
