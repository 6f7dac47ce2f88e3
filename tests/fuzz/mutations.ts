import fc from 'fast-check';

/** Inputs that break parsers: text that has a meaning to some program, or more of it than any program expects. */
const strangeTexts = [
  '',
  ' ',
  '\u0000',
  '\n',
  '"',
  "'",
  '\\',
  '/',
  '../',
  '*',
  '${x}',
  '{{ssm:/x}}',
  '%00',
  '__proto__',
  'constructor',
  'toString',
  '\ud800',
  '\u212a',
  'İ',
  'Ａ',
  '\u202e',
  '😀',
  '9'.repeat(400),
  'x'.repeat(300),
  '999988887777',
  'rolebridge@acme-identity.iam.gserviceaccount.com',
  'admin@other-project.iam.gserviceaccount.com',
  'writer@acme-data.iam.gserviceaccount.com',
  'projects/acme-identity/serviceAccounts/rolebridge@acme-identity.iam.gserviceaccount.com',
  'until 9999-12-31',
  '2026-02-30',
  'request.time < timestamp("x")',
] as const;
export const strangeText = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<string>(...strangeTexts) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
);

const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
const strangeValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: strangeText },
  { weight: 3, arbitrary: fc.constantFrom<unknown>(null, true, 0, -1, 1e308, 0.1, [], {}, [[]], [null]) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 400 }).map(nested) },
);

type Mutation =
  | { readonly kind: 'replace'; readonly at: number; readonly value: unknown }
  | { readonly kind: 'remove' | 'double'; readonly at: number }
  | { readonly kind: 'rename'; readonly at: number; readonly text: string }
  | {
      readonly kind: 'splice';
      readonly at: number;
      readonly from: number;
      readonly cut: number;
      readonly text: string;
    };

const at = fc.nat(200);
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant('replace'), at, value: strangeValue }),
  fc.record({ kind: fc.constantFrom('remove', 'double'), at }),
  fc.record({ kind: fc.constant('rename'), at, text: strangeText }),
  fc.record({ kind: fc.constant('splice'), at, from: fc.nat(80), cut: fc.nat(4), text: strangeText }),
);

const entriesOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : [];
const countOf = (value: unknown): number =>
  entriesOf(value).reduce((sum, [, inner]) => sum + 1 + countOf(inner), 0);
/** `__proto__` as JSON.parse creates it: a field like any other. */
const objectOf = (entries: readonly (readonly [string, unknown])[]): object => {
  const made = {};
  for (const [key, value] of entries)
    Object.defineProperty(made, key, { value, enumerable: true, configurable: true, writable: true });
  return made;
};

const mutateText = (
  text: string,
  { from, cut, text: more }: Extract<Mutation, { kind: 'splice' }>,
): string => {
  const start = from % (text.length + 1);
  return text.slice(0, start) + more + text.slice(start + cut);
};

const mutateEntry = (
  key: string,
  inner: unknown,
  change: Mutation,
): readonly (readonly [string, unknown])[] => {
  switch (change.kind) {
    case 'replace':
      return [[key, change.value]];
    case 'remove':
      return [];
    case 'double':
      return [
        [key, inner],
        [`${key}2`, inner],
      ];
    case 'rename':
      return [[change.text, inner]];
    case 'splice':
      return [[key, typeof inner === 'string' ? mutateText(inner, change) : change.text]];
  }
};

/** Changes one field or item at any depth. `at` counts through all of them. */
const mutate = (value: unknown, change: Mutation): unknown => {
  const count = countOf(value);
  if (count === 0) return change.kind === 'replace' ? change.value : value;
  let left = change.at % count;
  const walk = (one: unknown): unknown => {
    const entries = entriesOf(one).flatMap(([key, inner]) => {
      left -= 1;
      if (left === -1) return mutateEntry(key, inner, change);
      return [[key, left < 0 ? inner : walk(inner)] as const];
    });
    if (Array.isArray(one)) return entries.map(([, inner]) => inner);
    return typeof one === 'object' && one !== null ? objectOf(entries) : one;
  };
  return walk(value);
};

/** Real samples with a few changes each, still close enough to valid input to get far into the code. */
export const mutated = (samples: readonly unknown[], most = 4): fc.Arbitrary<unknown> =>
  fc
    .tuple(fc.constantFrom(...samples), fc.array(mutation, { maxLength: most }))
    .map(([sample, changes]) => changes.reduce(mutate, sample));

/** Texts with a few characters changed, cut off, or inserted. */
export const mutatedText = (samples: readonly string[], most = 4): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...samples),
      fc.array(fc.record({ from: fc.nat(4000), cut: fc.nat(20), text: strangeText }), { maxLength: most }),
    )
    .map(([sample, changes]) =>
      changes.reduce((text, change) => mutateText(text, { kind: 'splice', at: 0, ...change }), sample),
    );

/** Arbitrary bytes, decoded as text. */
export const rawText: fc.Arbitrary<string> = fc
  .uint8Array({ maxLength: 200 })
  .map((bytes) => Buffer.from(bytes).toString('utf8'));

/** A JSON text: from changed samples, with changed letters, or no JSON at all. */
export const jsonText = (samples: readonly unknown[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: mutated(samples).map((value) => JSON.stringify(value) ?? '') },
    { weight: 2, arbitrary: mutatedText(samples.map((sample) => JSON.stringify(sample))) },
    { weight: 1, arbitrary: rawText },
    // SQS, SSM and JSON.parse accept this depth. Recursion may not.
    { weight: 1, arbitrary: fc.nat(4096).map((depth) => '['.repeat(depth) + ']'.repeat(depth)) },
  );
