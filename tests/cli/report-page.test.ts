import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleAssets } from '../../cli/commands/report/page/assets.ts';
import { html } from '../../cli/commands/report/page/html.ts';
import { dataOfPage, reportPage } from '../../cli/commands/report/page/page.ts';
import { assertEarlier, assertSameStack, readPrevious } from '../../cli/commands/report/previous.ts';
import { assertReplaceable, writePage } from '../../cli/commands/report/write-page.ts';
import type { Report } from '../../shared/report/report.ts';
import { exampleReport, hostileTexts } from '../support/report-example.ts';
import { bob, outcome } from '../support/reporting.ts';

const assets = { script: 'run();', style: 'body{}' };
const pageOf = (changes: Partial<Report> = {}): string =>
  withoutBreaks(reportPage({ ...exampleReport, ...changes }, assets));
/** Names may break after some characters. */
const withoutBreaks = (page: string): string => page.replaceAll('<wbr>', '');
const dataIn = (page: string): unknown => JSON.parse(dataOfPage(page) ?? '');

describe('the page', () => {
  it('allows only its own script and style sheet, by their hashes', () => {
    const page = pageOf();
    for (const text of Object.values(assets))
      expect(page).toContain(`sha256-${createHash('sha256').update(text).digest('base64')}`);
    expect(page).toContain('default-src &#39;none&#39;');
    expect(page).not.toMatch(/unsafe|https?:\/\/(?!iam\.googleapis\.com)/);
  });

  it('contains the report as a document, which is the same after reading', () => {
    const row = exampleReport.rows[0];
    const rows =
      row === undefined ? [] : hostileTexts.map((text) => ({ ...row, target: text, reason: text }));
    expect(dataIn(pageOf({ rows }))).toEqual({ version: 1, ...exampleReport, rows });
  });

  it('shows every blind spot first, and everything else that it found', () => {
    const page = pageOf();
    expect(page.indexOf('Not seen: 1 blind spot')).toBeLessThan(page.indexOf('id="access"'));
    for (const text of [
      '503',
      'not readable',
      'other settings',
      'office hours',
      'request.time.getHours() &#60; 18',
      'is not ours',
      'waits for an approval',
    ])
      expect(page).toContain(text);
  });

  it('explains what it does not cover, and how to ask Google about that', () => {
    expect(pageOf()).toMatch(
      /does not include people, groups, other pools, or roles inherited.*analyze-iam-policy/,
    );
  });

  it('claims that nothing is missing only if that is true', () => {
    const counts = { ...exampleReport.counts, unseen: 0 };
    const empty = { rows: [], changes: [], unmanaged: [], leftAlone: [], history: [], warnings: [], counts };
    const page = pageOf({ ...empty, blindSpots: [], notReadable: [] });
    for (const text of [
      'No blind spot',
      'No request was refused',
      'access matches the tags',
      'Nothing happened',
    ])
      expect(page).toContain(text);
    expect(page).not.toMatch(/Not seen|Also found|not readable/);
    expect(pageOf(empty)).toContain('None in what was seen.');
    const unseen = pageOf({ ...empty, counts: { ...counts, unseen: 2 }, blindSpots: [], notReadable: [] });
    expect(unseen).toContain('2 rows below could not be read');
    expect(unseen).toContain('None in what was seen.');
    expect(unseen).not.toContain('No blind spot');
  });

  it('shows rare states: everything revoked, an account that left, inherited members, a modified file', () => {
    const { commit: _, ...withoutCommit } = exampleReport;
    const page = pageOf({
      revokeAll: { at: exampleReport.at, answeredBy: 'alice' },
      leftAccounts: ['999988887777'],
      inherited: [
        {
          googleRole: 'roles/storage.objectViewer',
          resource: 'buckets/acme-in',
          role: { partition: 'aws', accountId: '111122223333', roleName: 'app-a' },
          member: 'principalSet://x',
        },
      ],
      commit: { id: 'abc', isModified: true },
      mode: 'dry-run',
    });
    for (const text of ['alice', '999988887777', 'app-a', 'modified since', 'nothing is written'])
      expect(page).toContain(text);
    expect(reportPage(withoutCommit, assets)).not.toContain('at commit');
  });

  it('shows what is different from an earlier report', () => {
    const [row, other] = exampleReport.rows;
    if (row === undefined || other === undefined) throw new Error('the example has no rows');
    const [member] = exampleReport.unmanaged;
    const none = { added: [], removed: [], changed: [], unmanagedAdded: [], unmanagedRemoved: [] };
    const at = { previousAt: '2026-10-24T12:00:00.000Z', isIncomplete: false };
    const members = member === undefined ? [] : [member];
    const difference: Report['difference'] = {
      ...at,
      added: [row],
      removed: [other],
      changed: [
        {
          before: { ...row, state: 'refused' },
          after: { ...row, isHeld: true },
          fields: ['state', 'isHeld', 'expiresAt', 'reason', 'rule'],
        },
      ],
      unmanagedAdded: members,
      unmanagedRemoved: members,
    };
    const page = pageOf({ difference });
    for (const text of [
      'Since the report of 2026-10-24 12:00 (5)',
      '>new<',
      '>gone<',
      '>changed<',
      'no → yes',
    ])
      expect(page).toContain(text);
    expect(page).toContain('was bound, until end of 2027-06-29 (UTC)');
    // Below the numbers, and above the access.
    expect(page.indexOf('id="difference"')).toBeLessThan(page.indexOf('id="access-title"'));
    expect(page.indexOf('id="difference"')).toBeGreaterThan(page.indexOf('class="counters"'));
    expect(page).toContain('state: <bdi>refused</bdi> → <bdi>bound</bdi>');
    expect(pageOf({ difference: { ...at, ...none } })).toContain('No difference.');
    const partly = { ...difference, isIncomplete: true };
    expect(pageOf({ difference: partly })).toContain('may have been there all along');
    expect(pageOf({ difference: { ...partly, ...none } })).toContain('in what both reports saw');
  });

  it.each(hostileTexts)('shows %j as text', (text) => {
    const spot = { what: text, reason: text };
    const page = pageOf({ blindSpots: [spot], warnings: [text], stage: text });
    const [, shown = ''] = /<section class="unseen"[^]*?<ul>([^]*?)<\/ul>/.exec(page) ?? [];
    expect(shown.replaceAll(/<\/?(li|b|bdi)>/g, '')).not.toMatch(/[<>"\u202E\n\r\0]/);
  });

  it('shows since when the logs are complete', () => {
    const [log] = exampleReport.logs;
    if (log === undefined) throw new Error('the example has no log');
    expect(pageOf()).toContain('log since 2026-10-25 12:00');
    expect(pageOf({ logs: [log, { ...log, from: '2026-11-20T08:00:00.000Z' }] })).toContain(
      'log since 2026-11-20 08:00',
    );
  });

  it('shows why the functions checked if no caller is known', () => {
    const { requestedBy: _, ...sweep } = outcome({ result: 'Revoked', because: 'guardrailChanged' });
    expect(pageOf({ history: [sweep] })).toContain('(the guardrail changed)');
    expect(pageOf({ history: [{ ...sweep, answeredBy: bob }] })).toContain(
      '<bdi>Developer/bob</bdi> (answer)',
    );
    const { because: _because, ...unknown } = sweep;
    expect(pageOf({ history: [unknown] })).toContain('<td data-label="Requested by"></td>');
  });

  it('breaks names after / @ and . and not inside words', () => {
    expect(reportPage(exampleReport, assets)).toContain(
      '<bdi>reader@<wbr>acme-data.<wbr>iam.<wbr>gserviceaccount.com</bdi>',
    );
  });

  it('shortens long tables, and names what it left out', () => {
    const [entry] = exampleReport.history;
    const history = entry === undefined ? [] : Array.from({ length: 502 }, () => entry);
    expect(pageOf({ history })).toContain('2 more are in the JSON of this page.');
  });

  it('is bundled from its sources, and none of its scripts contains the end of a script', async () => {
    const { script, style } = await bundleAssets(process.cwd());
    expect(script).not.toContain('</script');
    expect(style).toContain('@media print');
  });
});

it('a template escapes texts and numbers, and inserts other templates unchanged', () => {
  expect(html`<a title="${'"&<>\''}">${1}${[html`<b>`, html`${'<'}`]}</a>`.html).toBe(
    '<a title="&#34;&#38;&#60;&#62;&#39;">1<b>&#60;</a>',
  );
});

describe('the file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rolebridge-report-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is replaced if it is a report, and only its owner may read it', () => {
    const path = join(folder, 'access.html');
    assertReplaceable(path, false);
    for (const isForced of [false, false, true]) {
      writePage(path, pageOf(), isForced);
      expect(statSync(path)).toMatchObject({ nlink: 1 });
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(dataOfPage(readFileSync(path, 'utf8'))).toContain('"version":1');
      expect(readdirSync(folder)).toEqual(['access.html']);
      assertReplaceable(path, false);
    }
  });

  it('never replaces another file, unless forced to', () => {
    const path = join(folder, 'notes.html');
    writeFileSync(path, 'notes');
    expect(() => assertReplaceable(path, false)).toThrow(
      /is not a report\. Name another file, or pass --force/,
    );
    assertReplaceable(path, true);
  });

  it('never replaces another file that someone created after the check, unless forced to', () => {
    const path = join(folder, 'notes.html');
    assertReplaceable(path, false);
    writeFileSync(path, 'notes');
    expect(() => writePage(path, pageOf(), false)).toThrow(/is not a report\. Name another file/);
    expect(readdirSync(folder)).toEqual(['notes.html']);
    expect(readFileSync(path, 'utf8')).toBe('notes');
    writePage(path, pageOf(), true);
    expect(dataOfPage(readFileSync(path, 'utf8'))).toBeDefined();
  });

  it('is refused if its folder is missing, or if it has no name', () => {
    writeFileSync(join(folder, 'notes'), 'notes');
    symlinkSync(join(folder, 'none'), join(folder, 'link'));
    for (const [name, problem] of [
      ['none/access.html', /: there is no folder .*none\. Create it first/],
      ['none/', /none\/ is the name of a folder\. Name a file/],
      ['notes/access.html', /: .*notes is not a folder\. Name a file/],
      ['notes/', /notes\/ is the name of a folder\. Name a file/],
      ['link', /link is a link to a file that does not exist\. Name another file/],
    ] as const)
      for (const isForced of [false, true])
        expect(() => assertReplaceable(join(folder, name), isForced)).toThrow(problem);
    expect(() => assertReplaceable('', false)).toThrow('--output needs the name of a file');
    assertReplaceable('access-of-a-test.html', false);
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it('may have the longest name', () => {
    const path = join(folder, `${'x'.repeat(250)}.html`);
    assertReplaceable(path, false);
    writePage(path, pageOf(), false);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('is refused in a folder in which no file can be created', () => {
    chmodSync(folder, 0o500);
    const check = () => assertReplaceable(join(folder, 'access.html'), true);
    // Root may write anywhere.
    if (process.getuid?.() === 0) check();
    else expect(check).toThrow(/access\.html cannot be written: .*EACCES/);
    chmodSync(folder, 0o700);
  });

  it('is written into a new draft, never through a file that someone else created', () => {
    const [path, victim] = [join(folder, 'access.html'), join(folder, 'victim')];
    writeFileSync(victim, 'mine');
    symlinkSync(victim, `${path}.${process.pid}.new`);
    writePage(path, 'page', false);
    expect(readFileSync(victim, 'utf8')).toBe('mine');
    expect(readFileSync(path, 'utf8')).toBe('page');
    expect(readdirSync(folder)).toHaveLength(3);
  });

  it('leaves no draft if it cannot be written', () => {
    const path = join(folder, 'folder');
    mkdirSync(path);
    expect(() => writePage(path, 'page', true)).toThrow(/is not a regular file/);
    expect(readdirSync(folder)).toEqual(['folder']);
  });

  it('is a regular file: anything else is refused without being read, even if that is forced', () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const link = join(folder, 'link');
    symlinkSync('/dev/null', link);
    for (const path of [pipe, link, folder, '/dev/null', '/dev/full'])
      for (const isForced of [false, true])
        expect(() => assertReplaceable(path, isForced)).toThrow(
          `--output ${path} is not a regular file. Name a file`,
        );
  });

  it('is an error if its folder cannot be read', () => {
    const path = join(folder, 'x'.repeat(300));
    expect(() => assertReplaceable(path, true)).toThrow(`--output ${path} cannot be read: `);
  });

  it('of an earlier report is read, as a page and as JSON', () => {
    const page = join(folder, 'access.html');
    writePage(page, pageOf(), false);
    const json = join(folder, 'access.json');
    writeFileSync(json, JSON.stringify({ version: 1, ...exampleReport }));
    const { at, stage, accountId, blindSpots, notReadable, rows, unmanaged } = exampleReport;
    for (const path of [page, json])
      expect(readPrevious(path)).toEqual({
        version: 1,
        at,
        stage,
        accountId,
        blindSpots,
        notReadable,
        rows,
        unmanaged,
      });
    assertSameStack(page, readPrevious(page), { stage, accountId });
    expect(() => assertSameStack(page, readPrevious(page), { stage: 'dev', accountId })).toThrow(
      /is a report of stage prod in account 111122223333, not of stage dev/,
    );
  });

  it.each([
    '',
    'notes',
    '{"version":1}',
    JSON.stringify({ version: 2, ...exampleReport }),
    '<script type="application/json" id="report">{',
  ])('of something else, such as %j, is not an earlier report', (text) => {
    const path = join(folder, 'access.json');
    writeFileSync(path, text);
    expect(() => readPrevious(path)).toThrow(/is not a report that this version can read/);
  });

  it.each([
    { at: '2026-11-01 (\u001B]0;title\u0007)' },
    { at: '2026-11-01' },
    { at: '2026-13-01T00:00:00Z' },
    { stage: 'prod\u001B[2J' },
    { stage: '' },
    { accountId: '\u001B[2J' },
    { accountId: '1' },
  ])('is not an earlier report if it contains %j, which could control the terminal', (changes) => {
    const path = join(folder, 'access.json');
    writeFileSync(path, JSON.stringify({ version: 1, ...exampleReport, ...changes }));
    expect(() => readPrevious(path)).toThrow(/is not a report that this version can read/);
  });

  it('of an earlier report must not be dated in the future', () => {
    const path = join(folder, 'access.json');
    writeFileSync(path, JSON.stringify({ version: 1, ...exampleReport }));
    const previous = readPrevious(path);
    const at = Date.parse(exampleReport.at);
    assertEarlier(path, previous, new Date(at));
    expect(() => assertEarlier(path, previous, new Date(at - 1))).toThrow(
      `--since ${path} is a report of ${exampleReport.at}, which is later than now (2026-11-24T11:59:59.999Z). Name an earlier report`,
    );
  });

  it('of an earlier report must exist', () => {
    expect(() => readPrevious(join(folder, 'none.html'))).toThrow(/--since .* cannot be read/);
  });

  it('that cannot be written is an error that names it', () => {
    const path = join(folder, 'none/access.html');
    expect(() => writePage(path, '', false)).toThrow(`--output ${path} cannot be written`);
  });
});
