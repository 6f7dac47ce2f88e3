import fc from 'fast-check';

const codePoint = fc.integer({ min: 0, max: 0x10_ff_ff }).map((code) => String.fromCodePoint(code));
const severalCodePoints = fc.constantFrom(
  'e\u0301',
  '\u{1F469}\u{1F3FD}\u200D\u{1F4BB}',
  '\u{1F1E9}\u{1F1EA}',
  '\r\n',
);

/**
 * Any code points, including lone surrogates and characters of several code points. fast-check's own string units
 * take seconds to prepare in each suite, because they map every existing code point.
 */
export const anyText: fc.Arbitrary<string> = fc
  .array(fc.oneof({ weight: 4, arbitrary: codePoint }, severalCodePoints))
  .map((pieces) => pieces.join(''));
