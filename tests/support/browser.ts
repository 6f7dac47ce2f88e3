import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Debian's package. `.ci/run` installs it if there is apt, and otherwise reports that these tests were skipped. */
const executablePath = '/usr/bin/chromium';

export const hasBrowser = existsSync(executablePath);

export interface OpenBrowser {
  /** Opens a URL in place of the page before: a window with its processes takes a second of CPU and more. */
  readonly open: (url: string, look?: Look) => Promise<OpenPage>;
  readonly close: () => Promise<void>;
}

/** How a page is shown. */
export interface Look {
  /** @default 'light' */
  readonly colorScheme?: 'light' | 'dark';
  readonly viewport?: { readonly width: number; readonly height: number };
  /** @default true */
  readonly javaScriptEnabled?: boolean;
}

/** A page with all its error messages, and every request that it made. */
export interface OpenPage {
  readonly page: Page;
  /** Console errors, exceptions and violations of the page's policy. */
  readonly complaints: string[];
  /** All requests except the pages that a test opened. */
  readonly requests: string[];
}

export const startBrowser = async (): Promise<OpenBrowser> => {
  const browser = await launch();
  const opened = new Set(['about:blank']);
  const windows = new Map<boolean, Promise<OpenPage>>();
  const windowFor = (javaScriptEnabled: boolean): Promise<OpenPage> => {
    const made = windows.get(javaScriptEnabled) ?? openWindow(browser, javaScriptEnabled, opened);
    windows.set(javaScriptEnabled, made);
    return made;
  };
  return {
    open: async (url, { colorScheme = 'light', viewport = usualViewport, javaScriptEnabled = true } = {}) => {
      const shown = await windowFor(javaScriptEnabled);
      const { page } = shown;
      opened.add(withoutFragment(url));
      // A URL that differs only in its fragment would not load the page again.
      await page.goto('about:blank');
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme, media: null });
      await page.goto(url);
      return shown;
    },
    close: () => browser.close(),
  };
};

/**
 * Changes the fragment of a page's URL, and waits until the page has drawn what it selects.
 * A browser changes the URL first, and lets the page know in a task of its own.
 */
export const follow = async (page: Page, change: () => Promise<unknown>): Promise<void> => {
  // Listeners are called in the order in which they were added: the page's own comes first.
  await page.evaluate(
    "window.drawn = new Promise((resolve) => addEventListener('hashchange', () => resolve(), { once: true })); undefined",
  );
  await change();
  await page.evaluate('window.drawn');
};

const usualViewport = { width: 1280, height: 720 };

const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

const openWindow = async (
  browser: Browser,
  javaScriptEnabled: boolean,
  opened: ReadonlySet<string>,
): Promise<OpenPage> => {
  const context = await browser.newContext({ javaScriptEnabled });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!opened.has(withoutFragment(request.url()))) requests.push(request.url());
  });
  await page.addInitScript(
    `addEventListener('securitypolicyviolation', (event) => console.error('violates ' + event.violatedDirective + ': ' + event.blockedURI));`,
  );
  return { page, complaints, requests };
};

const withoutFragment = (url: string): string => url.split('#')[0] ?? url;
