import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { EventPath } from '../../scripts/event-path.ts';

/** Runs in a process of its own, because it loads the sources without Jest. */
const pathOf = (name: string): EventPath =>
  JSON.parse(execFileSync('node', ['--no-warnings', 'scripts/event-path.ts', name], { encoding: 'utf8' }));

/** The last column of a row in the table of sizes. */
const documentedNow = (row: string): string | undefined => {
  const page = readFileSync('docs/architecture.md', 'utf8');
  const line = page.split('\n').find((one) => one.startsWith(`| ${row}`));
  return line?.split('|').at(-2)?.trim();
};

const documented = (list: string): readonly string[] => {
  const page = readFileSync('docs/architecture.md', 'utf8');
  const block = page.split(`<!-- event path: ${list} -->`)[1]?.split('<!-- end -->')[0] ?? '';
  return [...block.matchAll(/`([^`]+\.ts)`/g)].map(([, file]) => String(file));
};

describe('docs/architecture.md lists the files that a TagRole event runs through', () => {
  const { steps, vocabulary, plumbing, returns } = pathOf('reconcile');

  it('the steps, in order of their first call', () => {
    expect(documented('steps')).toEqual(steps);
  });

  it('the vocabulary and the plumbing', () => {
    expect(documented('vocabulary').toSorted()).toEqual(vocabulary.toSorted());
    expect(documented('plumbing').toSorted()).toEqual(plumbing.toSorted());
  });

  it('begins at the handler, and lists each file once', () => {
    const files = [...steps, ...vocabulary, ...plumbing];
    expect(files[0]).toBe('handlers/reconcile.ts');
    expect(new Set(files).size).toBe(files.length);
  });

  it('how many they are, and how often a reader returns to a step', () => {
    expect(documentedNow('files of ours that run with')).toBe(
      String(steps.length + vocabulary.length + plumbing.length),
    );
    expect(documentedNow('of these: steps')).toBe(String(steps.length));
    expect(documentedNow('returns of a reader')).toBe(String(returns.length));
  });
});

it.each([
  ['sweep', 'steps of a sweep'],
  ['setup', 'steps of `setup --yes`'],
])('docs/architecture.md has the steps of %s and the returns to them', (name, row) => {
  const { steps, returns } = pathOf(name);
  expect(documentedNow(row)).toBe(`${steps.length}, ${returns.length}`);
});
