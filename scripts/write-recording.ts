/** Runs the demo, and writes docs/images/demo.svg, which plays it: `npm run recording`. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { recordingOf } from './recording.ts';

const output = execFileSync(process.execPath, ['cli/rolebridge.ts', 'demo'], {
  encoding: 'utf8',
  env: { ...process.env, FORCE_COLOR: '1' },
});
mkdirSync('docs/images', { recursive: true });
writeFileSync('docs/images/demo.svg', recordingOf(output));
