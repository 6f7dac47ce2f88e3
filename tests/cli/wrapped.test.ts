import { columns } from '../../cli/columns.ts';
import { commandNames } from '../../cli/command-names.ts';
import { createProgram } from '../../cli/program.ts';
import { widthOf, wrapped } from '../../cli/wrapped.ts';

describe('a line that is wider than the terminal', () => {
  it.each([
    ['keeps its indentation', '    four spaces and some words', ['    four spaces and', '    some words']],
    ['continues below the text of its mark', '  - one item of a list', ['  - one item of a', '    list']],
    [
      'leaves a long word whole',
      'see https://example.com/a/long/path',
      ['see', 'https://example.com/a/long/path'],
    ],
    ['keeps a quoted command together', 'you may run "npm run x" now', ['you may run', '"npm run x" now']],
    [
      'is still one command',
      '  Fix it: aws iam tag-role --x y',
      ['  Fix it: aws iam \\', '    tag-role --x y'],
    ],
    [
      'has prose after a command',
      'To go: rolebridge plan. Else wait a bit.',
      ['To go: rolebridge \\', '  plan. Else wait a', 'bit.'],
    ],
    [
      'counts no colors',
      '\u001b[1mtwenty columns wide!\u001b[22m',
      ['\u001b[1mtwenty columns wide!\u001b[22m'],
    ],
  ])('%s', (_, line, lines) => {
    expect(wrapped(line, 20).split('\n')).toEqual(lines);
  });

  it('keeps its second column if there is room', () => {
    expect(wrapped('+ bind    reader@acme.example until the end of the year', 40).split('\n')).toEqual([
      '+ bind    reader@acme.example until the',
      '          end of the year',
    ]);
  });
});

describe('a table', () => {
  const email = 'reader@acme-data.iam.gserviceaccount.com';
  const table = (width?: number) =>
    columns(['ROLE', 'SERVICE ACCOUNT', 'STATE'], [['app-web', email, 'no tag requests it']], width);

  it('is as wide as its content if there is room, or if there is no terminal', () => {
    expect(table(200)).toBe(table());
    expect(table().split('\n')).toHaveLength(2);
  });

  it.each([40, 60])('shrinks to %i columns, and loses no letter', (width) => {
    const lines = table(width).split('\n');
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(width);
    const [head = ''] = lines;
    const accounts = lines.map((line) => line.slice(head.indexOf('SERVICE'), head.indexOf('STATE')).trim());
    expect(accounts.join('')).toContain(email);
  });
});

it('every command is known by its name', () => {
  const names = createProgram('.', '1', new AbortController().signal).commands.map((command) =>
    command.name(),
  );
  expect(names).toEqual([...commandNames, 'help']);
});
