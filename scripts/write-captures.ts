/** Writes the output of the commands into the `console` blocks of the documentation: `node scripts/write-captures.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { capturedFiles, withCaptures } from './captures.ts';

for (const file of capturedFiles) writeFileSync(file, await withCaptures(readFileSync(file, 'utf8')));
