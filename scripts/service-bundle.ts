/**
 * Builds dist/service: the stack as `rolebridge deploy` gives it to `serverless`, in plain JavaScript, because Node runs no
 * TypeScript below node_modules. Only rolebridge.yml and the functions' bundles are missing (cli/service/assembled-service.ts).
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { shortened } from './bundle-options.ts';

const folder = 'dist/service';

/** The command itself compares the stages, and runs the sweep and waits for its answer. */
const withoutPlugins: ReadonlySet<string> = new Set([
  './scripts/check-stage-conflicts.ts',
  './scripts/first-sweep.ts',
]);

/** Bundles the stack's parts and plugins, and names them in serverless.yml. */
export const buildService = async (): Promise<void> => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { text, plugins } = withBundledPlugins(readFileSync('serverless.yml', 'utf8'));
  await build({
    ...options,
    entryPoints: [{ in: 'stack/template.cjs', out: 'stack/template' }, ...plugins.map(entryOf)],
    outdir: folder,
  });
  writeFileSync(join(folder, 'serverless.yml'), text);
};

const options: BuildOptions = {
  ...shortened,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  mainFields: ['module', 'main'],
};

/** With the comments above it. */
const pluginLine = /((?:^ {2}# .*\n)*)^ {2}- (\.\/scripts\/[\w-]+\.ts)\n/gm;

/** @throws if no plugin is found: then the list has another form */
const withBundledPlugins = (yaml: string): { readonly text: string; readonly plugins: readonly string[] } => {
  const listed = [...yaml.matchAll(pluginLine)].map(([, , path = '']) => path);
  if (listed.length === 0) throw new Error('serverless.yml lists no plugin as "  - ./scripts/NAME.ts".');
  return {
    text: yaml.replaceAll(pluginLine, (_, comments: string, path: string) =>
      withoutPlugins.has(path) ? '' : `${comments}  - ${path.replace(/ts$/, 'cjs')}\n`,
    ),
    plugins: listed.filter((path) => !withoutPlugins.has(path)),
  };
};

const entryOf = (path: string) => ({ in: path, out: path.replace(/^\.\/|\.ts$/g, '') });
