/** Opens the page of `rolebridge report` in a real browser. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { bundleAssets } from '../../cli/commands/report/page/assets.ts';
import { reportPage } from '../../cli/commands/report/page/page.ts';
import type { Report } from '../../shared/report/report.ts';
import {
  follow,
  hasBrowser,
  type Look,
  type OpenBrowser,
  type OpenPage,
  startBrowser,
} from '../support/browser.ts';
import { exampleReport, hostileTexts, largeReport } from '../support/report-example.ts';
import { email, reader, writer } from '../support/settings.ts';

/** Skipped if there is no Chromium; `.ci/run` reports that. */
const withBrowser = hasBrowser ? describe : describe.skip;

withBrowser('the page of a report, in Chromium', () => {
  let browser: OpenBrowser;
  let folder: string;
  const urls = new Map<string, string>();
  const opened = new Set<OpenPage>();
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rolebridge-report-'));
    const assets = await bundleAssets(process.cwd());
    const reports: Readonly<Record<string, Report>> = {
      example: exampleReport,
      hostile: {
        ...largeReport(60),
        blindSpots: hostileTexts.map((text) => ({ what: text, reason: text })),
        warnings: hostileTexts,
      },
      large: largeReport(10_000),
      many: {
        ...exampleReport,
        unmanaged: exampleReport.unmanaged.flatMap((one) => Array.from({ length: 600 }, () => one)),
      },
    };
    for (const [name, report] of Object.entries(reports)) {
      const path = join(folder, `${name}.html`);
      writeFileSync(path, reportPage(report, assets));
      urls.set(name, pathToFileURL(path).href);
    }
    browser = await startBrowser();
  });
  afterEach(async () => {
    for (const shown of opened) {
      const [complaints, requests] = [shown.complaints.splice(0), shown.requests.splice(0)];
      expect({ complaints, requests }).toEqual({ complaints: [], requests: [] });
    }
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  /** The page that was opened before is gone. */
  const open = async (name: string, hash = '', look: Look = {}): Promise<Page> => {
    const shown = await browser.open(`${urls.get(name) ?? ''}${hash}`, look);
    opened.add(shown);
    return shown.page;
  };
  const rolesIn = (page: Page): Promise<string[]> =>
    page.locator('#rows td[data-column="role"] a').allInnerTexts();

  it('shows who else can reach the selected account, although rolebridge does not manage them', async () => {
    const page = await open('example', `#to=${encodeURIComponent(writer)}`);
    expect(await page.locator('#beside').innerText()).toMatch(/Besides these rows.*\n.*attribute\.account/);
    const select = (to: string) =>
      follow(page, () => page.goto(`${urls.get('example') ?? ''}#to=${encodeURIComponent(to)}`));
    await select(reader);
    expect(await page.locator('#beside').isHidden()).toBe(true);
    // No tag names these: one may not be read, reading another failed, and nothing is known about the third.
    for (const to of [email('private'), email('ledger'), 'buckets/acme-other']) {
      await select(to);
      expect(await page.locator('#beside').innerText()).toBe(
        'Its policy was not read: members there are not known.',
      );
    }
  });

  it('shows that it does not have a selected name, and links to the names that may be meant', async () => {
    const page = await open('example', '#to=writer');
    const unknown = page.locator('#unknown');
    expect(await page.locator('#count').innerText()).toBe('0 of 8 rows, only access to writer');
    expect(await unknown.innerText()).toBe(
      `This report has no service account, resource or Google role named writer. Did you mean ${writer}?`,
    );
    await follow(page, () => unknown.getByRole('link').click());
    expect(await rolesIn(page)).toEqual(['app-night', 'app-year', 'intern']);
    expect(await unknown.isHidden()).toBe(true);
    await follow(page, () => page.goto(`${urls.get('example') ?? ''}#role=nothing-like-it`));
    expect(await unknown.innerText()).toMatch(
      /^This report has no role named nothing-like-it\. Check the spelling/,
    );
  });

  it('filters, sorts and groups', async () => {
    const page = await open('example');
    expect(await page.locator('#count').innerText()).toBe('8 of 8 rows');
    await page.locator('#filter').fill('writer bob');
    expect(await rolesIn(page)).toEqual(['app-night', 'app-year', 'intern']);
    expect(page.url()).toContain('#filter=writer%20bob');
    await page.locator('#sort-role').click();
    await page.locator('#sort-role').click();
    expect(await rolesIn(page)).toEqual(['intern', 'app-year', 'app-night']);
    expect(await page.locator('#head-role').getAttribute('aria-sort')).toBe('descending');
    await page.locator('#show').selectOption('active');
    expect(await rolesIn(page)).toEqual(['app-year', 'app-night']);
    await follow(page, () => page.locator('#clear').click());
    await page.locator('#group').selectOption('resource');
    expect(await page.locator('tr.group').allInnerTexts()).toContain(`${writer} (3)`);
    await page.locator('#filter').fill('nothing has this');
    expect(await page.locator('#more').innerText()).toBe('No row matches.');
  });

  it('answers who can reach an account, who requested it, until when, what was refused, and why', async () => {
    const page = await open('example', `#to=${writer}`);
    expect(await page.locator('#count').innerText()).toBe(`3 of 8 rows, only access to ${writer}`);
    expect(await page.locator('#ask-google').innerText()).toContain(
      `/serviceAccounts/${writer} --permissions`,
    );
    const text = await page.locator('#rows').innerText();
    for (const answer of [
      'Developer/bob',
      'end of 2026-11-30 (UTC)',
      'end of 2027-06-29 (UTC)',
      'refused',
      'The guardrail does not let role intern',
    ])
      expect(text).toContain(answer);
    expect(await page.locator('#refusals + table').innerText()).toContain(
      'The guardrail does not let role intern',
    );
  });

  it('follows links of roles, resources and numbers, and supports the back button', async () => {
    const page = await open('example', '#role=reports&group=role');
    expect(await page.locator('tr.group').allInnerTexts()).toEqual([
      '111122223333/reports (1)',
      '444455556666/reports (1)',
    ]);
    await follow(page, () => page.getByRole('link', { name: 'buckets/acme-in' }).first().click());
    expect(page.url()).toContain('#to=buckets/acme-in');
    expect(await rolesIn(page)).toEqual(['reports']);
    await follow(page, () => page.goBack());
    expect(await page.locator('tr.group').count()).toBe(2);
    await follow(page, () => page.locator('.counters a', { hasText: 'ending' }).click());
    expect(await rolesIn(page)).toEqual(['app-night']);
  });

  it('draws the selection, whose nodes are links', async () => {
    const page = await open('example', `#to=${reader}`);
    expect(await page.locator('#graph a.role').count()).toBe(2);
    expect(await page.locator('#graph .edge.active').count()).toBe(2);
    await follow(page, () => page.locator('#graph a.role', { hasText: 'app-old' }).click());
    expect(page.url()).toContain('#role=111122223333/app-old');
    const large = await open('large');
    expect(await large.locator('#graph-note').innerText()).toContain('more than 60 connections');
    expect(await large.locator('#graph svg').count()).toBe(0);
  });

  it('can be used with the keyboard alone', async () => {
    const page = await open('example');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').innerText()).toContain('Skip to the table');
    await page.keyboard.press('/');
    await page.keyboard.type('intern');
    expect(await rolesIn(page)).toEqual(['intern']);
    await page.keyboard.press('Escape');
    expect(await rolesIn(page)).toHaveLength(8);
    await page.locator('#sort-role').focus();
    await page.keyboard.press('Enter');
    expect((await rolesIn(page))[0]).toBe('app-blind');
    await page.locator('#rows a').first().focus();
    await follow(page, () => page.keyboard.press('Enter'));
    expect(await rolesIn(page)).toEqual(['app-blind']);
  });

  it("keeps the keyboard's place when the focused element is redrawn", async () => {
    const page = await open('large');
    const focused = page.locator(':focus');
    const count = page.locator('#count:focus');
    await page.locator('#rows tbody a').first().focus();
    await follow(page, () => page.keyboard.press('Enter'));
    expect(await count.innerText()).toMatch(/^1 of 10000 rows, only role 111122223333\/app-/);
    await page.locator('#graph a.to').focus();
    await follow(page, () => page.keyboard.press('Enter'));
    expect(await count.innerText()).toMatch(/^\d+ of 10000 rows, only access to /);
    await page.locator('#rows tbody a').last().focus();
    await follow(page, () => page.goBack());
    await count.waitFor();
    // The remaining rows begin where the button was.
    await follow(page, () => page.locator('#clear').click());
    await page.locator('#filter').fill('app-12');
    await page.locator('#show-all').focus();
    await page.keyboard.press('Enter');
    const links = page.locator('#rows tbody tr[data-state] td:first-child a');
    expect(await links.count()).toBe(111);
    expect(await focused.innerText()).toBe(await links.nth(50).innerText());
    // Typing moves nothing.
    await page.locator('#filter').fill('app-1');
    expect(await focused.getAttribute('id')).toBe('filter');
  });

  it('keeps the selection when its skip link is followed', async () => {
    const page = await open('example', '#show=refused');
    await page.keyboard.press('Tab');
    await follow(page, () => page.keyboard.press('Enter'));
    expect(await page.locator(':focus').getAttribute('id')).toBe('filter');
    expect(await rolesIn(page)).toEqual(['intern']);
    expect(page.url()).toContain('#show=refused');
  });

  it('shows where to find the members that it does not list beside the rows', async () => {
    const page = await open('many');
    expect(await page.locator('#beside').innerText()).toContain('and 595 more, in the JSON of this page');
  });

  it('saves the selection as the same CSV as the command', async () => {
    const page = await open('example', '#show=refused');
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#save').click()]);
    const path = join(folder, 'saved.csv');
    await download.saveAs(path);
    const lines = readFileSync(path, 'utf8').split('\r\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toContain('111122223333,intern,AROAINTERN,default,');
    // The browser chooses the name under which it saves a request.
    for (const { requests } of opened)
      expect(requests.splice(0).filter((url) => !url.startsWith('blob:'))).toEqual([]);
  });

  it.each([320, 768, 1280, 2000])('fits into %i pixels', async (width) => {
    for (const name of ['example', 'hostile']) {
      const page = await open(name, '', { viewport: { width, height: 800 } });
      const excess = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect({ name, excess }).toEqual({ name, excess: 0 });
    }
  });

  it('breaks names after / @ and . but not inside words, in a table with columns', async () => {
    const page = await open('example', '', { viewport: { width: 1280, height: 800 } });
    // The lines of each cell, as the browser draws them.
    const lines = await page.evaluate<
      string[]
    >(`[...document.querySelectorAll('#rows tbody td bdi, #rows tbody .time')].flatMap((cell) => {
      const found = new Map();
      const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode())
        for (let at = 0; at < node.data.length; at += 1) {
          const range = document.createRange();
          range.setStart(node, at);
          range.setEnd(node, at + 1);
          const top = Math.round(range.getBoundingClientRect().top);
          found.set(top, (found.get(top) ?? '') + node.data[at]);
        }
      return [...found.values()].slice(0, -1);
    })`);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter((line) => !/[\s/@.-]$/.test(line))).toEqual([]);
  });

  it('has no column for resources if no access has one', async () => {
    const resource = '#rows td[data-column="resource"]';
    expect(await (await open('example')).locator(resource).first().isVisible()).toBe(true);
    expect(await (await open('large')).locator(resource).first().isVisible()).toBe(false);
  });

  it('has a drawing as wide as its names, which scrolls on a narrow screen and shows that it does', async () => {
    const hint = async (width: number): Promise<boolean> => {
      const page = await open('example', '', { viewport: { width, height: 800 } });
      const left = await page.evaluate<number>(
        "Math.min(...[...document.querySelectorAll('#graph a.role text')].map((one) => one.getBoundingClientRect().left))",
      );
      expect(left).toBeLessThan(60);
      return await page.locator('#graph-hint').isVisible();
    };
    expect([await hint(360), await hint(1280)]).toEqual([true, false]);
  });

  // ROLEBRIDGE_SCREENSHOTS=docs/images renews those of docs/report.md. Then compress them: `pngquant --ext .png
  // --force 64`.
  it.each([
    [360, 'light'],
    [1280, 'light'],
    [2000, 'dark'],
  ] as const)('is drawn in %i pixels, %s', async (width, colorScheme) => {
    const page = await open('example', '', { colorScheme, viewport: { width, height: 1100 } });
    const path = join(process.env['ROLEBRIDGE_SCREENSHOTS'] ?? folder, `report-${width}.png`);
    expect((await page.screenshot({ path })).byteLength).toBeGreaterThan(10_000);
  });

  it('keeps hostile tags and reasons texts', async () => {
    const page = await open('hostile', '#show=refused');
    expect(await page.title()).toBe('Access report, prod, 2026-11-24');
    expect(await page.locator('img, script:not([id]):not(:last-of-type), #rows svg, iframe').count()).toBe(0);
    const text = await page.locator('body').innerText();
    expect(text).not.toMatch(/[\u202E\u2028\0]/);
    for (const part of [
      '</script><script>document.title',
      '[U+202E]gro.lanretxe',
      'two lines and [U+0000] a null',
      '<img src=x onerror=',
    ])
      expect(text).toContain(part);
  });

  it.each(['light', 'dark'] as const)('is accessible with %s colors', async (colorScheme) => {
    for (const width of [360, 1280]) {
      const page = await open('example', '#group=resource', {
        colorScheme,
        viewport: { width, height: 800 },
      });
      await page.evaluate(axe.source);
      const violations = await page.evaluate(
        'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).slice(0, 3).join(" ")))',
      );
      expect({ width, violations }).toEqual({ width, violations: [] });
    }
  });

  it('is dark if the reader prefers that', async () => {
    const back = 'getComputedStyle(document.body).backgroundColor';
    expect(await (await open('example')).evaluate(back)).toBe('rgb(255, 255, 255)');
    expect(await (await open('example', '', { colorScheme: 'dark' })).evaluate(back)).toBe('rgb(13, 17, 23)');
  });

  it('prints all rows of the selection, without the controls', async () => {
    const page = await open('large', '#filter=app-12');
    const rows = page.locator('#rows tbody tr[data-state]');
    expect(await rows.count()).toBe(50);
    await page.emulateMedia({ media: 'print' });
    await page.evaluate('dispatchEvent(new Event("beforeprint"))');
    expect(await rows.count()).toBe(111);
    expect(await page.locator('.controls').isVisible()).toBe(false);
    expect(await page.locator('#count').innerText()).toBe('111 of 10000 rows');
    expect(await page.locator('details li').first().isVisible()).toBe(true);
    expect((await (await open('example')).pdf()).byteLength).toBeGreaterThan(10_000);
  });

  it('shows everything except the table without its script', async () => {
    const page = await open('example', '', { javaScriptEnabled: false });
    const text = await page.locator('body').innerText();
    for (const part of ['Not seen', 'This table needs JavaScript', 'Refused requests (1)', 'office hours'])
      expect(text).toContain(part);
  });

  it('filters 10,000 rows; the time is reported, but does not fail the test', async () => {
    const page = await open('large');
    const devtools = await page.context().newCDPSession(page);
    // We measure the thread's own time, because the machine does other things.
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
    const spent = async (): Promise<number> => {
      const { metrics } = await devtools.send('Performance.getMetrics');
      return metrics.find(({ name }) => name === 'ThreadTime')?.value ?? Number.NaN;
    };
    const times: number[] = [];
    for (const text of ['a', 'app-1', 'account-5', 'hostile', '', 'app-9999']) {
      const before = await spent();
      await page.evaluate(`(() => {
        const filter = document.getElementById('filter');
        filter.value = ${JSON.stringify(text)};
        filter.dispatchEvent(new Event('input'));
        document.body.offsetHeight;
      })()`);
      times.push(Math.round(1000 * ((await spent()) - before)));
    }
    expect(await page.locator('#count').innerText()).toBe('1 of 10000 rows');
    process.stdout.write(`Filtering 10,000 rows takes ${times.join(', ')} ms of the page's thread.\n`);
  });
});
