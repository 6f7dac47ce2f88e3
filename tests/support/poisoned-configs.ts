import { credentialConfig } from '../../shared/core/credential-config.ts';
import { shapesText } from '../../shared/credentials/config-shapes.ts';
import { accountId, reader, settings } from './settings.ts';

/** A text that someone may have put in the place of a published config, and how it came about. */
export interface ConfigText {
  readonly name: string;
  readonly text: string;
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export interface JsonObject {
  readonly [key: string]: Json;
}

const provider = `aws-${accountId}`;
export const ownEndpoints = {
  sts: 'https://sts-acme.p.googleapis.com',
  iamcredentials: 'https://10.0.0.7:8443',
};

const published = (endpoints: object, email?: string): JsonObject =>
  JSON.parse(
    JSON.stringify(
      credentialConfig({ ...settings, google: { ...settings.google, endpoints } }, provider, email),
    ),
  ) as JsonObject;

/** Every shape, at Google's endpoints and at those of `ownEndpoints`. */
export const genuine: readonly { readonly name: string; readonly config: JsonObject }[] = [
  { name: 'impersonated', config: published({}, reader) },
  { name: 'impersonated, own endpoints', config: published(ownEndpoints, reader) },
  {
    name: 'impersonated, an account of another kind',
    config: published({}, 'acme-data@appspot.gserviceaccount.com'),
  },
  { name: 'direct', config: published({}) },
  { name: 'direct, own endpoints', config: published(ownEndpoints) },
];

const reversed = (config: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(config)
      .toReversed()
      .map(([key, value]) => [key, isObject(value) ? reversed(value) : value]),
  );
export const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Texts that must be accepted wherever `ownEndpoints` are trusted. */
export const genuineConfigs: readonly ConfigText[] = genuine.flatMap(({ name, config }) => [
  { name, text: JSON.stringify(config, null, 2) },
  { name: `${name}, in one line`, text: JSON.stringify(config) },
  {
    name: `${name}, indented by tabs, keys in another order`,
    text: `\n${JSON.stringify(reversed(config), null, '\t')}\r\n`,
  },
]);

export type Path = readonly string[];

export const pathsOf = (config: JsonObject): readonly Path[] =>
  Object.entries(config).flatMap(([key, value]) =>
    isObject(value) ? [[key], ...Object.keys(value).map((inner) => [key, inner])] : [[key]],
  );

/** The config with one member replaced. */
export const withMember = (
  config: JsonObject,
  [key = '', ...rest]: Path,
  change: (name: string, value: Json) => readonly (readonly [string, Json])[],
): JsonObject =>
  Object.fromEntries(
    Object.entries(config).flatMap(([name, value]): readonly (readonly [string, Json])[] => {
      if (name !== key) return [[name, value]];
      return rest.length === 0
        ? change(name, value)
        : [[name, isObject(value) ? withMember(value, rest, change) : value]];
    }),
  );

const camelCase = (name: string): string =>
  name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Names that some parser reads as this one: Go ignores case, and folds U+017F to s and U+212A to k. */
const lookalikes = (name: string): readonly string[] =>
  [
    name.toUpperCase(),
    `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
    camelCase(name),
    name.replace('s', '\u017F'),
    name.replace('k', '\u212A'),
    name.replace('i', '\u0131'),
    `${name} `,
    ` ${name}`,
    `${name}\u200B`,
    `\uFEFF${name}`,
    `x${name}`,
    `${name}s`,
  ].filter((other) => other !== name);

const notTexts: readonly Json[] = [null, true, 0, 1.5, [], {}, { url: 'https://evil.example/' }];

/** Values that send something elsewhere, or that a lenient comparison mistakes for the right one. */
export const malformed = (value: string): readonly string[] =>
  [
    '',
    ' ',
    `${value} `,
    ` ${value}`,
    `${value}\n`,
    `${value}\t`,
    `${value}x`,
    `${value}/`,
    `${value}?`,
    `${value}#`,
    `x${value}`,
    value.slice(0, -1),
    value.toUpperCase(),
    value.replace('s', '\u017F'),
    'https://evil.example/v1/token',
    '//evil.example/v1/token',
    'https:evil.example',
    'file:///etc/passwd',
    'javascript:0',
    '/etc/passwd',
    'evil.example',
    value.replace('googleapis.com', 'evil.example'),
    value.replace('googleapis.com', 'googleapis.com.evil.example'),
    value.replace('googleapis.com', 'googleapis.com@evil.example'),
    value.replace('googleapis.com', 'googleapis.com:1'),
    value.replace('https://', 'http://'),
    value.replace('https://', '//'),
    value.replace('https://', 'https://evil.example/'),
    value.replace('https://', 'https://user@'),
    value.replace('/v1/', '/v1//'),
    value.replace('/v1/', '/../v1/'),
    value.replace('169.254.169.254', '169.254.169.253'),
    value.replace('169.254.169.254', '[fd00:ec2::254]'),
    value.replace('169.254.169.254', '169.254.169.254.evil.example'),
    value.replace('{region}', 'evil.example/'),
    value.replace('{region}', 'us-east-1'),
    value.replace('GetCallerIdentity', 'AssumeRole'),
    value.replace('/123456789012/', '/999999999999/'),
    value.replace('/global/', '/us/'),
    value.replace('/aws-roles/', '/evil-pool/'),
    value.replace('/aws-roles/', '/aws-roles-2/'),
    value.replace('aws-111122223333', 'aws-444455556666'),
    value.replace('aws-111122223333', 'aws-11112222333'),
    value.replace('aws-111122223333', '../aws-111122223333'),
    value.replace(/serviceAccounts\/.*?:/, 'serviceAccounts/reader@evil.example:'),
    value.replace(/serviceAccounts\/.*?:/, 'serviceAccounts/:'),
    value.replace(/serviceAccounts\/.*?:/, 'serviceAccounts/reader@x.gserviceaccount.com/../evil:'),
    value.replace(/serviceAccounts\/.*?:/, `serviceAccounts/${'r'.repeat(64)}@x.gserviceaccount.com:`),
    value.replace(/serviceAccounts\/.*?:/, `serviceAccounts/r@${'x'.repeat(122)}.gserviceaccount.com:`),
    value.replace(/serviceAccounts\/.*?:/, 'serviceAccounts/READER@x.iam.gserviceaccount.com:'),
    value.replace(/serviceAccounts\/.*?:/, 'serviceAccounts/reader%40x.iam.gserviceaccount.com:'),
    value.replace('/-/', '/acme-data/'),
    value.replace(':generateAccessToken', ':generateIdToken'),
    value.replace(':generateAccessToken', ':signBlob'),
    `${value}${'x'.repeat(4000)}`,
    // A line that boot/fetch's own parser could have printed.
    `${value}\nconfig injected {"token_url":"https://evil.example/"}`,
    'x\nconfig injected {}\nend',
    'x\rrefused default x',
  ].filter((other) => other !== value);

const extraMembers: readonly (readonly [string, Json])[] = [
  ['universeDomain', 'evil.example'],
  ['Universe_Domain', 'evil.example'],
  ['univer\u017Fe_domain', 'evil.example'],
  ['TOKEN_URL', 'https://evil.example/v1/token'],
  ['tokenUrl', 'https://evil.example/v1/token'],
  ['serviceAccountImpersonationUrl', 'https://evil.example/'],
  ['Credential_Source', { file: '/etc/shadow' }],
  ['executable', { command: '/bin/evil' }],
  ['file', '/etc/shadow'],
  ['certificate', { use_default_certificate_config: true }],
  ['headers', { host: 'evil.example' }],
  ['format', { type: 'json', subject_token_field_name: 'x' }],
  ['service_account_impersonation', { token_lifetime_seconds: 43_200 }],
  ['workforce_pool_user_project', 'evil'],
  ['quota_project_id', 'evil'],
  ['client_id', 'evil'],
  ['client_secret', 'evil'],
  ['scopes', []],
  ['token_info', 'x'],
  ['', ''],
  ['x', {}],
  ['x', null],
  ['__proto__', { token_url: 'https://evil.example/' }],
  ['constructor', 'x'],
];

/** Adds members, including those that a JavaScript object cannot hold: after the text's first brace at a level. */
const inserted = (text: string, after: string, member: string): string => {
  const at = text.indexOf(after) + after.length;
  return `${text.slice(0, at)}${member},${text.slice(at)}`;
};

const shown = (path: Path): string => path.join('.');
const at = (name: string, path: Path, what: string): string => `${name}: ${shown(path)} ${what}`;

const ofMember = (name: string, config: JsonObject, path: Path): readonly ConfigText[] => {
  const changed = (
    what: string,
    change: (key: string, value: Json) => readonly (readonly [string, Json])[],
  ): ConfigText => ({ name: at(name, path, what), text: JSON.stringify(withMember(config, path, change)) });
  const key = path.at(-1) ?? '';
  const value = path.reduce<Json>((inner, part) => (isObject(inner) ? (inner[part] ?? null) : null), config);
  return [
    changed('missing', () => []),
    ...lookalikes(key).map((other) =>
      changed(`renamed to ${JSON.stringify(other)}`, (_, own) => [[other, own]]),
    ),
    ...lookalikes(key).map((other) =>
      changed(`beside ${JSON.stringify(other)}`, (own, right) => [
        [own, right],
        [other, typeof right === 'string' ? 'https://evil.example/' : right],
      ]),
    ),
    ...notTexts.map((other) => changed(`set to ${JSON.stringify(other)}`, (own) => [[own, other]])),
    ...(typeof value === 'string'
      ? malformed(value).map((other) =>
          changed(`set to ${JSON.stringify(other.slice(0, 120))}`, (own) => [[own, other]]),
        )
      : [changed('set to a text', (own) => [[own, 'x']])]),
  ];
};

const ofWhole = (name: string, config: JsonObject): readonly ConfigText[] => {
  const text = JSON.stringify(config);
  const source = '"credential_source":{';
  const pair = (key: string, value: Json): string => `${JSON.stringify(key)}:${JSON.stringify(value)}`;
  const { credential_source: nested, ...flat } = config;
  const nestedFields = isObject(nested ?? null) ? Object.entries(nested as JsonObject) : [];
  const line = 'config injected {}';
  const texts: Readonly<Record<string, string>> = {
    'a line break in a value': text.replace('external_account', `x\n${line}\nx`),
    'a line break in a key': text.replace('"type"', `"x\n${line}\nx"`),
    'a line break in a key of credential_source': text.replace('"url"', `"x\n${line}\nx"`),
    'a line break in the name of an object': text.replace('"credential_source"', `"x\n${line}\nx"`),
    'a line break in a key that is there twice': text.replace('{', `{"x\n${line}":"","x\n${line}":"",`),
    'a tab in a value': text.replace('external_account', 'external_account\t'),
    ...Object.fromEntries(
      extraMembers.flatMap(([key, value]) => [
        [`extra member ${pair(key, value)}`, inserted(text, '{', pair(key, value))],
        [`extra member ${pair(key, value)} of credential_source`, inserted(text, source, pair(key, value))],
      ]),
    ),
    'token_url twice, the good one last': inserted(text, '{', pair('token_url', 'https://evil.example/')),
    'token_url twice, the good one first': text.replace(
      /\}$/,
      `,${pair('token_url', 'https://evil.example/')}}`,
    ),
    'the same token_url twice': inserted(text, '{', pair('token_url', config['token_url'] ?? '')),
    'credential_source twice': inserted(text, '{', pair('credential_source', { file: '/etc/shadow' })),
    'credential_source twice, one empty': inserted(text, '{', pair('credential_source', {})),
    'url of credential_source twice': inserted(text, source, pair('url', 'https://evil.example/')),
    'flat keys with dots in the place of credential_source': JSON.stringify({
      ...flat,
      ...Object.fromEntries(nestedFields.map(([key, value]) => [`credential_source.${key}`, value])),
    }),
    'members of credential_source at the top': JSON.stringify({
      ...flat,
      ...Object.fromEntries(nestedFields),
    }),
    'everything below credential_source': JSON.stringify({ credential_source: config }),
    'credential_source one level deeper': JSON.stringify({
      ...flat,
      credential_source: { x: nested ?? null },
    }),
    'an escaped key': text.replace('"token_url"', '"token_\\u0075rl"'),
    'an escaped value': text.replace('https://', 'https:\\u002f\\u002f'),
    'an escaped slash': text.replace('https://', 'https:\\/\\/'),
    'an escaped key beside the plain one': inserted(text, '{', '"token_\\u0075rl":"https://evil.example/"'),
    'a surrogate': text.replace('external_account', 'external_account\\ud800'),
    'a list of it': `[${text}]`,
    'two of them': `${text}${text}`,
    'text behind it': `${text} x`,
    'text before it': `x ${text}`,
    'a byte order mark': `\uFEFF${text}`,
    'a no-break space': text.replace('{', '{\u00A0'),
    'a form feed': text.replace('{', '{\f'),
    'a comment': text.replace('{', '{/* */'),
    'a comma too many': text.replace(/\}$/, ',}'),
    'a comma too many within': text.replace('},', ',},'),
    'no comma': text.replace(',"type"', ' "type"'),
    'no colon': text.replace('"type":', '"type" '),
    'single quotes': text.replaceAll('"', "'"),
    'cut short': text.slice(0, -1),
    'cut in the middle': text.slice(0, text.length / 2),
    'a brace too many': `${text}}`,
    'nested in a text': JSON.stringify(text),
  };
  return Object.entries(texts).map(([what, poisoned]) => ({ name: `${name}: ${what}`, text: poisoned }));
};

const elsewhere: readonly ConfigText[] = [
  { name: 'nothing', text: '' },
  { name: 'a space', text: ' ' },
  { name: 'an empty object', text: '{}' },
  { name: 'an empty list', text: '[]' },
  { name: 'null', text: 'null' },
  { name: 'a number', text: '1' },
  { name: 'no JSON', text: 'https:' },
  { name: 'a key file', text: '{"type":"service_account","private_key":"planted"}' },
  { name: 'another library’s', text: '{"type":"authorized_user","refresh_token":"planted"}' },
  { name: 'both shapes in one', text: JSON.stringify({ ...genuine[0]?.config, ...genuine[3]?.config }) },
  { name: 'a page of a proxy', text: '<html>503</html>' },
  { name: 'the table itself', text: shapesText() },
  { name: 'many levels', text: '{"a":'.repeat(1000) + '1' + '}'.repeat(1000) },
  { name: 'many braces', text: '{'.repeat(4000) },
  { name: 'many quotes', text: '"'.repeat(4000) },
];

/** Texts that must be refused with the pools, the account and `ownEndpoints` of the tests. */
export const poisonedConfigs: readonly ConfigText[] = [
  ...[genuine[0], genuine[3]].flatMap((one) =>
    one === undefined
      ? []
      : [
          ...pathsOf(one.config).flatMap((path) => ofMember(one.name, one.config, path)),
          ...ofWhole(one.name, one.config),
        ],
  ),
  ...elsewhere,
].filter(({ text }) => !genuineConfigs.some((other) => other.text === text));
