import { modifiedRoles } from './modified-roles.ts';

const condition = { title: 'until', expression: 'true' };
const a = { role: 'roles/a', members: ['user:x', 'user:y'] };
const b = { role: 'roles/b', members: ['user:x'] };

it.each([
  ['nothing', [a, b], [b, { ...a, members: ['user:y', 'user:x'] }], []],
  [
    'a split binding',
    [a],
    [
      { ...a, members: ['user:x'] },
      { ...a, members: ['user:y'] },
    ],
    [],
  ],
  ['an added member', [a, b], [a, { ...b, members: ['user:x', 'user:z'] }], ['roles/b']],
  ['a removed member', [a, b], [{ ...a, members: ['user:x'] }, b], ['roles/a']],
  ['a new condition', [a, b], [a, { ...b, condition }], ['roles/b']],
  ['everything', [a, b], [], ['roles/a', 'roles/b']],
])('%s', (_, before, after, roles) => {
  expect(modifiedRoles(before, after)).toEqual(roles);
});
