import { selectionLink, wholeReport } from '../../../../shared/report/selection-link.ts';
import type { UnknownName } from '../../../../shared/report/unknown-names.ts';
import { visibleText } from '../../../../shared/report/visible-text.ts';
import { byId, element } from './dom.ts';

/** Shows that the report does not have a selected name: without rows, a misspelled name looks like one that no role reaches. */
export const showUnknown = (unknown: readonly UnknownName[]): void => {
  const place = byId('unknown');
  place.hidden = unknown.length === 0;
  place.replaceChildren(...unknown.map((one) => element('p', {}, ...sentences(one))));
};

const sentences = ({ kind, name, similar }: UnknownName): readonly (Node | string)[] => [
  `This report has no ${kind === 'role' ? 'role' : 'service account, resource or Google role'} named `,
  element('bdi', {}, visibleText(name)),
  ...(similar.length === 0 ? [`. ${hints[kind]}`] : ['. Did you mean ', ...linksTo(kind, similar), '?']),
];

const hints: Readonly<Record<UnknownName['kind'], string>> = {
  role: 'Check the spelling: a role is named NAME or ACCOUNT/NAME.',
  to: 'Check the spelling: a service account is named by its whole e-mail address, and a bucket buckets/NAME.',
};

const linksTo = (kind: UnknownName['kind'], names: readonly string[]): readonly (Node | string)[] =>
  names.flatMap((name, index) => [
    ...(index === 0 ? [] : [' or ']),
    element(
      'a',
      { href: selectionLink({ ...wholeReport, [kind]: name }) },
      element('bdi', {}, visibleText(name)),
    ),
  ]);
