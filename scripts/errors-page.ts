import { named } from '../cli/program-name.ts';
import { knownErrors } from '../shared/explain/known-errors/catalog.ts';
import { type KnownError, links } from '../shared/explain/known-errors/known-error.ts';

/** Formats as code, with two backticks around a text that contains one. */
const code = (text: string): string => {
  const fence = text.includes('`') ? '``' : '`';
  return `${fence}${text}${fence}`;
};

/** Formats prose as Markdown; text in backticks is already code. */
const plain = (text: string): string =>
  text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replaceAll(/[<>*]/g, String.raw`\$&`)))
    .join('');

/** A step is either a command or a sentence. */
const isCommand = (step: string): boolean =>
  /^([a-z]+ |TOKEN=)/.test(step) && !step.endsWith('.') && !step.includes('`');

const sourceOf = (source: string): string =>
  source.startsWith('https://') ? `[source](${source})` : `[${source}](../${source})`;

const entry = ({ id, example, cause, next, source }: KnownError): string =>
  [
    `### ${id}`,
    code(example),
    `${plain(cause)} (${sourceOf(source)})`,
    next
      .map((step, index) => {
        const text = named(step, './rolebridge');
        return `${index + 1}. ${isCommand(step) ? code(text) : plain(text)}`;
      })
      .join('\n'),
  ].join('\n\n');

const section = ([link, meaning]: readonly [string, string]): readonly string[] => {
  const errors = knownErrors.filter((error) => error.link === link);
  return [`## ${link}`, `The link: ${meaning}.`, ...errors.map(entry)];
};

/** docs/errors.md, from the data of `rolebridge explain`. */
export const errorsPage = (): string =>
  `${[
    '<!-- Made by `node scripts/errors-doc.ts` from shared/explain/known-errors/. -->',
    '# Errors',
    'What people see when access does not work, by the link of the chain that is broken, in the order of the chain. ' +
      '`rolebridge explain "<error text>"` finds the entry of a text, a whole log included, and fills in the names that it holds. ' +
      'Words in capitals are yours to fill in.',
    ...Object.entries(links).flatMap(section),
  ].join('\n\n')}\n`;
