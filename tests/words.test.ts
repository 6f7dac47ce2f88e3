import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Words of which plain English has a better one; a program reports, logs or prints, and tells nobody anything. */
const avoided: Readonly<Record<string, RegExp>> = {
  'told, tell': /\b(told|tells?|telling)\b/gi,
  mend: /\bmend(s|ed|ing)?\b/gi,
  anew: /\banew\b/gi,
  'nobody, somebody': /\b(nobody|somebody)\b/gi,
  'all the same': /\ball the same\b/gi,
  'at once': /\bat once\b/gi,
  'for good': /\bfor good\b/gi,
  'whatever, whoever': /\b(whatever|whoever)\b/gi,
  meanwhile: /\bmeanwhile\b/gi,
  beforehand: /\bbeforehand\b/gi,
  'take away, take back': /\b(take|takes|took|taken|taking)(\s+[^\s.,;:]+){0,4}\s+(away|back)\b/gi,
  'go on': /\b(go|goes|went|going) on\b/gi,
  'look again': /\blooks? again\b/gi,
  'is no X': /(?<!\bthere )\bis no (?!longer|more|one\b)/gi,
  accesses: /\baccesses\b/gi,
  'comment that opens with What, Who, Of or That': /(\/\*\*|\/\/|^ *#) (What|Who|Of|That)\b/gm,
};
/** The field `told` of our own messages, which older versions also read. */
const bound = 2;

const isRead = (path: string): boolean =>
  /\.(ts|cjs|mjs|md|yml|yaml|sh)$|^boot\//.test(path) &&
  // errors.md is made from shared/explain. CHANGELOG.md says what was true at its time.
  !/(^|\/)tests?\/|\.test\.ts$|^local\/testing\/|^docs\/(errors\.md|reports\/)|^CHANGELOG\.md$/.test(path);

/** The titles of tests that docs/security.md names are the tests' own words. */
const withoutTestTitles = (text: string): string =>
  text.replaceAll(/`tests\/[\w/.-]+\.test\.ts: [^`]+`/g, '');

it('what people read avoids the words that a colleague would not say', () => {
  const paths = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).trim().split('\n').filter(isRead);
  const uses = paths.flatMap((path) => {
    const text = withoutTestTitles(readFileSync(path, 'utf8'));
    return Object.entries(avoided).flatMap(([word, pattern]) =>
      [...text.matchAll(pattern)].map(({ index }) => {
        const line = text.slice(0, index).split('\n').length;
        return `${path}:${line}: ${word}`;
      }),
    );
  });
  // More than the bound: each use is listed.
  expect(uses.length > bound ? uses : []).toEqual([]);
});
