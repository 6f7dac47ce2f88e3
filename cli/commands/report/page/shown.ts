import { breakableParts, visibleText } from '../../../../shared/report/visible-text.ts';
import { type Html, html } from './html.ts';

/** A text that was read: every character visible, and apart from the direction of the text around it. */
export const shown = (text: string): Html => {
  if (text === '') return html``;
  const [first = '', ...others] = breakableParts(visibleText(text));
  return html`<bdi>${first}${others.map((part) => html`<wbr>${part}`)}</bdi>`;
};
