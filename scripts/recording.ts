import { widthOf, wrapped } from '../cli/wrapped.ts';

/**
 * The output of `rolebridge demo` (with its colors) as an SVG of a terminal that plays it. It needs no script and no font, so it
 * also works as an image in a README. Between two steps it waits as the demo did, and until the first has been read. Readers who
 * prefer no motion see the last screen.
 */
export const recordingOf = (output: string): string => {
  const lines = steadied(output).split('\n').map(rowsOf);
  const screens = screensOf(lines);
  const last = screens.at(-1) ?? { at: 0, rows: 0 };
  const seconds = last.at + secondsOfLastScreen;
  const texts = lines.flat().map(textOfRow);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">
<title>${title}</title>
<style>
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d8dee9; }
.b { font-weight: bold; fill: #fff; }
.d { fill: #8b95a7; }
.r { fill: #ff7b72; }
.g { fill: #7ee787; }
#lines { transform: translateY(${scrollOf(last.rows)}px); }
#hidden { transform: translateY(${last.rows * lineHeight}px); }
@media (prefers-reduced-motion: no-preference) {
#lines { animation: scroll ${seconds.toFixed(1)}s step-end infinite; }
#hidden { animation: show ${seconds.toFixed(1)}s step-end infinite; }
}
@keyframes scroll { ${keyframes(screens, seconds, ({ rows }) => scrollOf(rows))} }
@keyframes show { ${keyframes(screens, seconds, ({ rows }) => rows * lineHeight)} }
</style>
<clipPath id="screen"><rect x="0" y="${top}" width="${width}" height="${height - top - 8}"/></clipPath>
<rect width="${width}" height="${height}" rx="8" fill="#161b22"/>
<text x="${width / 2}" y="20" text-anchor="middle" class="d">${title}</text>
<g clip-path="url(#screen)"><g transform="translate(12 ${top})"><g id="lines">
${texts.join('\n')}
<rect id="hidden" x="-12" width="${width}" height="${texts.length * lineHeight + height}" fill="#161b22"/>
</g></g></g>
</svg>
`;
};

/** The text that a recording shows, without its times. */
export const recordedText = (svg: string): readonly string[] =>
  [...svg.matchAll(/<text y="[^>]*>(.*?)<\/text>/g)].map(([, row = '']) =>
    unescaped(row.replaceAll(/<[^>]*>/g, '')).replace(/^ *\d+\.\d s/, '    s'),
  );

/** With one port and one folder, because they differ from run to run. */
const steadied = (output: string): string =>
  output
    .trimEnd()
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:40123')
    .replaceAll(/\S*\/rolebridge-demo-\w+/g, '/tmp/rolebridge-demo');

const title = 'npm ci &amp;&amp; npm run demo';
const columns = 104;
const rowsOnScreen = 26;
const lineHeight = 17;
const top = 32;
const width = Math.ceil(columns * 7.83) + 24;
const height = top + rowsOnScreen * lineHeight + 12;
const secondsOfLastScreen = 6;

/** A part of a row in one style: bold, dim, red, green, or none. */
interface Span {
  readonly style: string;
  readonly text: string;
}

type Row = readonly Span[];

/** A line as the rows that it takes at a terminal. */
const rowsOf = (line: string): readonly Row[] => {
  const rows: Row[] = [];
  let style = '';
  for (const text of wrapped(line, columns).split('\n')) {
    const spans = text.split(colorCode).flatMap((part, index) => {
      if (index % 2 === 1) style = styles[part] ?? '';
      return index % 2 === 1 || part === '' ? [] : [{ style, text: part }];
    });
    for (let from = 0; from === 0 || from < widthOf(text); from += columns)
      rows.push(cut(spans, from, from + columns));
  }
  return rows;
};

const colorCode = new RegExp(`${String.fromCodePoint(27)}\\[(\\d+)m`);
/** The codes that the demo prints. Every other one ends a style. */
const styles: Readonly<Record<string, string>> = { '1': 'b', '2': 'd', '31': 'r', '32': 'g' };

/** The characters from one column to another: a word that is wider than the terminal is broken. */
const cut = (spans: readonly Span[], from: number, to: number): Row => {
  let at = 0;
  return spans.flatMap(({ style, text }) => {
    const part = text.slice(Math.max(0, from - at), Math.max(0, to - at));
    at += text.length;
    return part === '' ? [] : [{ style, text: part }];
  });
};

const textOfRow = (spans: Row, row: number): string => {
  const parts = spans.map(({ style, text }) =>
    style === '' ? escaped(text) : `<tspan class="${style}">${escaped(text)}</tspan>`,
  );
  return `<text y="${row * lineHeight + 13}">${parts.join('')}</text>`;
};

/** How many rows are visible from a second on. */
interface Screen {
  readonly at: number;
  readonly rows: number;
}

/** One screen for each step. */
const screensOf = (lines: readonly (readonly Row[])[]): readonly Screen[] => {
  const screens: Screen[] = [];
  let [at, rows, printed] = [0, 0, 0];
  for (const step of stepsOf(lines)) {
    at += Math.min(Math.max(step.seconds - printed, 0), maxPauseSeconds);
    rows += step.rows;
    screens.push({ at, rows });
    // Until it has been read:
    at += readingSeconds(step.rows);
    printed = step.seconds;
  }
  return screens;
};

const stepsOf = (lines: readonly (readonly Row[])[]): readonly { seconds: number; rows: number }[] => {
  const steps: { seconds: number; rows: number }[] = [];
  for (const rows of lines) {
    const [first = []] = rows;
    const [, seconds] = /^ *(\d+\.\d) s {2}/.exec(first.map(({ text }) => text).join('')) ?? [];
    if (seconds !== undefined) steps.push({ seconds: Number(seconds), rows: 0 });
    const step = steps.at(-1);
    if (step === undefined) throw new Error('The output does not begin with a step of the demo.');
    step.rows += rows.length;
  }
  return steps;
};

/** A run on a busy machine plays no slower. */
const maxPauseSeconds = 1.5;
const readingSeconds = (rows: number): number => Math.min(1 + 0.2 * rows, 3.5);

const scrollOf = (rows: number): number => -Math.max(0, rows - rowsOnScreen) * lineHeight;

const keyframes = (screens: readonly Screen[], seconds: number, offset: (screen: Screen) => number): string =>
  screens
    .map(
      (screen) =>
        `${((screen.at / seconds) * 100).toFixed(2)}% { transform: translateY(${offset(screen)}px); }`,
    )
    .join(' ');

/** SVG joins spaces, except those that do not break. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll(' ', noBreakSpace);

const unescaped = (text: string): string =>
  text.replaceAll(noBreakSpace, ' ').replaceAll('&gt;', '>').replaceAll('&lt;', '<').replaceAll('&amp;', '&');

const noBreakSpace = String.fromCodePoint(0xa0);
