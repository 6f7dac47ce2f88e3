import { createHash } from 'node:crypto';

/** The hashes by which clients check objects, in base64. */
export const checksums = (content: Uint8Array): { readonly crc32c: string; readonly md5: string } => ({
  crc32c: crc32c(content),
  md5: createHash('md5').update(content).digest('base64'),
});

/** CRC-32C (Castagnoli), which Node lacks. RFC 3720, appendix B.4 */
const crc32c = (content: Uint8Array): string => {
  let crc = 0xffffffff;
  for (const byte of content) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE((crc ^ 0xffffffff) >>> 0);
  return bytes.toString('base64');
};

const reversedPolynomial = 0x82f63b78;

const table = Array.from({ length: 256 }, (_, byte) => {
  let entry = byte;
  for (let bit = 0; bit < 8; bit += 1)
    entry = (entry & 1) === 0 ? entry >>> 1 : (entry >>> 1) ^ reversedPolynomial;
  return entry;
});
