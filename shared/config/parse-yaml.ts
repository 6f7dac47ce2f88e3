import { Composer, type Document, Lexer, type LineCounter, Parser, YAMLParseError } from 'yaml';

export interface ParsedYaml {
  readonly document: Document.Parsed;
  /** Set if the text nests too deeply: where. Nothing after it was read, and the document is empty. */
  readonly tooDeepAt?: number;
}

/** Counts lists and groups. */
export const maxDepth = 100;

/**
 * `parseDocument` of the library, with a limit: the library calls itself for each level of a text, and some texts keep it busy
 * for minutes.
 */
export const parseYaml = (text: string, lines: LineCounter): ParsedYaml => {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  let tooDeepAt: number | undefined;
  const tokens = function* () {
    for (const lexeme of new Lexer().lex(text)) {
      yield* parser.next(lexeme);
      // Below the levels are the text's document, and at most one scalar.
      if (parser.stack.length > maxDepth + 2) {
        tooDeepAt = parser.offset;
        return;
      }
    }
    yield* parser.end();
  };
  const [document, second] = new Composer({ prettyErrors: false, logLevel: 'error' }).compose(
    tokens(),
    true,
    text.length,
  );
  if (document === undefined) throw new Error('The YAML library composed no document.');
  if (second !== undefined)
    document.errors.push(new YAMLParseError([second.range[0], second.range[1]], 'MULTIPLE_DOCS', ''));
  return tooDeepAt === undefined ? { document } : { document, tooDeepAt };
};
