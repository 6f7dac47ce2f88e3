import {
  type ConfigText,
  genuine,
  isObject,
  type Json,
  type JsonObject,
  malformed,
  type Path,
  pathsOf,
  withMember,
} from './poisoned-configs.ts';
import { writer } from './settings.ts';

/** Service accounts of several kinds, all of which a config may name. */
export const otherAccounts: readonly string[] = [
  writer,
  'acme-data@appspot.gserviceaccount.com',
  'app@legacy.example.com.iam.gserviceaccount.com',
];

/**
 * Published configs, and each of their values replaced in turn. Each text appears once, under its first name. If an
 * earlier config has the same value in the same place, it is only replaced by published values: its other
 * replacements are already there.
 */
export const replacedConfigs = (): readonly ConfigText[] => {
  const texts = new Map<string, string>();
  const replaced = new Set<string>();
  for (const { name, config } of genuine) {
    const add = (what: string, changed: JsonObject): void => {
      const text = JSON.stringify(changed);
      if (!texts.has(text)) texts.set(text, `${name}: ${what}`);
    };
    add('as it is published', config);
    for (const path of pathsOf(config)) {
      const value = valueAt(config, path);
      if (typeof value !== 'string') continue;
      const place = `${path.join('.')} ${value}`;
      const others = replaced.has(place) ? publishedValues : replacements(value);
      replaced.add(place);
      for (const other of others)
        add(
          `${path.join('.')} is ${other.slice(0, 120)}`,
          withMember(config, path, (key) => [[key, other]]),
        );
    }
  }
  return [...texts].map(([text, name]) => ({ name, text }));
};

const valueAt = (config: JsonObject, path: Path): Json =>
  path.reduce<Json>((inner, key) => (isObject(inner) ? (inner[key] ?? null) : null), config);

/** Every value of every shape, at Google's endpoints and at others: each replaces each other one. */
const publishedValues: readonly string[] = [
  ...new Set(
    genuine.flatMap(({ config }) =>
      pathsOf(config).flatMap((path) => {
        const value = valueAt(config, path);
        return typeof value === 'string' ? [value] : [];
      }),
    ),
  ),
];
const trustedOrigins: readonly string[] = [
  ...new Set(publishedValues.flatMap((value) => /^https:\/\/[^/?]+/.exec(value)?.[0] ?? [])),
];

const replacements = (value: string): readonly string[] => [
  ...malformed(value),
  ...publishedValues,
  ...withOtherHosts(value),
  ...otherAccounts.map((account) => value.replace(/serviceAccounts\/.*?:/, `serviceAccounts/${account}:`)),
];

const withOtherHosts = (value: string): readonly string[] => {
  const [, scheme = '', host = '', rest = ''] = /^(https?:\/\/)([^/?]+)(.*)$/.exec(value) ?? [];
  if (host === '') return [];
  return [
    ...trustedOrigins.map((origin) => `${origin}${rest}`),
    ...hostileHosts(host).map((other) => `${scheme}${other}${rest}`),
  ];
};

/** Other hosts, and spellings in which two parsers may see two hosts. */
const hostileHosts = (host: string): readonly string[] => [
  'evil.example',
  'evil.example:8443',
  '203.0.113.9',
  '203.0.113.9:8443',
  '0xcb007109',
  '3405803785',
  '[2001:db8::9]',
  '[::ffff:203.0.113.9]',
  'localhost:8443',
  '169.254.169.254',
  'metadata.google.internal',
  `${host}.`,
  `${host}.evil.example`,
  `evil-${host}`,
  `${host}@evil.example`,
  `${host}:443@evil.example`,
  `evil.example#@${host}`,
  `evil.example?@${host}`,
  `evil.example/@${host}`,
  `evil.example\\@${host}`,
  `${host}%2eevil.example`,
  `${host}%00.evil.example`,
  `${host}\u3002evil.example`,
  `${host} .evil.example`,
  `${host}\t.evil.example`,
];
