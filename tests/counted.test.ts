import { counted } from '../shared/counted.ts';

it('counts nouns, with a plural of their own if they have one', () => {
  expect([0, 1, 2].map((count) => counted(count, 'role'))).toEqual(['no role', '1 role', '2 roles']);
  expect([0, 1, 2].map((count) => counted(count, 'policy', 'policies'))).toEqual([
    'no policy',
    '1 policy',
    '2 policies',
  ]);
});
