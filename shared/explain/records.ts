import { decode } from './error-text.ts';
import { isFollowedBySource, isStackFrame } from './stack-frames.ts';

/** A longer line is taken in pieces of this length. */
const maxLineLength = 16_384;
/** How much of a piece the next piece repeats, so that a cut through an error text does not hide it. */
const overlap = 2_048;
/** A record that grows longer is taken as it is, and its next line begins another. */
const maxRecordLength = 32_768;
/** No terminal is narrower, so a shorter line was not wrapped. */
const minWrappedLength = 40;

/** Reads a text in chunks of any size. */
export interface RecordReader {
  readonly add: (chunk: string) => void;
  readonly end: () => void;
}

/**
 * Splits a text into the records of a log: each is one line, or the lines that belong together (an object or a page over
 * several lines, Terraform's box, the causes of an exception, a line that a terminal wrapped). Within a record, `\n` stands
 * only where a terminal may have wrapped the line. Stack frames are left out.
 *
 * It holds one line and one record at a time, of bounded length, so a text of any length takes the same memory.
 */
export const readRecords = (take: (record: string) => void): RecordReader => {
  const gather = gatherLines(take);
  let rest = '';
  const addLine = (line: string): void => {
    for (const part of line.split('\r')) gather.add(part);
  };
  return {
    add: (chunk) => {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) for (const piece of piecesOf(line)) addLine(piece);
      if (rest.length > maxLineLength) {
        const pieces = piecesOf(rest);
        rest = pieces.pop() ?? '';
        for (const piece of pieces) addLine(piece);
      }
    },
    end: () => {
      addLine(rest);
      gather.end();
    },
  };
};

const piecesOf = (line: string): string[] => {
  if (line.length <= maxLineLength) return [line];
  const step = maxLineLength - overlap;
  return Array.from({ length: Math.ceil((line.length - overlap) / step) }, (_, index) =>
    line.slice(index * step, index * step + maxLineLength),
  );
};

interface Gathered {
  readonly text: string;
  /** How many braces are open. */
  readonly depth: number;
  /** The last line as it was printed. */
  readonly lastLine: string;
}

const nothing: Gathered = { text: '', depth: 0, lastLine: '' };

const gatherLines = (take: (record: string) => void) => {
  let record = nothing;
  let isSourceNext = false;
  const flush = (): void => {
    if (record.text.trim() !== '') take(record.text.trim());
    record = nothing;
  };
  const addPart = (part: string, isSameLine: boolean): void => {
    if (isSourceNext && /^\s{4}/.test(part)) {
      isSourceNext = isFollowedBySource(part);
      return;
    }
    isSourceNext = false;
    if (isStackFrame(part)) {
      isSourceNext = isFollowedBySource(part);
      // Node prints the fields of an error behind its last frame.
      if (/\{\s*$/.test(part)) record = { ...record, depth: record.depth + 1 };
      return;
    }
    const joint = jointOf(record, part, isSameLine);
    if (joint === undefined || record.text.length + part.length > maxRecordLength) flush();
    const text = part.replace(box, '').trim();
    record = {
      text: `${record.text}${joint ?? ''}${text}`,
      depth: Math.max(0, record.depth + count(text, '{') - count(text, '}')),
      lastLine: part.trimEnd(),
    };
  };
  return {
    add: (line: string): void => {
      if (line === '' && record.depth === 0) return flush();
      const [first = '', ...others] = decode(line).split('\n');
      addPart(first, false);
      for (const part of others) addPart(part, true);
    },
    end: flush,
  };
};

const box = /^\s{0,8}[│╷╵]\s?/;
const time = String.raw`\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d|\[?\d\d:\d\d:\d\d|[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d`;
const level = 'TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|SEVERE';
/** Begins a record even inside an object. */
const logLine = new RegExp(String.raw`^\s{0,8}(?:${time}|\[?(?:${level})\]?[\s:|])`);
/** Begins a record where only a wrapped line would not. */
const messageLine =
  /^\s{0,8}(?:[[{$#>*+-]|[\w.$]{0,100}(?:Error|Exception)\b|[\w.-]{1,60}(?:\[\d{1,9}\])?:\s|\S{1,60}\s{1,20}\|\s)/;
const blockLine = /^(?:\s|["'}\])])|^[\w@$-]{1,60}:\s.*[,{[}\]]\s*$/;

/** How a line is joined to the record before it; undefined if it begins a new record. */
const jointOf = (
  { text, depth, lastLine }: Gathered,
  part: string,
  isSameLine: boolean,
): string | undefined => {
  const content = part.replace(box, '').trim();
  if (text === '' || content === '' || logLine.test(part))
    return depth > 0 && content === '' ? ' ' : undefined;
  if (depth > 0 && blockLine.test(part)) return ' ';
  if (content.startsWith('Caused by:')) return ' ';
  if (content.startsWith('<') && text.includes('<')) return ' ';
  if (box.test(part) || box.test(lastLine)) return box.test(part) && box.test(lastLine) ? ' ' : undefined;
  if (messageLine.test(part)) return undefined;
  return isSameLine || isWrapped(lastLine, part.trimEnd()) ? '\n' : undefined;
};

/** A terminal wraps where the next word, or the next character, does not fit. */
const isWrapped = (line: string, next: string): boolean => {
  const [word = ''] = next.trimStart().split(/\s/, 1);
  return (
    line.length >= minWrappedLength && line.length + 1 + word.length > Math.max(line.length, next.length)
  );
};

const count = (text: string, sign: string): number => text.split(sign).length - 1;
