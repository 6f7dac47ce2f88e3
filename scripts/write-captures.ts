/** Writes the output of the commands into the `console` blocks of the documentation: `npm run captures`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { capturedFiles, withCaptures } from './captures.ts';

// Other versions word some errors differently. npm scripts run on the Node in node_modules.
if (Number.parseInt(process.versions.node, 10) < 24)
  throw new Error(`Node ${process.versions.node} is too old: use npm run captures, which runs Node 24.`);

for (const file of capturedFiles) writeFileSync(file, await withCaptures(readFileSync(file, 'utf8')));
