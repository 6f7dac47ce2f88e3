/**
 * Counts which statements and branches the suites of the project `unit` reach. They run in bare Node, where Jest changes no code:
 * this does, as a module is loaded. Jest reads the counters in `globalThis.__coverage__`.
 */
import { registerHooks } from 'node:module';
import { matchesGlob, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInstrumenter } from 'istanbul-lib-instrument';
import { covered } from '../../jest.config.js';

const root = process.cwd();
const instrumenter = createInstrumenter({ esModules: true, parserPlugins: ['typescript'] });

registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context);
    const path = url.startsWith('file:') ? fileURLToPath(url) : '';
    return covered.some((glob) => matchesGlob(relative(root, path), glob))
      ? { ...loaded, source: instrumenter.instrumentSync(String(loaded.source), path) }
      : loaded;
  },
});
