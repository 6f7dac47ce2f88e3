/** Text that is HTML already. */
export interface Html {
  readonly html: string;
}

type Part = string | number | Html | readonly Html[];

/** A template of HTML. Every text in it is escaped; only other templates go in as they are. */
export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  html: texts.reduce((before, text, index) => before + markup(parts[index - 1] ?? '') + text),
});

/** Text that is known to be HTML, such as a bundled script. Never anything that was read. */
export const trusted = (text: string): Html => ({ html: text });

/** JSON for a script element of the type application/json: no text in it can end the element. */
export const embeddedJson = (value: unknown): Html =>
  trusted(JSON.stringify(value).replaceAll('<', String.raw`\u003c`));

const markup = (part: Part): string => {
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part));
  return 'html' in part ? part.html : part.map((one) => one.html).join('');
};

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
