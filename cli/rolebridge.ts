#!/usr/bin/env node
/** The entry point of `rolebridge`. */
import { fileURLToPath } from 'node:url';
import manifest from '../package.json' with { type: 'json' };
import { interruptionSignal } from './interruption.ts';
import { createProgram } from './program.ts';
import { shortenWarnings } from './warnings.ts';

shortenWarnings();

const root = fileURLToPath(new URL('..', import.meta.url));

await createProgram(root, manifest.version, interruptionSignal()).parseAsync();
