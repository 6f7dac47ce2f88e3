import { parseSettings, parseTexts } from '../shared/config/config.ts';

const messageOf = (work: () => unknown): string => {
  try {
    work();
    return 'no error';
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
};
const errorsOf = (text: string): readonly string[] => {
  const [, ...lines] = messageOf(() => parseSettings(text, 'f.yml')).split('\n');
  return lines.map((line) => line.trim());
};

describe('a text that nests too deeply is refused with our own message, at its place', () => {
  const deep = 'lists and groups nest more than 100 levels deep here; rolebridge.yml needs 5';
  it.each([
    ['lists in brackets', `mode: sync\nallow: ${'['.repeat(10_000)}${']'.repeat(10_000)}\n`, 'f.yml:2:'],
    ['brackets that do not end', '['.repeat(10_000), 'f.yml:1:'],
    ['groups in braces', '{a: '.repeat(10_000) + '}'.repeat(10_000), 'f.yml:1:'],
    ['lists with hyphens', `${'- '.repeat(10_000)}x\n`, 'f.yml:1:'],
    // The parser alone would take minutes for this one.
    ['complex keys', `${'? '.repeat(10_000)}x\n`, 'f.yml:1:'],
    ['indented groups', Array.from({ length: 1300 }, (_, n) => `${' '.repeat(n)}a:\n`).join(''), 'f.yml:10'],
  ])('%s', (_, text, place) => {
    const errors = errorsOf(text);
    expect(errors).toEqual([expect.stringContaining(deep)]);
    expect(errors[0]?.startsWith(place)).toBe(true);
  });

  it('but 99 levels are read', () => {
    expect(errorsOf(`allow: ${'['.repeat(97)}${']'.repeat(97)}\n`).join()).not.toContain(deep);
  });
});

describe('aliases', () => {
  const names = Array.from({ length: 12 }, (_, n) => n);
  const bomb = names
    .map(
      (n) => `a${n}: &a${n} [${n === 0 ? 'x' : Array.from({ length: 9 }, () => `*a${n - 1}`).join(', ')}]\n`,
    )
    .join('');

  it('that expand to more than fits into memory', () => {
    expect(errorsOf(bomb)).toEqual(['its aliases (*name) expand to too many values. Write the values out.']);
  });

  it.each([
    ['in a list', 'allow: &all\n  - *all\n', 'f.yml:2:5: allow[0]: *all stands for a value that contains it'],
    ['in a group', 'sweep: &s {maxRevocations: *s}\n', 'f.yml:1:28: sweep.maxRevocations: *s stands for'],
  ])('that contain themselves %s', (_, text, message) => {
    expect(errorsOf(text)).toEqual([expect.stringContaining(message)]);
  });

  it('that contain themselves in an override', () => {
    const texts = [
      { path: 'rolebridge.yml', text: 'sweep: {maxRevocations: 1}\n' },
      { path: 'rolebridge.dev.yml', text: 'sweep: &s {maxRevocations: *s}\n' },
    ] as const;
    expect(messageOf(() => parseTexts(texts))).toContain('rolebridge.dev.yml:1:28: sweep.maxRevocations: *s');
  });
});

it('of thousands of YAML errors, the first are reported', () => {
  const errors = errorsOf(Array.from({ length: 2000 }, (_, n) => `k${n}: *x${n}\n`).join(''));
  expect(errors).toHaveLength(101);
  expect(errors[0]).toBe(
    'f.yml:1:5: k0: put it in quotes: "*x0" (in YAML, a * at the beginning names an alias)',
  );
  expect(errors.at(-1)).toBe('f.yml:101:7: and 1900 more YAML errors; correct these first');
});

it.each([
  ['a byte order mark', (text: string) => `\uFEFF${text}`],
  ['Windows line ends', (text: string) => text.replaceAll('\n', '\r\n')],
])('%s changes nothing, not even the places of errors', (_, change) => {
  const text = '# A comment.\nmode: sync\nregons: [us-east-1]\n';
  expect(errorsOf(change(text))).toEqual(errorsOf(text));
  expect(errorsOf(text)).toContainEqual(expect.stringContaining('f.yml:3:1: regons: unknown setting'));
});
