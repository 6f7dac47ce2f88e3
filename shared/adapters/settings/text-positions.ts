import { isCollection, isNode, isPair } from 'yaml';

/** Replaces a part of a text, and leaves every other byte as it is. */
export const splice = (text: string, from: number, to: number, insertion: string): string =>
  `${text.slice(0, from)}${insertion}${text.slice(to)}`;

export const lineBreakIn = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

/** The end of a node's last value. The library's range of a block includes the comments behind it. */
export const endOf = (node: unknown): number => {
  if (isPair(node)) return endOf(node.value ?? node.key);
  if (isCollection(node) && node.flow !== true && node.items.length > 0) return endOf(node.items.at(-1));
  return rangeOf(node)[1];
};

export const rangeOf = (node: unknown): readonly [start: number, end: number, ...number[]] => {
  if (isNode(node) && node.range) return node.range;
  throw new Error('the node has no position in the text');
};
