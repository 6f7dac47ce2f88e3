import { stripVTControlCharacters } from 'node:util';
import { reportText } from '../../cli/commands/report/text.ts';
import { exampleReport } from '../support/report-example.ts';

it.each([
  [0, 'none of these ends within 14 days'],
  [1, '1 of these ends within 14 days'],
  [2, '2 of these end within 14 days'],
])('the text counts %i grants that expire soon among those that are active', (endingSoon, line) => {
  const text = reportText({ ...exampleReport, counts: { ...exampleReport.counts, endingSoon } });
  expect(stripVTControlCharacters(text)).toContain(`  5 grants active, 1 not known\n  ${line}\n`);
});
