import { stripVTControlCharacters } from 'node:util';
import { recordedText, recordingOf } from '../../scripts/recording.ts';

const bold = (text: string): string => `\u001B[1m${text}\u001B[22m`;
const red = (text: string): string => `\u001B[31m${text}\u001B[39m`;
const dim = (text: string): string => `\u001B[2m${text}\u001B[22m`;

const output = [
  `${dim('  0.0 s')}  ${bold('A role & <its> tag')}`,
  `         wrote /tmp/rolebridge-demo-Xy1/default.json at http://127.0.0.1:9999`,
  `${dim('  2.5 s')}  ${bold('Done')}`,
  `         ${red(`denied ${'x'.repeat(120)}`)}`,
].join('\n');

it('shows each row of the output, in its colors, as a terminal breaks it', () => {
  const svg = recordingOf(output);
  expect(recordedText(svg)).toEqual([
    '    s  A role & <its> tag',
    '         wrote /tmp/rolebridge-demo/default.json at http://127.0.0.1:40123',
    '    s  Done',
    '         denied',
    `         ${'x'.repeat(95)}`,
    'x'.repeat(25),
  ]);
  expect(svg).toContain('<tspan class="b">A\u00A0role\u00A0&amp;\u00A0&lt;its&gt;\u00A0tag</tspan>');
  expect(svg.match(/class="r">\u00A0*x/g)).toHaveLength(2);
});

it('has the same text with and without colors', () => {
  expect(recordedText(recordingOf(stripVTControlCharacters(output)))).toEqual(
    recordedText(recordingOf(output)),
  );
});

it('plays one screen for each step, and shows the last one to readers who prefer no motion', () => {
  const svg = recordingOf(output);
  expect(svg.match(/@keyframes show \{.*/)?.[0].match(/translateY\(\d+px\)/g)).toEqual([
    'translateY(34px)',
    'translateY(102px)',
  ]);
  expect(svg).toContain('#hidden { transform: translateY(102px); }\n@media (prefers-reduced-motion');
});

it('is the same for two runs that differ only in ports and folders', () => {
  const other = output.replace('demo-Xy1', 'demo-q7Q').replace(':9999', ':41234');
  expect(recordingOf(other)).toBe(recordingOf(output));
});

it('needs no other file: no script, no font, no link', () => {
  expect(recordingOf(output)).not.toMatch(/<script|@import|@font-face|href|url\((?!#screen)/);
});

it('refuses an output that is not from the demo', () => {
  expect(() => recordingOf('npm error')).toThrow('does not begin with a step');
});
