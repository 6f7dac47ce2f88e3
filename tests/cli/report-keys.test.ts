import { stripVTControlCharacters } from 'node:util';
import { reportPage } from '../../cli/commands/report/page/page.ts';
import { reportText } from '../../cli/commands/report/text.ts';
import { documentErrors } from '../../scripts/document-schema.ts';
import type { KeyDocument } from '../../shared/keys/document.ts';
import type { KeyState } from '../../shared/keys/judge.ts';
import type { Report } from '../../shared/report/report.ts';
import { exampleReport, hostileTexts } from '../support/report-example.ts';
import { email, reader, roleRef, writer } from '../support/settings.ts';

const from = '2025-11-23T07:00:00Z';
const until = '2026-11-23T07:00:00Z';
const keyOf = (id: string, state: KeyState, more: Partial<KeyDocument> = {}): KeyDocument => ({
  id,
  createdAt: '2024-01-02T03:04:05Z',
  neverExpires: true,
  isDisabled: false,
  alerts: [],
  state,
  use: { kind: 'notSeen', from, until },
  idleDays: 365,
  evidence: `The evidence about ${id}.`,
  commands: [`gcloud iam service-accounts keys delete ${id}`],
  ...more,
});
const account = (name: string, keys?: readonly KeyDocument[]) => ({
  email: name,
  grantedSince: '2026-06-01T12:00:00.000Z',
  roles: [roleRef('reports')],
  ...(keys === undefined ? {} : { keys }),
});
const withKeys = (...accounts: readonly ReturnType<typeof account>[]): Report => ({
  ...exampleReport,
  keys: { idleDays: 90, accounts },
});
const example = withKeys(
  account(reader, [
    keyOf('a1', 'idle'),
    keyOf('b2', 'used', { use: { kind: 'seen', at: '2026-11-20T07:00:00Z', from, until } }),
    keyOf('c3', 'unread', { use: { kind: 'notEnabled', reason: 'not enabled' } }),
  ]),
  account(writer, []),
  account(email('etl')),
);

const pageOf = (report: Report): string =>
  reportPage(report, { script: '', style: '' }).replaceAll('<wbr>', '');

const sectionOf = (report: Report): string => {
  const page = pageOf(report);
  const start = page.indexOf('<h2 id="keys">');
  return page.slice(start, page.indexOf('<h2', start + 1));
};
const wordsOf = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&#34;', '"')
    .replaceAll(/\s+/g, ' ');

describe('the section of the keys', () => {
  it('has a row for each key, with its account, times, state and evidence', () => {
    const words = wordsOf(sectionOf(example));
    expect(words).toContain('Keys (3)');
    expect(words).toContain(`${reader} a1 2024-01-02 never not since 2025-11-23 idle The evidence about a1.`);
    expect(words).toContain(`${reader} b2 2024-01-02 never 2026-11-20 used The evidence about b2.`);
    expect(words).toContain('not readable not readable The evidence about c3.');
  });

  it('explains what it proves, what it leaves out, and where the commands are, and contains no command', () => {
    const words = wordsOf(sectionOf(example));
    for (const text of [
      'This is evidence, not proof',
      'idle after 90 days',
      '1 service account without one.',
      'The keys of 1 service account could not be read.',
      '"rolebridge keys"',
    ])
      expect(words).toContain(text);
    expect(words).not.toContain('gcloud');
  });

  it('lists leaked keys first, then those that may be replaced, each in its color', () => {
    const states: readonly KeyState[] = ['expired', 'used', 'idle', 'replaced', 'leaked', 'noData', 'unread'];
    const section = sectionOf(
      withKeys(
        account(
          reader,
          states.map((state) => keyOf(state, state)),
        ),
      ),
    );
    expect(
      [...section.matchAll(/<span class="(\w+)">([^<]*)</g)].map(([, tone, state]) => [state, tone]),
    ).toEqual([
      ['leaked', 'bad'],
      ['may be replaced', 'warn'],
      ['idle', 'warn'],
      ['not readable', 'bad'],
      ['no data', 'quiet'],
      ['used', 'good'],
      ['expired', 'quiet'],
    ]);
  });

  it('names the option that shows it if --keys is missing', () => {
    expect(wordsOf(sectionOf(exampleReport))).toMatch(/Keys Not read\. "rolebridge report --keys" shows/);
  });

  it('claims that there is no key only for accounts that were read', () => {
    expect(wordsOf(sectionOf(withKeys(account(reader), account(writer, []))))).toContain(
      'No user-managed key was seen. 1 service account without one. The keys of 1 service account could not be read.',
    );
    expect(wordsOf(sectionOf(withKeys()))).toContain(
      'The ledger, as far as it was read, lists no grant of a service account.',
    );
  });

  it.each(hostileTexts)('shows %j as text', (text) => {
    const section = sectionOf(withKeys(account(text, [keyOf(text, 'idle', { evidence: text })])));
    expect(
      section.replaceAll(/<\/?(h2|p|table|thead|tbody|tr|th|td|bdi|span)( [a-z-]+="[^"<>]*")*>/g, ''),
    ).not.toMatch(/[<>"\u202E\r\0]/);
  });
});

it('the top counts the keys that need an answer, and the accounts whose keys are not known', () => {
  const topOf = (report: Report): string => {
    const page = pageOf(report);
    return wordsOf(page.slice(page.indexOf('<ul class="counters">'), page.indexOf('</header>')));
  };
  const keys = [keyOf('a1', 'leaked'), keyOf('b2', 'replaced'), keyOf('c3', 'replaced'), keyOf('d4', 'idle')];
  expect(topOf(withKeys(account(reader, keys), account(writer)))).toContain(
    '1 leaked key 2 keys may be replaced keys of 1 account not known',
  );
  expect(topOf(withKeys(account(reader, [])))).toMatch(/0 leaked keys\s+0 keys may be replaced\s*$/);
  expect(topOf(exampleReport)).not.toContain('key');
});

it('a blind spot of keys is neither missing access nor an unused key', () => {
  const page = pageOf(example);
  expect(page).toContain(
    'The report could not see what is there now. Nothing there counts as gone or as unused.',
  );
});

it('the text counts the keys by state, and the accounts whose keys are not known', () => {
  const text = (report: Report) => stripVTControlCharacters(reportText(report));
  expect(text(example)).toContain(
    '  3 keys: 1 idle, 1 not readable, 1 used; those of 1 service account not known\n',
  );
  expect(text(withKeys(account(writer, [])))).toContain('  no key seen\n');
  expect(text(exampleReport)).not.toMatch(/ keys?\b/);
});

it('the document contains them, as the schema describes', () => {
  expect(documentErrors('report', { version: 1, ...example })).toEqual([]);
});
