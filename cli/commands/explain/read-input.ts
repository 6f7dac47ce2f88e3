import { addAbortSignal, type Readable } from 'node:stream';

/**
 * Passes on what a program or a file writes to standard input, as it comes. It waits for slow programs, and keeps nothing.
 * It does not read from a terminal.
 */
export const readInput = async (
  input: Readable & { readonly isTTY?: boolean },
  signal: AbortSignal,
  take: (chunk: string) => void,
): Promise<void> => {
  if (input.isTTY) return;
  addAbortSignal(signal, input);
  input.setEncoding('utf8');
  for await (const chunk of input) take(String(chunk));
};
