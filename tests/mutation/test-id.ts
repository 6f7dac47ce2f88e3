import type { State } from 'jest-circus';

type Block = State['rootDescribeBlock'];
export type Test = Block['tests'][number];

/** Names the suite as well, so that a worker which did not run the test before finds it. */
export const idOf = (suite: string, test: Test): string => [`${suite}:`, ...namesOf(test)].join(' ');

export const suiteOf = (id: string): string => id.slice(0, id.indexOf(':'));

const namesOf = ({ name, parent }: Test | Block): readonly string[] =>
  parent === undefined ? [] : [...namesOf(parent), name];
