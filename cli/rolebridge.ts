#!/usr/bin/env node
/** The entry point of `rolebridge`. */
import { fileURLToPath } from 'node:url';
import manifest from '../package.json' with { type: 'json' };
import { interruptionSignal } from './interruption.ts';
import { runCommandLine } from './program.ts';
import { shortenWarnings } from './warnings.ts';

shortenWarnings();

const root = fileURLToPath(new URL('..', import.meta.url));

await runCommandLine(
  { root, version: manifest.version, signal: interruptionSignal() },
  process.argv.slice(2),
);
