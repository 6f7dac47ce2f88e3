import { compareAccounts, hasDifference } from '../../shared/accounts/compare.ts';
import type { OrganizationAccount, OrganizationListing } from '../../shared/accounts/ports.ts';
import { accountId as home, settings } from '../support/settings.ts';

const [a, b, c] = ['444455556666', '555566667777', '666677778888'] as const;
const account = (id: string, state: OrganizationAccount['state'] = 'active'): OrganizationAccount => ({
  id,
  name: `name of ${id}`,
  state,
});
const listing = (...accounts: readonly OrganizationAccount[]): OrganizationListing => ({
  organization: 'o-a1b2c3d4e5',
  accounts: [account(home), ...accounts],
});
const file = (...ids: readonly string[]) => ({
  home,
  accounts: [home, ...ids].map((id) => ({ id, provider: `aws-${id}` })),
  allow: [],
});
const nothing = { toAdd: [], toRemove: [], blocked: [], unknown: [], outside: [] };
const idsOf = (accounts: readonly OrganizationAccount[]) => accounts.map(({ id }) => id);

it('finds no difference if every active account is listed', () => {
  const comparison = compareAccounts(file(a), listing(account(a)));
  expect(comparison).toEqual({
    ...nothing,
    organization: 'o-a1b2c3d4e5',
    unchanged: [account(home), account(a)],
  });
  expect(hasDifference(comparison)).toBe(false);
});

it('adds active accounts only, in the order of their ids', () => {
  const comparison = compareAccounts(
    file(),
    listing(account(c), account(a), account(b, 'suspended'), account('777788889999', 'other')),
  );
  expect(idsOf(comparison.toAdd)).toEqual([a, c]);
  expect(hasDifference(comparison)).toBe(true);
});

it.each(['suspended', 'closed'] as const)('removes a %s account', (state) => {
  const comparison = compareAccounts(file(a), listing(account(a, state)));
  expect(comparison).toMatchObject({ toRemove: [account(a, state)], unchanged: [account(home)] });
  expect(hasDifference(comparison)).toBe(true);
});

it('keeps an account whose state it does not know', () => {
  const comparison = compareAccounts(file(a), listing(account(a, 'other')));
  expect(comparison).toMatchObject({ ...nothing, unchanged: [account(home), account(a, 'other')] });
});

it('never removes an account because the listing lacks it', () => {
  const comparison = compareAccounts(file(a, b), listing(account(b)));
  expect(comparison).toMatchObject({ ...nothing, unknown: [a] });
  expect(hasDifference(comparison)).toBe(true);
});

it('keeps an account that rolebridge.yml needs, and names the reason', () => {
  const rule = { to: '*', roles: ['*'] };
  const allow = [rule, { ...rule, accounts: [b, a] }, { ...rule, accounts: [a] }];
  const closed = (id: string) => account(id, 'closed');
  const comparison = compareAccounts(
    { ...file(a, b, c), allow },
    { organization: 'o-a1b2c3d4e5', accounts: [home, a, b, c].map(closed) },
  );
  expect(comparison.toRemove).toEqual([closed(c)]);
  expect(comparison.blocked).toEqual([
    { ...closed(home), reason: 'rolebridge is deployed to it' },
    { ...closed(a), reason: 'allow[1] and allow[2] of rolebridge.yml name it; remove it there first' },
    { ...closed(b), reason: 'allow[1] of rolebridge.yml names it; remove it there first' },
  ]);
});

it('with units, adds only the accounts below them, and keeps the others', () => {
  const comparison = compareAccounts(file(a), {
    ...listing(account(a), account(b), account(c)),
    inUnits: new Set([home, c]),
  });
  expect(idsOf(comparison.toAdd)).toEqual([c]);
  expect(comparison).toMatchObject({ toRemove: [], unknown: [], outside: [account(a)] });
});

it('with units, still removes a closed account outside of them', () => {
  const closed = account(a, 'closed');
  const comparison = compareAccounts(file(a), { ...listing(closed), inUnits: new Set([home]) });
  expect(comparison).toMatchObject({ toRemove: [closed], outside: [] });
});

it('compares nothing with an organization that lacks the home account', () => {
  expect(() => compareAccounts(file(a), { ...listing(), accounts: [account(a)] })).toThrow(
    `Organization o-a1b2c3d4e5 does not contain the home account ${home}, so nothing was compared.`,
  );
});

it('compares nothing with an organization that rolebridge.yml does not name', () => {
  expect(() => compareAccounts({ ...file(), organization: 'o-0000000000' }, listing())).toThrow(
    /are of organization o-a1b2c3d4e5, and rolebridge.yml names o-0000000000/,
  );
});

it('accepts the settings of a single account, whose home account is not named', () => {
  expect(compareAccounts(settings, listing(account(a))).toAdd).toEqual([account(a)]);
});
