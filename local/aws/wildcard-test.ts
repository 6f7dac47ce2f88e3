import { escapePattern } from './escape-pattern.ts';
import { invalidPattern } from './invalid-pattern.ts';

/** `*` stands for any text; `\*` and `\\` stand for the characters. @throws AwsError InvalidEventPatternException */
export const toWildcardTest = (wildcard: string): ((text: string) => boolean) => {
  const parts = wildcard.match(/\\[\s\S]?|[\s\S]/g) ?? [];
  if (parts.some((part) => part.startsWith('\\') && part !== '\\*' && part !== '\\\\'))
    throw invalidPattern('Invalid escape character');
  if (parts.some((part, index) => part === '*' && parts[index + 1] === '*'))
    throw invalidPattern('Consecutive wildcard characters');
  const source = parts.map((part) => (part === '*' ? '[\\s\\S]*' : escapePattern(part.slice(-1)))).join('');
  const expression = new RegExp(`^${source}$`);
  return (text) => expression.test(text);
};
