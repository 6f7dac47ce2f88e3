import { createHash } from 'node:crypto';
import { crc32c } from '../crc32c.ts';

/** The hashes by which clients check objects, in base64. */
export const checksums = (content: Uint8Array): { readonly crc32c: string; readonly md5: string } => {
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32c(content));
  return {
    crc32c: crc.toString('base64'),
    md5: createHash('md5').update(content).digest('base64'),
  };
};
