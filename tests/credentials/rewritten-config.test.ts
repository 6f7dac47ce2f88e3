import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { withShapes } from '../../scripts/config-shapes.ts';
import { trustedPoolsOf, trustedProviders } from '../../shared/core/trusted-pools.ts';
import { configShapes, isPlainOrigin, shapesText } from '../../shared/credentials/config-shapes.ts';
import { type ConfigTrust, rewriteConfig } from '../../shared/credentials/rewritten-config.ts';
import { genuineConfigs, ownEndpoints, poisonedConfigs } from '../support/poisoned-configs.ts';
import { accountId, settings } from '../support/settings.ts';

const trust: ConfigTrust = {
  providers: trustedProviders(trustedPoolsOf(settings), accountId),
  origins: Object.values(ownEndpoints),
  metadata: 'http://169.254.169.254',
};

describe('invariant 10: a config is accepted only in an exact shape', () => {
  it.each(genuineConfigs)('accepts $name, unchanged', ({ text }) => {
    expect(rewriteConfig(text, trust)).toEqual({ kind: 'accepted', config: JSON.parse(text) });
  });

  it('there is a genuine config of every shape', () => {
    const keys = (text: string): readonly string[] => Object.keys(JSON.parse(text) as object);
    for (const { name, fields } of configShapes) {
      const last = fields.at(-1)?.key ?? '';
      expect({ name, isThere: genuineConfigs.some(({ text }) => keys(text).includes(last)) }).toEqual({
        name,
        isThere: true,
      });
    }
  });

  it('refuses every poisoned config, with a reason that fits on one line', () => {
    expect(poisonedConfigs.length).toBeGreaterThan(1000);
    const accepted = poisonedConfigs.filter(({ text }) => rewriteConfig(text, trust).kind === 'accepted');
    expect(accepted).toEqual([]);
    for (const { text } of poisonedConfigs) {
      const checked = rewriteConfig(text, trust);
      expect(checked).toMatchObject({ reason: expect.stringMatching(/^[\t -~…]{1,600}$/) });
    }
  });

  it.each<[string, (text: string) => string, string]>([
    [
      'a key',
      (text) => text.replace('token_url', 'tokenUrl'),
      '"tokenUrl" is not a key of a published config',
    ],
    ['a missing key', (text) => text.replace(/"token_url": .*\n/, ''), '"token_url" is missing'],
    [
      'an address',
      (text) => text.replace('https://sts.googleapis.com', 'https://evil.example'),
      '"token_url" is https://evil.example/v1/token, which is not at an endpoint of Google or of GOOGLE_ACCESS_TRUSTED_ENDPOINTS',
    ],
    [
      'another pool',
      (text) => text.replace('aws-roles', 'evil-pool'),
      'which is not a provider of a trusted pool for this AWS account',
    ],
    ['a long value', (text) => text.replace('aws1', 'x'.repeat(300)), '… (300 characters)'],
    ['a size', (text) => text.padEnd(8193), 'it is longer than 8192 bytes'],
    ['a fold', (text) => text.replace('universe', 'univer\u017Fe'), 'or one that is not ASCII'],
  ])('names %s that is wrong', (_, poison, reason) => {
    const [first] = genuineConfigs;
    expect(rewriteConfig(poison(first?.text ?? ''), trust)).toEqual({
      kind: 'refused',
      reason: expect.stringContaining(reason),
    });
  });

  it('points an accepted config to the requested metadata endpoint, even if it already names it', () => {
    const metadata = 'http://127.0.0.1:1338';
    const [first] = genuineConfigs;
    const once = rewriteConfig(first?.text ?? '', { ...trust, metadata });
    expect(once).toEqual({
      kind: 'accepted',
      config: JSON.parse((first?.text ?? '').replaceAll('http://169.254.169.254', metadata)),
    });
    const text = JSON.stringify(once.kind === 'accepted' ? once.config : {});
    expect(rewriteConfig(text, { ...trust, metadata })).toEqual(once);
    expect(rewriteConfig(text, trust)).toMatchObject({ kind: 'refused' });
  });

  it('accepts no random JSON, and no config with a random change', () => {
    const texts = genuineConfigs.map(({ text }) => text);
    const changed = fc
      .tuple(fc.constantFrom(...texts), fc.nat(2000), fc.nat(3), fc.string({ maxLength: 8 }))
      .map(([text, start, length, put]) => {
        const at = start % text.length;
        return { text, changed: text.slice(0, at) + put + text.slice(at + length) };
      });
    fc.assert(
      fc.property(changed, ({ text, changed: other }) => {
        const checked = rewriteConfig(other, trust);
        if (checked.kind === 'refused') return true;
        // The account may differ, since no host depends on it.
        const rest = (value: string): unknown => JSON.parse(value.replace(/serviceAccounts\/.*?:/, ''));
        return isDeepStrictEqual(rest(JSON.stringify(checked.config)), rest(text));
      }),
      { numRuns: 2000 },
    );
    fc.assert(fc.property(fc.json(), (text) => rewriteConfig(text, trust).kind === 'refused'));
  });

  it('released shapes never change', () => {
    expect(shapesText()).toBe(readFileSync('tests/golden/config-shapes.txt', 'utf8').trimEnd());
  });

  it('boot/fetch contains this exact table (npm run shapes)', () => {
    const script = readFileSync('boot/fetch', 'utf8');
    expect(withShapes(script)).toBe(script);
    expect(script).toContain(shapesText());
  });
});

describe('a plain origin', () => {
  it.each(['https://sts.example.com', 'http://127.0.0.1:8080', 'https://[fd00::1]:443'])('is %s', (text) => {
    expect(isPlainOrigin(text)).toBe(true);
  });

  it.each([
    'sts.example.com',
    'https://',
    'https://user@sts.example.com',
    'https://a/',
    'https://a}$(reboot)',
    'ftp://a',
  ])('is not %s', (text) => {
    expect(isPlainOrigin(text)).toBe(false);
  });
});

describe('the providers that a config may name', () => {
  const pool = '123456789012/aws-roles';
  const full = (id: string, provider: string) =>
    `projects/${id.split('/')[0]}/locations/global/workloadIdentityPools/${id.split('/')[1]}/providers/${provider}`;

  it('are the usual one of the account, or those that are listed for it, in every pool', () => {
    expect(trustedProviders({ pools: [pool], providers: [] }, accountId)).toEqual([
      full(pool, 'aws-111122223333'),
    ]);
    expect(
      trustedProviders(
        {
          pools: [pool, '1/other-pool'],
          providers: ['111122223333=one1', '444455556666=else', '111122223333=two2'],
        },
        accountId,
      ),
    ).toEqual([
      full(pool, 'one1'),
      full(pool, 'two2'),
      full('1/other-pool', 'one1'),
      full('1/other-pool', 'two2'),
    ]);
  });

  it('are those of rolebridge.yml', () => {
    expect(trustedPoolsOf(settings)).toEqual({ pools: [pool], providers: [] });
    const custom = { ...settings, accounts: [{ id: accountId, provider: 'custom' }] };
    expect(trustedPoolsOf(custom)).toEqual({ pools: [pool], providers: ['111122223333=custom'] });
  });

  it.each(['aws-roles', '1/2/pool', 'x/pool', '1/Pool', '1/pool?', '1/', '/pool', '1/abc'])(
    'a pool %j is an error',
    (entry) => {
      expect(() => trustedProviders({ pools: [pool, entry], providers: [] }, accountId)).toThrow(
        `GOOGLE_ACCESS_POOLS: "${entry}" is not PROJECT_NUMBER/POOL_ID (separate several by spaces).`,
      );
    },
  );

  it.each(['aws-1', '1=aws', '111122223333=', '111122223333=a/b', '=aws-1'])(
    'a provider %j is an error',
    (entry) => {
      expect(() => trustedProviders({ pools: [pool], providers: [entry] }, accountId)).toThrow(
        `GOOGLE_ACCESS_PROVIDERS: "${entry}" is not AWS_ACCOUNT=PROVIDER_ID.`,
      );
    },
  );
});
