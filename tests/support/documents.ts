import { documentErrors, documentedCommands } from '../../scripts/document-schema.ts';
import { documentOf, type Said } from './command-line.ts';

/** Expects exactly one document on standard output, as docs/commands.schema.json describes it. */
export const expectDocument = (args: readonly string[], said: Said): void => {
  const words = args.join(' ');
  const command = documentedCommands.find((name) => words === name || words.startsWith(`${name} `));
  if (command === undefined) throw new Error(`docs/commands.schema.json does not describe ${words}`);
  expect({ args, errors: documentErrors(command, documentOf(said)) }).toEqual({ args, errors: [] });
};
