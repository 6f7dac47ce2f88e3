import { join, resolve } from 'node:path';

/** The page's own script and style sheet, each as one text. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

/** Set by scripts/build-cli.ts: the built program is one file that contains them. */
declare const ROLEBRIDGE_REPORT_ASSETS: PageAssets | undefined;

/** In a checkout, they are bundled from their sources each time. */
export const pageAssets = (root: string): Promise<PageAssets> =>
  typeof ROLEBRIDGE_REPORT_ASSETS === 'undefined'
    ? bundleAssets(root)
    : Promise.resolve(ROLEBRIDGE_REPORT_ASSETS);

export const bundleAssets = async (root: string): Promise<PageAssets> => {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    absWorkingDir: resolve(root),
    entryPoints: ['main.ts', 'page.css'].map((name) => join('cli/commands/report/browser', name)),
    outdir: 'out',
    write: false,
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    // Chrome and Firefox of 2024; Map.groupBy is the newest that the script needs.
    target: ['chrome121', 'firefox121', 'safari17.4'],
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'warning',
  });
  const textOf = (ending: string): string =>
    (outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? '').trim();
  return { script: textOf('.js'), style: textOf('.css') };
};
