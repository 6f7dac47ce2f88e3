import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { memberIds, withLocalAccounts } from '../../cli/local-accounts.ts';
import { parseSettings } from '../../shared/config/config.ts';

const text = readFileSync('rolebridge.yml', 'utf8');
const home = '111122223333';
const withAccounts = (...ids: readonly string[]): string =>
  stringify({
    ...(parse(text) as object),
    home,
    accounts: ids.map((id) => ({ id, provider: `of-${id}`, regions: ['us-west-2'] })),
  });

it('adds example accounts after home; the first one has its own region', () => {
  const { text: complete, memberIds: ids } = withLocalAccounts(text, 3);
  expect(ids).toEqual(['444455556666', '777788889999']);
  expect(parseSettings(complete)).toMatchObject({
    home,
    organization: 'o-a1b2c3d4e5',
    accounts: [
      { id: home },
      { id: '444455556666', provider: 'aws-444455556666', regions: ['eu-central-1'] },
      { id: '777788889999', provider: 'aws-777788889999' },
    ],
  });
});

it('keeps the accounts that the file lists, home first', () => {
  const { text: complete, memberIds: ids } = withLocalAccounts(withAccounts('777788889999', home), 3);
  expect(ids).toEqual(['777788889999', '444455556666']);
  expect(parseSettings(complete).accounts[1]).toMatchObject({
    provider: 'of-777788889999',
    regions: ['us-west-2'],
  });
});

it('refuses a file that lists more accounts, and names the count to pass', () => {
  expect(() => withLocalAccounts(withAccounts(home, '777788889999', '444455556666'), 2)).toThrow(
    'rolebridge.yml lists 3 accounts, more than 2. Pass --accounts 3, or remove some of them.',
  );
});

it('knows a hundred accounts with different, valid ids', () => {
  const { text: complete, memberIds: ids } = withLocalAccounts(text, 100);
  expect(new Set([home, ...ids]).size).toBe(100);
  expect(parseSettings(complete).accounts).toHaveLength(100);
  expect(memberIds(99)).toEqual(ids);
});
