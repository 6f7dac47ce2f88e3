#!/usr/bin/env node
/** The entry point of `rolebridge`. */
import { fileURLToPath } from 'node:url';
import manifest from '../package.json' with { type: 'json' };
import { createProgram } from './program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

// The first signal lets the command end in order. A second one ends the program immediately, as usual.
const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => interruption.abort(new Error(`ended by ${name}`)));

await createProgram(root, manifest.version, interruption.signal).parseAsync();
