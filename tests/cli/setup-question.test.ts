import { questionFor } from '../../cli/commands/setup/text.ts';

it.each([
  [1, 'Apply this change?'],
  [2, 'Apply these 2 changes?'],
  [5, 'Apply these 5 changes?'],
])('setup asks about %d changes: %s', (steps, question) => {
  expect(questionFor(steps)).toBe(question);
});
