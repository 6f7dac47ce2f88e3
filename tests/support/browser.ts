import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Debian's package. `.ci/run` installs it if there is apt, and otherwise reports that these tests were skipped. */
const executablePath = '/usr/bin/chromium';

export const hasBrowser = existsSync(executablePath);

export const startBrowser = (): Promise<Browser> =>
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

/** A page with all its error messages, and every request that it made. */
export interface OpenPage {
  readonly page: Page;
  /** Console errors, exceptions and violations of the page's policy. */
  readonly complaints: string[];
  /** All requests except the page itself. */
  readonly requests: string[];
}

export const openPage = async (
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> => {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== url.split('#')[0]) requests.push(request.url());
  });
  await page.addInitScript(
    `addEventListener('securitypolicyviolation', (event) => console.error('violates ' + event.violatedDirective + ': ' + event.blockedURI));`,
  );
  await page.goto(url);
  return { page, complaints, requests };
};
