import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';

export interface Code {
  readonly folder: string;
  /** The zip's hash, as Lambda reports it. */
  readonly sha256: string;
  readonly bytes: number;
  readonly remove: () => void;
}

/** Unpacks a zip into a folder, as Lambda does with uploaded code. */
export const unpack = (zip: string): Code => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-'));
  const packed = readFileSync(zip);
  for (const [name, content] of Object.entries(unzipSync(packed))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return {
    folder,
    sha256: createHash('sha256').update(packed).digest('base64'),
    bytes: packed.length,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};
