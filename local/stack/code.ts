import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { unzipSync } from 'fflate';

export interface Code {
  readonly folder: string;
  /** The zip's hash, as Lambda reports it. */
  readonly sha256: string;
  readonly bytes: number;
  readonly remove: () => void;
}

/** Unpacks a zip into a folder, as Lambda does with uploaded code. */
export const unpack = (packed: Uint8Array): Code => {
  const hash = createHash('sha256').update(packed).digest();
  const isKept = keptCode !== undefined;
  const folder = isKept
    ? unpackOnce(packed, join(keptCode, hash.toString('hex')))
    : unpackInto(packed, mkdtempSync(join(tmpdir(), 'rolebridge-')));
  return {
    folder,
    sha256: hash.toString('base64'),
    bytes: packed.length,
    remove: () => {
      if (!isKept) rmSync(folder, { recursive: true, force: true });
    },
  };
};

const { NODE_COMPILE_CACHE } = process.env;

/**
 * Where a test run keeps unpacked code. Node's compile cache knows a file by its path: in a new folder for each world, every
 * world's functions would be compiled again.
 */
const keptCode = NODE_COMPILE_CACHE === undefined ? undefined : resolve(NODE_COMPILE_CACHE, 'unpacked');

const unpackInto = (packed: Uint8Array, folder: string): string => {
  for (const [name, content] of Object.entries(unzipSync(packed))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
};

/** Several workers may do this at the same time: the first one to finish gives the folder its name. */
const unpackOnce = (packed: Uint8Array, folder: string): string => {
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const own = unpackInto(packed, mkdtempSync(`${folder}-`));
  try {
    renameSync(own, folder);
  } catch (thrown) {
    rmSync(own, { recursive: true });
    if (!existsSync(folder)) throw thrown;
  }
  return folder;
};
