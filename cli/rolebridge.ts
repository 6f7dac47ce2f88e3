#!/usr/bin/env node
/** `rolebridge`: what a person starts. */
import { fileURLToPath } from 'node:url';
import manifest from '../package.json' with { type: 'json' };
import { createProgram } from './program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const interruption = new AbortController();
process.once('SIGINT', () => {
  interruption.abort(new Error('Ctrl-C'));
  // The second one ends the program as ever.
});

await createProgram(root, manifest.version, interruption.signal).parseAsync();
