import { stripVTControlCharacters } from 'node:util';
import { commandPattern } from './command-names.ts';

/**
 * Breaks the lines that are wider than a terminal, between words. A line keeps its indentation, its mark (`- `) and its second
 * column. In a command each break is a backslash, so that it still runs when it is pasted.
 */
export const wrapped = (text: string, width: number): string =>
  text
    .split('\n')
    .map((line) => (widthOf(line) > width ? wrappedLine(line, width) : line))
    .join('\n');

/** How many columns a text takes at a terminal. Colors take none. */
export const widthOf = (text: string): number => stripVTControlCharacters(text).length;

const continued = ' \\';

const wrappedLine = (line: string, width: number): string => {
  const indent = ' '.repeat(indentOf(stripVTControlCharacters(line), width));
  const words = wordsOf(line);
  const lines: string[] = [];
  let current = '';
  for (const [at, { gap, word, isInCommand }] of words.entries()) {
    const isContinued = words[at + 1]?.isInCommand ?? false;
    const needed = widthOf(current + gap + word) + (isContinued ? continued.length : 0);
    if (needed <= width || stripVTControlCharacters(current).trim() === '') current += gap + word;
    else {
      lines.push(isInCommand ? current + continued : current);
      current = (isInCommand ? `${indent}  ` : indent) + word;
    }
  }
  return [...lines, current].join('\n');
};

/** Below the first word, or below the second column if there is room for it. */
const indentOf = (line: string, width: number): number => {
  const second = /^\s*\S.*?\s{3,}(?=\S)/.exec(line)?.[0].length ?? width;
  if (second <= width - 24) return second;
  const first = /^\s*(?:[-+~!?x✓✗] )?/.exec(line)?.[0].length ?? 0;
  return Math.min(first, Math.floor(width / 2));
};

interface Word {
  /** White space before it. */
  readonly gap: string;
  readonly word: string;
  /** Not its first word. */
  readonly isInCommand: boolean;
}

/** A command in quotes, as in a sentence, stays together. */
const wordsOf = (line: string): readonly Word[] => {
  const commands = [...stripVTControlCharacters(line).matchAll(commandPattern)].map(({ index, 0: text }) => ({
    start: index,
    end: index + text.length,
  }));
  let at = 0;
  return [...line.matchAll(/(\s*)("(?:aws|gcloud|npm|npx|\S*rolebridge) [^"]+"\S*|\S+)/g)].map(
    ([, gap = '', word = '']) => {
      const start = at + gap.length;
      at = start + stripVTControlCharacters(word).length;
      return {
        gap,
        word,
        isInCommand: commands.some((command) => start > command.start && start < command.end),
      };
    },
  );
};
