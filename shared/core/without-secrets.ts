const mark = '[redacted]';

/** Of header fields, JSON, forms and XML. */
const names =
  'secret(?:[_-]?access[_-]?key)?|token|signature|credential|password|assertion|authorization|private[_-]?key';
const value = String.raw`(?!https?:)[^\s"'\\&,;<>()]{16,}`;

/** Each pattern with what stands in its place. None costs more than the text's length: foreign texts may be long. */
const patterns: readonly (readonly [pattern: RegExp, instead: string])[] = [
  // A text may break off within it.
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/gs, mark],
  // V8 quotes what it could not parse, which may be a piece of an answer with a token.
  [/(Unexpected token '.{1,2}', )[^]{1,80}? is not valid JSON/g, '$1what came is not valid JSON'],
  [/\b(Bearer|Basic)(?: |%20|\+)+[\w.~+/=-]{16,}/gi, `$1 ${mark}`],
  // `"access_token": "…"`, `Signature=…`, `<SessionToken>…`, and the same in a URL.
  [
    new RegExp(
      `((?:${names})(?:["'\\\\]{1,4} ?: ?["'\\\\]{0,4}| ?= ?["'\\\\]{0,4}|>|%22%3A%22|%3D))${value}`,
      'gi',
    ),
    `$1${mark}`,
  ],
  // `x-amz-security-token:…`, `Authorization: …`; of prose, such as "invalid_token: …", only what has a digit in it.
  [
    new RegExp(String.raw`((?:[_-](?:${names})|\bauthorization) ?: ?)(?=[^\s\d]{0,100}\d)${value}`, 'gi'),
    `$1${mark}`,
  ],
  // Google's access tokens, refresh tokens and client secrets.
  [/(?<![\w.-])ya29\.[\w.-]{20,}|(?<![\w/])1\/\/[\w-]{20,}|\bGOCSPX-[\w-]{10,}/g, mark],
  // A JSON web token.
  [/(?<![\w-])eyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]*)?/g, mark],
  // A signature of AWS.
  [/(?<![0-9a-z])[0-9a-f]{64}(?![0-9a-z])/gi, mark],
];

/**
 * Whether letters and digits follow each other as they do by chance, where small letters, capitals and digits take turns
 * at 6 of 10 places; in a path of CamelCase it is 1 of 3. Of AWS's keys 1 in 700 takes turns at fewer than 3 of 8.
 */
const isRandom = (run: string): boolean => {
  const signs = run.replaceAll(/%(?:25)?[0-9A-F]{2}|[+/=]/g, '');
  const turns = signs.match(/[a-z]+|[A-Z]+|\d+/g) ?? [];
  return turns.length * 8 > signs.length * 3;
};

/** AWS's secret keys have 40 such characters, session tokens hundreds; in a URL some of them are escaped. */
const longRun = /(?:[A-Za-z0-9+/=]|%(?:25)?[0-9A-F]{2}){40,}/g;

/**
 * A text of somebody else's without what looks like a credential, a token or a signature: services and proxies repeat in
 * their errors what they were sent. What names a thing (ARNs, resources, e-mail addresses, ids of keys) stays.
 */
export const withoutSecrets = (text: string): string =>
  patterns
    .reduce((left, [pattern, instead]) => left.replaceAll(pattern, instead), text)
    .replaceAll(longRun, (run) => (isRandom(run) ? mark : run));
