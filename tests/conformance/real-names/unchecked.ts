import type { ConfigText } from '../../support/poisoned-configs.ts';

export const evilHost = 'sts.evil.example';
export const evilAddress = '203.0.113.9';

export const foreignHost = 'token_url of another host';
export const foreignAddress = 'token_url of another address';
/** Node's library makes a token_url of it. */
export const foreignUniverse = 'universeDomain, and no token_url';

/** The clients trust the attacker's certificate. The owner of any domain can have such a certificate. */
export const evilNames: readonly string[] = [`DNS:${evilHost}`, `IP:${evilAddress}`];

/** Attacks that neither program accepts. Given to clients unchanged, they prove that the recorder records. */
export const uncheckedConfigs = (published: string): readonly ConfigText[] => {
  const { token_url: _, ...rest } = JSON.parse(published) as Readonly<Record<string, unknown>>;
  const { universe_domain: __, ...withoutUniverse } = rest;
  return [
    { name: foreignHost, text: withTokenUrl(rest, evilHost) },
    { name: foreignAddress, text: withTokenUrl(rest, `${evilAddress}:8443`) },
    {
      name: foreignUniverse,
      text: JSON.stringify({ ...withoutUniverse, universeDomain: 'evil.example' }),
    },
  ];
};

const withTokenUrl = (rest: object, host: string): string =>
  JSON.stringify({ ...rest, token_url: `https://${host}/v1/token` });
