import { heldDetail, isHeld, summaryOf } from '../../shared/core/held.ts';
import { type AccountLimit, type Revocation, revocationsHash } from '../../shared/core/revocation-limit.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { accountId, now, reader, roleRef } from '../support/settings.ts';

const revocations = (count: number): readonly Revocation[] =>
  Array.from({ length: count }, (_, index) => ({
    role: roleRef(`app-${index}`),
    access: serviceAccountResource(reader),
  }));
const account = (held: number, rest: Partial<AccountLimit> = {}): AccountLimit => ({
  accountId,
  limit: 25,
  released: [],
  approved: [],
  held: revocations(held),
  isIncomplete: false,
  ...rest,
});

describe('the result for an AWS account’s revocations', () => {
  it('all released', () => {
    const released = revocations(2);
    expect(summaryOf(account(0, { released, approved: released.slice(1) }), false)).toEqual({
      accountId,
      kind: 'released',
      released: 2,
      approved: 1,
      held: 0,
      limit: 25,
    });
    expect(isHeld(account(0))).toBe(false);
  });

  it('held, with the hash of the list only if it can be approved', () => {
    const summary = { accountId, kind: 'held', released: 0, approved: 0, held: 30, limit: 25 };
    expect(summaryOf(account(30), true)).toEqual({ ...summary, hash: revocationsHash(revocations(30)) });
    expect(summaryOf(account(30), false)).toEqual(summary);
    expect(isHeld(account(30))).toBe(true);
  });

  it('not counted, since not all roles could be listed: there is no list to approve', () => {
    const incomplete = account(30, { isIncomplete: true });
    expect(summaryOf(incomplete, true)).toEqual({
      accountId,
      kind: 'incomplete',
      released: 0,
      approved: 0,
      held: 30,
      limit: 25,
    });
    expect(isHeld(incomplete)).toBe(false);
  });
});

describe('the event about held access', () => {
  it('names the AWS account, the list and how to approve it; every sweep that holds the same list sends the same id', () => {
    const hash = revocationsHash(revocations(1));
    expect(heldDetail(account(1, { limit: 0 }), true, false, now)).toEqual({
      version: 1,
      id: hash,
      accountId,
      hash,
      count: 1,
      limit: 0,
      reason:
        `In AWS account ${accountId} the sweep would end access to 1 target of roles. sweep.maxRevocations is 0, so it ends none of these. ` +
        `If that is intended (docs/operations.md, "Held revocations"), run "rolebridge sweep --approve ${hash}". Otherwise fix the tags or the guardrail.`,
      revocations: [{ role: roleRef('app-0'), email: reader }],
      at: '2026-11-24T12:00:00.000Z',
    });
  });

  it('lists a hundred by name at most', () => {
    const detail = heldDetail(account(150), true, false, now);
    expect(detail.count).toBe(150);
    expect(detail.revocations).toHaveLength(100);
    expect(detail.revocations[99]).toEqual({ role: roleRef('app-99'), email: reader });
    expect(detail.reason).toContain('150 targets');
  });

  it('shows no way to approve a list that is not stored completely', () => {
    const detail = heldDetail(account(30), false, false, now);
    expect(detail).not.toHaveProperty('hash');
    expect(detail).not.toHaveProperty('planned');
    expect(detail.reason).toContain('could not be stored completely, so it cannot be approved');
    expect(detail.reason).not.toContain('--approve');
  });

  it('is marked as planned in mode dry-run, which stores nothing', () => {
    const detail = heldDetail(account(30), false, true, now);
    expect(detail.planned).toBe(true);
    expect(detail.reason).toContain('In mode dry-run nothing is stored');
  });
});
