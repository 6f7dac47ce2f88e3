import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Node evaluates a module once for each address. So each suite loads its own copy of the modules of tests/, and, where `code` is
 * given, of the code that it tests: a mutant that is on while they are loaded concerns no other suite.
 */
export const importCopy = async (path: string, suite: string, code?: string): Promise<void> => {
  const query = new URLSearchParams({ suite, ...(code === undefined ? {} : { code }) });
  await import(`${pathToFileURL(resolve(path)).href}?${query.toString()}`);
};

/** What a copy imports is a copy, too. `follow` hears of each import, by path. */
export const hookCopies = (follow: (importer: string, imported: string) => void): void => {
  const root = pathToFileURL(`${process.cwd()}/`).href;
  registerHooks({
    resolve: (specifier, context, next) => {
      if (context.parentURL?.startsWith(root) !== true) return next(specifier, context);
      if (specifier === 'fast-check') return next(fewRuns, context);
      const found = next(specifier, context);
      if (!found.url.startsWith(root)) return found;
      const importer = new URL(context.parentURL);
      const imported = new URL(found.url);
      if (imported.pathname.includes('/node_modules/')) return found;
      follow(importer.pathname, imported.pathname);
      for (const [name, value] of importer.searchParams)
        if (name === 'code' || imported.href.startsWith(`${root}tests/`))
          imported.searchParams.set(name, value);
      return { ...found, url: imported.href };
    },
  });
};

const fewRuns = new URL('few-runs.ts', import.meta.url).href;
