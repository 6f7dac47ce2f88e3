import type { Access } from '../core/access.ts';
import type { Condition } from '../core/iam-policy.ts';

/** Sentences about a binding that is not as a tag would have it. */
export const bindingNotes = ({ pool, condition }: Pick<Access, 'pool' | 'condition'>): readonly string[] => [
  ...(pool === undefined ? [] : [`It goes through the former pool ${pool}, which no tag requests.`]),
  ...(condition === undefined ? [] : [`It is under the condition ${conditionText(condition)}.`]),
];

/** Title and expression: people see the title, and Google evaluates the expression. */
export const conditionText = ({ title = '', expression = '' }: Condition): string => {
  if (title === '') return expression === '' ? 'without a title or an expression' : expression;
  return `"${title}" (${expression === '' ? 'without an expression' : expression})`;
};
