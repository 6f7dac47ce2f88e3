import { diffLines } from 'diff';
import { colors } from '../../colors.ts';

/** The policy after a change, with added and removed lines marked. */
export const difference = (before: string, after: string): string =>
  diffLines(before, after)
    .flatMap(({ value, added, removed }) => {
      const lines = value.replace(/\n$/, '').split('\n');
      if (added) return lines.map((line) => colors.green(`+ ${line}`));
      return lines.map((line) => (removed ? colors.red(`- ${line}`) : `  ${line}`));
    })
    .join('\n');
