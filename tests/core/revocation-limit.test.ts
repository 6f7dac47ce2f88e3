import fc from 'fast-check';
import {
  type AccountLimit,
  accessKey,
  limitRevocations,
  type Revocation,
  revocationsHash,
} from '../../shared/core/revocation-limit.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { accountId, reader, roleRef, writer } from '../support/settings.ts';

const other = '444455556666';
const revocation = (name: string, email = reader, account = accountId): Revocation => ({
  role: { ...roleRef(name), accountId: account },
  access: serviceAccountResource(email),
});
const some = [revocation('a'), revocation('b'), revocation('a', writer)];
const nothing = { incomplete: new Set<string>(), approved: new Set<string>() };

describe('the hash of held revocations', () => {
  it('is the same in any order, and in any casing of a role’s name', () => {
    const hash = revocationsHash(some);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(some, { minLength: some.length }),
        (shuffled) => revocationsHash(shuffled) === hash,
      ),
    );
    expect(revocationsHash([revocation('Reports')])).toBe(revocationsHash([revocation('reports')]));
  });

  it('differs for one role, one target or one AWS account more or less', () => {
    const hashes = [
      some,
      some.slice(1),
      [...some, revocation('c')],
      [revocation('a', writer), ...some.slice(1)],
      [revocation('a', reader, other), ...some.slice(1)],
    ].map(revocationsHash);
    expect(new Set(hashes).size).toBe(hashes.length);
    for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('the revocation limit', () => {
  it('releases everything within it', () => {
    expect(limitRevocations(some, { ...nothing, limit: 3 })).toEqual([
      { accountId, limit: 3, released: some, approved: [], held: [], isIncomplete: false },
    ]);
    expect(limitRevocations([], { ...nothing, limit: 0 })).toEqual([]);
  });

  it('holds all of an AWS account that exceeds it, and nothing of another one', () => {
    const elsewhere = [revocation('a', reader, other)];
    expect(limitRevocations([...elsewhere, ...some], { ...nothing, limit: 2 })).toMatchObject([
      { accountId, released: [], held: some },
      { accountId: other, released: elsewhere, held: [] },
    ]);
  });

  it('counts access once, no matter how often it was found and how the role is spelled', () => {
    const copies = [revocation('a'), revocation('A'), revocation('a')];
    expect(limitRevocations(copies, { ...nothing, limit: 1 })).toMatchObject([
      { released: { length: 1 }, held: [] },
    ]);
  });

  it('releases what a person approved, and counts only the rest', () => {
    const approved = new Set(some.map(accessKey));
    const late = [revocation('c'), revocation('d')];
    expect(limitRevocations([...some, ...late], { ...nothing, limit: 2, approved })).toMatchObject([
      { released: [...some, ...late], approved: some, held: [] },
    ]);
    expect(limitRevocations([...some, ...late], { ...nothing, limit: 1, approved })).toMatchObject([
      { released: some, approved: some, held: late },
    ]);
  });

  it('holds everything that no one approved if not all roles could be listed', () => {
    const approved = new Set([accessKey(revocation('a'))]);
    const incomplete = new Set([accountId]);
    expect(limitRevocations(some, { limit: 25, incomplete, approved })).toEqual([
      {
        accountId,
        limit: 25,
        released: [revocation('a')],
        approved: [revocation('a')],
        held: [revocation('b'), revocation('a', writer)],
        isIncomplete: true,
      },
    ]);
    expect(limitRevocations([], { ...nothing, limit: 25, incomplete })).toMatchObject([
      { accountId, released: [], held: [], isIncomplete: true },
    ]);
  });
});

const anyRevocation = fc
  .record({
    name: fc.constantFrom('a', 'A', 'b', 'c', 'd', 'e', 'f'),
    email: fc.constantFrom(reader, writer),
    account: fc.constantFrom(accountId, other, '777788889999'),
  })
  .map(({ name, email, account }) => revocation(name, email, account));

const keys = (revocations: readonly Revocation[]): readonly string[] => revocations.map(accessKey).toSorted();

it('invariant 8: of each AWS account, a sweep releases at most the limit and what a person approved', () => {
  fc.assert(
    fc.property(
      fc.array(anyRevocation, { maxLength: 40 }),
      fc.array(anyRevocation, { maxLength: 20 }),
      fc.integer({ min: 0, max: 10 }),
      fc.subarray([accountId, other]),
      (due, onLists, limit, unlisted) => {
        const approved = new Set(onLists.map(accessKey));
        const limits = limitRevocations(due, { limit, incomplete: new Set(unlisted), approved });
        const withoutApproval = ({ released }: AccountLimit): readonly Revocation[] =>
          released.filter((one) => !approved.has(accessKey(one)));
        // Everything that is due is released or held, once.
        expect(keys(limits.flatMap(({ released, held }) => [...released, ...held]))).toEqual(
          [...new Set(due.map(accessKey))].toSorted(),
        );
        for (const account of limits) {
          expect(withoutApproval(account).length).toBeLessThanOrEqual(account.isIncomplete ? 0 : limit);
          expect(account.held.some((one) => approved.has(accessKey(one)))).toBe(false);
          const all = [...account.released, ...account.held];
          expect(all.every(({ role }) => role.accountId === account.accountId)).toBe(true);
          // It is held alone: revocations that are due elsewhere make no difference.
          const alone = limitRevocations(all, {
            limit,
            incomplete: new Set(account.isIncomplete ? [account.accountId] : []),
            approved,
          });
          expect(keys(alone.flatMap(({ released }) => released))).toEqual(keys(account.released));
        }
      },
    ),
  );
});
