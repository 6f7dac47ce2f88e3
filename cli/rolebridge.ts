#!/usr/bin/env node
/** `rolebridge`: what a person starts. */
import { fileURLToPath } from 'node:url';
import manifest from '../package.json' with { type: 'json' };
import { createProgram } from './program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

// The first one lets the command end in order; the second one ends the program as ever.
const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => interruption.abort(new Error(`ended by ${name}`)));

await createProgram(root, manifest.version, interruption.signal).parseAsync();
