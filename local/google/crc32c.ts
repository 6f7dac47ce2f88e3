/** CRC-32C (Castagnoli), by which Google's clients check content; Node lacks it. RFC 3720, appendix B.4 */
export const crc32c = (content: Uint8Array): number => {
  let crc = 0xffffffff;
  for (const byte of content) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
};

const reversedPolynomial = 0x82f63b78;

const table = Array.from({ length: 256 }, (_, byte) => {
  let entry = byte;
  for (let bit = 0; bit < 8; bit += 1)
    entry = (entry & 1) === 0 ? entry >>> 1 : (entry >>> 1) ^ reversedPolynomial;
  return entry;
});
