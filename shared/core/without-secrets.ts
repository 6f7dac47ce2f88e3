const cut = '… (cut)';

/**
 * Removes anything that looks like a credential, a token or a signature from a text of another program: services and proxies
 * repeat in their errors what they were sent. Names (ARNs, resources, e-mail addresses, ids of keys) stay. A text longer than
 * `most` is cut: no one reads megabytes, and V8's regular expressions overflow their stack.
 */
export const withoutSecrets = (text: string, most = 100_000): string => {
  const begin = text.slice(0, 2 * most);
  const whole = cleaned(begin);
  if (begin === text && whole.length <= most) return whole;
  // The cut may have halved a secret, which is then too short to be recognized.
  const safe = begin === text ? whole : whole.replace(/\S{1,300}$/, '');
  return `${safe.slice(0, most - cut.length).toWellFormed()}${cut}`;
};

const mark = '[redacted]';

/** Names and values of header fields, JSON, forms and XML. */
const names =
  'secret(?:[_-]?access[_-]?key)?|token|signature|credential|password|assertion|authorization|cookie|(?:private|api)[_-]?key';

const quotes = String.raw`["'\\]{1,4}`;

/** Between name and value in JSON (also with an array, or as `"key":"…","value":"…"`), forms, XML and URLs. */
const between = String.raw`${quotes} ?: ?\[?(?:${quotes})?|${quotes} ?, ?${quotes}value${quotes} ?: ?${quotes}| ?= ?(?:${quotes})?|>|%22%3A%22|%3D`;

const value = String.raw`(?!\[?(?:https?|arn):)[^\s"'\\&,;<>()]{16,}`;

/** Values that follow a name and a colon in prose and are not secrets: paths, numbers and dates, ids, hosts, e-mail addresses. */
const harmless = String.raw`\/[\w.-]{1,64}\/|projects\/|\d+\b|[a-z]{1,6}-[\da-f]{17}\b|[a-z\d-]{1,63}\.[a-z\d-]{1,63}\.[a-z]|A(?:KI|SI|ID|RO)A[A-Z\d]{16}\b|[\w.+-]{1,64}@[\w-]{1,63}\.[a-z]`;

/** Each pattern with its replacement. None takes more than linear time. */
const patterns: readonly (readonly [pattern: RegExp, instead: string])[] = [
  // The text may break off within it.
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/gs, mark],
  // V8 quotes what it could not parse, which may be a piece of an answer with a token.
  [/(Unexpected token '.{1,2}', )[^]{1,80}? is not valid JSON/g, '$1what came is not valid JSON'],
  // The user's part of a URL, such as a proxy's.
  [/(\/\/[^\s/:@?#]{0,100}:)[^\s/@?#]{1,200}(?=@)/g, `$1${mark}`],
  [/\b(Bearer|Basic)(?: |%20|\+){1,4}[\w.~+/=-]{16,}/gi, `$1 ${mark}`],
  // A header with several values: `Cookie: theme=dark; session=…`.
  [/(cookie["'\\]{0,4} ?: ?\[?["'\\]{0,4})(?=[\w.-]{1,100}=)[^\r\n"'<]+/gi, `$1${mark}`],
  // `"access_token": "…"`, `Signature=…`, `<SessionToken>…`, and the same in a URL.
  [new RegExp(`((?:${names})(?:${between}))${value}`, 'gi'), `$1${mark}`],
  // `x-amz-security-token:…`, `Password: …`; of prose, such as "invalid_token: …", only what has a digit in it.
  [
    new RegExp(String.raw`((?<![:/.])(?:${names}) ?: ?)(?=[^\s\d]{0,100}\d)(?!${harmless})${value}`, 'gi'),
    `$1${mark}`,
  ],
  // Google's access tokens, refresh tokens, client secrets and API keys.
  [
    /(?<![\w.-])ya29\.[\w.-]{20,}|(?<![\w/])1\/\/[\w-]{20,}|\bGOCSPX-[\w-]{10,}|(?<![\w-])AIza[\w-]{30,}/g,
    mark,
  ],
  // A JSON web token.
  [/(?<![\w-])eyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]*)?/g, mark],
  // A signature of AWS.
  [/(?<![0-9a-z])[0-9a-f]{64}(?![0-9a-z])/gi, mark],
];

/** ARNs and names of roles, as AWS writes them, or else what may be random. */
const longRun = /\b(?:arn:aws|(?:assumed-|service-)?role[/ ])[\w:/+=.@-]{1,200}|[\w+/=%-]{40,}/g;

const cleaned = (text: string): string =>
  patterns
    .reduce((left, [pattern, instead]) => left.replaceAll(pattern, instead), text)
    .replaceAll(longRun, (run) => (isName(run) || !isRandom(run) ? run : mark));

const isName = (run: string): boolean => /^(?:arn:|(?:assumed-|service-)?role[/ ])/.test(run);

/**
 * Whether letters and digits follow each other as they do by chance: such "words" are short. AWS's secret keys have 40
 * characters, session tokens hundreds; base64url is judged from 80, as names have - and _, too. Measured over 100,000
 * random ones of each, 0.69 % of the keys have too few words, 0.07 % of base64url with 80 characters, and no session
 * token of 300. CamelCase has some 8 in 40 characters.
 */
const isRandom = (run: string): boolean => {
  const signs = run.replaceAll(/%(?:25)?[0-9A-F]{2}/g, '/');
  return (
    signs.split(/[-_]/).some((part) => part.length >= 40 && hasWords(part, 13)) ||
    signs.split(/[+/=%]/).some((part) => part.length >= 80 && hasWords(part, 15))
  );
};

/** A name consists of hexadecimal numbers, words in small letters or CamelCase, abbreviations and numbers. */
const word = /[0-9a-f]{8,}|[0-9A-F]{8,}|[A-Z]?[a-z]{2,}\d?|[A-Z]?[a-z]|[A-Z]+(?![a-z])\d?|\d+/g;

/** Whether so many words begin within some 40 characters. */
const hasWords = (run: string, least: number): boolean => {
  const starts: number[] = [];
  for (const { index } of run.matchAll(word)) {
    starts.push(index);
    if (index - (starts.at(-least) ?? -40) < 40) return true;
  }
  return false;
};
