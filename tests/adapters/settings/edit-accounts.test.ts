import fc from 'fast-check';
import { parse } from 'yaml';
import { editAccounts } from '../../../shared/adapters/settings/edit-accounts.ts';

const [home, a, b] = ['111122223333', '444455556666', '555566667777'] as const;
const add = (...ids: readonly string[]) => ids.map((id) => ({ id, name: '' }));

const file = `# Ours.
accounts:
  # the first
  - id: "${home}" # home
    provider: special
    # regions: [eu-west-1]

  # data team
  - {id: '${a}',   provider: aws-a} # theirs

regions: [us-east-1] # one
`;

it('adds accounts at the end, with their names as comments, and keeps every byte', () => {
  expect(editAccounts(file, { add: [{ id: b, name: 'Data: prod #1' }], remove: [] })).toBe(
    file.replace('# theirs\n', `# theirs\n  - id: "${b}" # Data: prod #1\n`),
  );
});

it('adds below the comments of the last account', () => {
  const text = `accounts:\n- id: "${home}"\n  # regions: []\n# end\nmode: sync\n`;
  expect(editAccounts(text, { add: add(a), remove: [] })).toBe(
    `accounts:\n- id: "${home}"\n  # regions: []\n- id: "${a}"\n# end\nmode: sync\n`,
  );
});

it('removes an account with its own comments, and no other line', () => {
  expect(editAccounts(file, { add: [], remove: [home] })).toBe(
    file.replace(/ {2}- id: "1{4}[^]*?\[eu-west-1\]\n/, ''),
  );
  expect(editAccounts(file, { add: [], remove: [a] })).toBe(file.replace(/ {2}- \{id.*\n/, ''));
});

it('adds and removes together, and skips accounts that are already there or already gone', () => {
  const edited = editAccounts(file, { add: add(b, a), remove: [a, '999999999999'] });
  expect(parse(edited)).toEqual({
    accounts: [{ id: home, provider: 'special' }, { id: b }],
    regions: ['us-east-1'],
  });
});

it('edits a list in brackets', () => {
  const text = `accounts: [{id: "${home}"}, {id: "${a}"}] # ours\nmode: sync\n`;
  expect(editAccounts(text, { add: add(b), remove: [a] })).toBe(
    `accounts: [{id: "${home}"}, { id: "${b}" }] # ours\nmode: sync\n`,
  );
  expect(editAccounts(text, { add: [], remove: [home] })).toBe(
    `accounts: [{id: "${a}"}] # ours\nmode: sync\n`,
  );
});

it('keeps Windows line ends, and a last line without one', () => {
  expect(editAccounts(`accounts:\r\n  - id: "${home}"`, { add: add(a), remove: [] })).toBe(
    `accounts:\r\n  - id: "${home}"\r\n  - id: "${a}"`,
  );
});

it('lets no name break out of its comment', () => {
  const name = `prod\n  - id: "999999999999"\r\u2028\u0007${'x'.repeat(100)}`;
  const edited = editAccounts(file, { add: [{ id: b, name }], remove: [] });
  expect(parse(edited)).toMatchObject({ accounts: [{ id: home }, { id: a }, { id: b }] });
  expect(edited.split('\n')).toHaveLength(file.split('\n').length + 1);
});

it.each([
  ['no list', 'mode: sync\n'],
  ['an alias', `x: &x\n  - id: "${home}"\naccounts: *x\n`],
  ['an anchor', `accounts:\n  - &home {id: "${home}"}\n  - {id: "${a}"}\nrest: *home\n`],
])('refuses %s, and names the edit to make by hand', (_, text) => {
  expect(() => editAccounts(text, { add: add(b), remove: [home] }, 'r.yml')).toThrow(
    `rolebridge cannot edit accounts in r.yml in its current form. By hand: add ${b}; remove ${home}.`,
  );
});

it('refuses to remove the last account', () => {
  expect(() => editAccounts(`accounts:\n  - id: "${home}"\n`, { add: [], remove: [home] })).toThrow(
    `By hand: remove ${home}.`,
  );
});

it('returns the wanted list, regardless of which accounts are added and removed', () => {
  const id = fc.stringMatching(/^[0-9]{12}$/);
  fc.assert(
    fc.property(
      fc.uniqueArray(id, { minLength: 1, maxLength: 6 }),
      fc.uniqueArray(fc.record({ id, name: fc.string() }), { selector: (one) => one.id, maxLength: 5 }),
      fc.infiniteStream(fc.boolean()),
      fc.constantFrom('block', 'flow', 'mixed'),
      (present, added, choices, form) => {
        const items = present.map((one, index) =>
          form === 'block' || (form === 'mixed' && index % 2 === 0)
            ? `  - id: "${one}" # of ${one}\n    provider: p-${one}`
            : `  - {id: "${one}", provider: p-${one}}`,
        );
        const text =
          form === 'flow'
            ? `accounts: [${present.map((one) => `{id: "${one}", provider: p-${one}}`).join(', ')}]\n`
            : `accounts:\n${items.join('\n  # between\n')}\nmode: sync\n`;
        const remove = present.slice(1).filter(() => choices.next().value === true);
        const edited: unknown = parse(editAccounts(text, { add: added, remove }));
        const kept = present.filter((one) => !remove.includes(one));
        const fresh = added.filter((one) => !present.includes(one.id));
        expect(edited).toMatchObject({
          accounts: [
            ...kept.map((one) => ({ id: one, provider: `p-${one}` })),
            ...fresh.map((one) => ({ id: one.id })),
          ],
        });
      },
    ),
  );
});

it('adds and removes a thousand accounts', () => {
  const ids = Array.from({ length: 1_000 }, (_, index) => String(200_000_000_000 + index));
  const grown = editAccounts(file, { add: add(...ids), remove: [] });
  expect((parse(grown) as { accounts: unknown[] }).accounts).toHaveLength(1_002);
  expect(editAccounts(grown, { add: [], remove: ids })).toBe(file);
});
