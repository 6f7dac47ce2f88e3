import fc from 'fast-check';
import { graphOf } from '../../shared/report/graph.ts';
import {
  columns,
  groups,
  type Selection,
  selectRows,
  shownRows,
  shows,
  sortRows,
} from '../../shared/report/selection.ts';
import {
  isSelectionLink,
  parseSelection,
  selectionLink,
  wholeReport,
} from '../../shared/report/selection-link.ts';
import { visibleText } from '../../shared/report/visible-text.ts';
import { anyText } from '../support/any-text.ts';
import { exampleReport, hostileTexts, largeReport } from '../support/report-example.ts';
import { reader, roleRef, writer } from '../support/settings.ts';

const rows = shownRows(exampleReport);
const select = (changes: Partial<Selection>) =>
  selectRows(sortRows(rows, { ...wholeReport, ...changes }), { ...wholeReport, ...changes });
const namesOf = (changes: Partial<Selection>) =>
  select(changes).flatMap((group) => group.rows.map(({ row: { role } }) => role.roleName));

describe('a selection', () => {
  it('shows below a row that its binding is under a condition or goes through a former pool', () => {
    const [row] = exampleReport.rows;
    if (row === undefined) throw new Error('the example has no rows');
    const reasonOf = (more: Partial<typeof row>) =>
      shownRows({ ...exampleReport, rows: [{ ...row, ...more }] }).map(({ reason }) => reason);
    expect(reasonOf({ condition: { title: 'office', expression: 'true' } })).toEqual([
      'It is under the condition "office" (true).',
    ]);
    expect(reasonOf({ pool: 'projects/1/x', condition: { title: '\u202E' }, reason: 'No.' })).toEqual([
      'No. It goes through the former pool projects/1/x, which no tag requests. It is under the condition "[U+202E]" (without an expression).',
    ]);
    expect(reasonOf({ condition: { expression: 'true' } })).toEqual(['It is under the condition true.']);
    expect(reasonOf({ condition: {} })).toEqual([
      'It is under the condition without a title or an expression.',
    ]);
  });

  it('answers who can reach an account, who requested it, until when, what was refused, and why', () => {
    const found = select({ to: writer, sort: 'role' }).flatMap((group) => group.rows);
    expect(
      found.map(({ cells, reason }) => [cells.role, cells.requester, cells.until, cells.state, reason]),
    ).toEqual([
      ['app-night', 'Developer/bob', 'end of 2026-11-30 (UTC)', 'bound', ''],
      ['app-year', 'Developer/bob', 'end of 2027-06-29 (UTC)', 'bound', ''],
      ['intern', 'Developer/bob', '', 'refused', expect.stringContaining('guardrail')],
    ]);
  });

  it.each([
    [{ filter: 'WRITER bob' }, ['app-night', 'app-year', 'intern']],
    [{ filter: 'no tag requests' }, ['app-old']],
    [{ filter: 'guardrail' }, ['intern']],
    [{ filter: '444455556666/rep' }, ['reports']],
    [{ filter: 'nothing has this' }, []],
    [{ role: '444455556666/REPORTS' }, ['reports']],
    [{ role: 'reports' }, ['reports', 'reports']],
    [{ to: 'buckets/acme-in' }, ['reports']],
    [{ to: 'roles/storage.objectViewer' }, ['reports']],
    [{ show: 'ending' }, ['app-night']],
    [{ show: 'refused' }, ['intern']],
    [{ show: 'held' }, ['app-old']],
    [{ show: 'drifted' }, ['app-new', 'app-old']],
    [{ show: 'unseen' }, ['app-blind']],
    [{ show: 'active', to: reader }, ['reports', 'app-old']],
  ] as const)('%j', (changes, names) => {
    expect(namesOf(changes)).toEqual(names);
  });

  it.each([
    [`${writer} until=2026-12-05`, writer, true],
    [`serviceAccount:${writer}`, writer.toUpperCase(), true],
    [`${reader},${writer},`, writer, true],
    [`${writer}.`, writer, true],
    ['roles/storage.objectViewer on buckets/acme-in until=2026-12-05', 'buckets/acme-in', true],
    ['roles/storage.objectViewer on buckets/acme-in until=2026-12-05', 'roles/storage.objectViewer', true],
    [`over${writer} until=2026-12-05`, writer, false],
    [`${writer}.example.com until=2026-12-05`, writer, false],
    ['on buckets/acme-in-2 until=2026-12-05', 'buckets/acme-in', false],
    ['a b', 'a.b', false],
  ])('the tag %j, which cannot be read, requests access to %s: %s', (target, to, isFound) => {
    const [row] = exampleReport.rows;
    if (row === undefined) throw new Error('the example has no rows');
    const { googleRole: _, resource: _resource, ...others } = row;
    const all = shownRows({ ...exampleReport, rows: [{ ...others, target, state: 'refused' }] });
    expect(selectRows(all, { ...wholeReport, to })[0]?.rows).toHaveLength(isFound ? 1 : 0);
  });

  it('sorts in both directions, with empty cells last', () => {
    expect(namesOf({ sort: 'until' }).slice(0, 2)).toEqual(['app-night', 'app-year']);
    expect(namesOf({ sort: 'until', isDescending: true }).slice(0, 2)).toEqual(['app-year', 'app-night']);
    const [row] = exampleReport.rows;
    if (row === undefined) throw new Error('the example has no rows');
    const ends = ['2026-12-05T18:00:00Z', '2026-12-06T00:00:00Z', '2026-12-05T09:00:00Z'];
    const all = shownRows({ ...exampleReport, rows: ends.map((expiresAt) => ({ ...row, expiresAt })) });
    expect(sortRows(all, wholeReport).map(({ cells }) => cells.until)).toEqual([
      '2026-12-05 09:00',
      '2026-12-05 18:00',
      'end of 2026-12-05 (UTC)',
    ]);
    expect(namesOf({ sort: 'role', isDescending: true })[0]).toBe('reports');
  });

  it('groups by role, and by service account or resource', () => {
    expect(select({ group: 'resource' }).map(({ title, rows: { length } }) => [title, length])).toEqual([
      ['buckets/acme-in', 1],
      ['etl@acme-data.iam.gserviceaccount.com', 1],
      ['ledger@acme-data.iam.gserviceaccount.com', 1],
      [reader, 2],
      [writer, 3],
    ]);
    expect(select({ group: 'role' }).map(({ title }) => title)).toContain('444455556666/reports');
    const one = shownRows({ ...exampleReport, accounts: ['111122223333'] });
    expect(selectRows(one, { ...wholeReport, group: 'role' }).map(({ title }) => title)).toContain(
      'app-blind',
    );
  });

  it('can be converted to a link and back', () => {
    const text = fc.option(
      anyText.map((one) => one.toWellFormed()).filter((one) => one !== ''),
      {
        nil: undefined,
      },
    );
    fc.assert(
      fc.property(
        fc.record({
          filter: text,
          role: text,
          to: text,
          show: fc.constantFrom(...shows),
          sort: fc.constantFrom(...columns),
          isDescending: fc.boolean(),
          group: fc.constantFrom(...groups),
        }),
        ({ filter = '', role, to, ...others }) => {
          const selection: Selection = {
            filter,
            ...others,
            ...(role === undefined ? {} : { role }),
            ...(to === undefined ? {} : { to }),
          };
          expect(parseSelection(selectionLink(selection))).toEqual(selection);
        },
      ),
    );
    expect(selectionLink(wholeReport)).toBe('#');
    expect(selectionLink({ ...wholeReport, to: writer })).toBe(`#to=${writer}`);
    expect(selectionLink({ ...wholeReport, role: '1/a', sort: 'role', isDescending: true })).toBe(
      '#role=1/a&sort=-role',
    );
    expect(selectionLink({ ...wholeReport, filter: 'a b' })).toBe('#filter=a%20b');
    expect(parseSelection('#role=team+app').role).toBe('team+app');
    expect(parseSelection('#show=nonsense&sort=-nonsense&more=1')).toEqual({
      ...wholeReport,
      isDescending: true,
    });
  });

  it('is not named by the address of a part of the page', () => {
    for (const hash of ['', '#', '#to=x']) expect(isSelectionLink(hash)).toBe(true);
    expect(isSelectionLink('#filter')).toBe(false);
  });

  it('shows the rows of a role that differs from its tags in any casing of its name', () => {
    const [row] = exampleReport.rows;
    const [change] = exampleReport.changes;
    if (row === undefined || change === undefined) throw new Error('the example has no rows');
    const all = shownRows({
      ...exampleReport,
      rows: [{ ...row, role: roleRef('REPORTS') }],
      changes: [{ ...change, role: roleRef('Reports') }],
    });
    expect(all.map(({ isDrifted }) => isDrifted)).toEqual([true]);
  });
});

describe('the graph', () => {
  it('joins roles with what they reach, each line once', () => {
    const graph = graphOf(select({ to: writer }).flatMap((group) => group.rows));
    expect(graph).toEqual({
      roles: ['app-night', 'app-year', 'intern'].map((name) => ({
        name: `111122223333/${name}`,
        link: `111122223333/${name}`,
      })),
      resources: [{ name: writer, link: writer }],
      edges: [
        { from: 0, to: 0, kind: 'active', texts: [`${writer}: bound`] },
        { from: 1, to: 0, kind: 'active', texts: [`${writer}: bound`] },
        { from: 2, to: 0, kind: 'refused', texts: [`${writer}: refused`] },
      ],
    });
    const others = graphOf(select({ filter: 'app-new' }).flatMap((group) => group.rows));
    expect(others?.edges).toMatchObject([{ kind: 'pending' }]);
  });

  it('and its groups do not mix roles of the same name, even if one account is configured', () => {
    const all = shownRows({ ...exampleReport, accounts: ['111122223333'] });
    const named = { ...wholeReport, role: 'reports', group: 'role' } as const;
    const found = selectRows(all, named);
    expect(found.map(({ title }) => title)).toEqual(['444455556666/reports', 'reports']);
    const graph = graphOf(found.flatMap((group) => group.rows));
    expect(graph?.roles).toEqual([
      { name: '444455556666/reports', link: '444455556666/reports' },
      { name: 'reports', link: '111122223333/reports' },
    ]);
    expect(graph?.edges).toHaveLength(2);
  });

  it('is not drawn for more connections than anyone can read', () => {
    expect(graphOf(shownRows(largeReport(61)))).toBeUndefined();
    expect(graphOf([])).toEqual({ roles: [], resources: [], edges: [] });
  });
});

describe('a text of someone else', () => {
  it.each([
    ['\u202Eabc', '[U+202E]abc'],
    ['a\r\nb\u2028c', 'a b c'],
    ['a\u0000b\u200Bc', 'a[U+0000]b[U+200B]c'],
    ['\uD800', '\uFFFD'],
    ['\u{E0041}', '[U+E0041]'],
    ['שלום', 'שלום'],
  ])('%j is shown as %j', (text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });

  it('has no invisible characters', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.constantFrom(...hostileTexts)), (text) => {
        expect(visibleText(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Bidi_Control}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
