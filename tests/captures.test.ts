import { readFileSync } from 'node:fs';
import { capturedFiles, withCaptures } from '../scripts/captures.ts';

// "npm run captures" writes them again.
it.each(capturedFiles)(
  '%s shows the current output of the commands',
  async (file) => {
    const text = readFileSync(file, 'utf8');
    expect(await withCaptures(text)).toBe(text);
  },
  240_000,
);
