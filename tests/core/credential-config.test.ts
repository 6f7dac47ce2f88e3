import {
  credentialConfig,
  differingFields,
  isExactConfig,
  readPublished,
  sameJson,
} from '../../shared/core/credential-config.ts';
import { poolPath } from '../../shared/core/settings.ts';
import { reader, settings } from '../support/settings.ts';
import withAccount from './golden/credential-config.json' with { type: 'json' };
import withoutAccount from './golden/credential-config-direct.json' with { type: 'json' };

describe('the credential config', () => {
  it('is the one that gcloud writes (golden files made with gcloud 528; tests/conformance compares with the installed one)', () => {
    expect(credentialConfig(settings, 'aws-111122223333', reader)).toEqual(withAccount);
    expect(credentialConfig(settings, 'aws-111122223333')).toEqual(withoutAccount);
  });

  it('follows google.endpoints, for Private Service Connect', () => {
    const endpoints = { sts: 'https://sts.p.example.com', iamcredentials: 'https://ic.p.example.com' };
    const config = credentialConfig({ ...settings, google: { ...settings.google, endpoints } }, 'p', reader);
    expect(config.token_url).toBe('https://sts.p.example.com/v1/token');
    expect(config.service_account_impersonation_url).toMatch(/^https:\/\/ic\.p\.example\.com\/v1\//);
  });
});

describe('a published value', () => {
  const ours = JSON.stringify(withAccount);
  it('records the account that its role was bound to', () => {
    expect(readPublished(settings, ours)).toEqual({
      kind: 'impersonates',
      pool: poolPath(settings),
      email: reader,
    });
    expect(readPublished(settings, JSON.stringify(withoutAccount))).toEqual({
      kind: 'direct',
      pool: poolPath(settings),
    });
  });

  it.each([
    '',
    'not json',
    'null',
    '[]',
    '"x"',
    '{}',
    '{"type":"external_account"}',
    '{"type":"service_account","audience":1}',
    '{"type":"external_account","audience":1}',
    ours.replace('workloadIdentityPools/aws-roles/', 'workloadIdentityPools/other/'),
    '{"__proto__":{"type":"external_account"}}',
    ours.replace('"external_account"', '"authorized_user"'),
    ours.replace('"//iam.googleapis.com', '"x//iam.googleapis.com'),
  ])('%j is foreign', (value) => {
    expect(readPublished(settings, value)).toEqual({ kind: 'foreign' });
  });

  it.each([
    ['another path', ':generateAccessToken', ':generateIdToken'],
    ['something after it', ':generateAccessToken', ':generateAccessToken?x'],
    ['capital letters', 'reader@', 'Reader@'],
    ['no account', 'serviceAccounts/', 'serviceAccount/'],
  ])('that impersonates by a URL with %s does not name an account', (_, from, to) => {
    expect(readPublished(settings, ours.replace(from, to))).toStrictEqual({
      kind: 'unclear',
      pool: poolPath(settings),
    });
  });

  it('is ours regardless of its provider’s name', () => {
    expect(readPublished(settings, ours.replace('providers/aws-111122223333', 'providers/former'))).toEqual({
      kind: 'impersonates',
      pool: poolPath(settings),
      email: reader,
    });
  });

  it('is compared as parsed JSON', () => {
    expect(sameJson('{"a":1,"b":[{"c":2,"d":3}]}', '{ "b": [{"d":3,"c":2}], "a": 1 }')).toBe(true);
    expect(sameJson('{"a":[1,2]}', '{"a":[2,1]}')).toBe(false);
    expect(sameJson('{"a":1}', '{"a":1,"b":2}')).toBe(false);
    // 8 KB of brackets, which a parameter can hold, nest deeper than the stack.
    expect(sameJson('['.repeat(4096) + ']'.repeat(4096), '{"a":1}')).toBe(false);
    expect(sameJson('null', 'null')).toBe(true);
    expect(sameJson('{"a":null}', '{"a":{}}')).toBe(false);
    expect(sameJson('{"a":[]}', '{"a":{}}')).toBe(false);
    expect(sameJson('{"a":"b"}', '{"a":["b"]}')).toBe(false);
    expect(sameJson('{"c":3,"a":1,"b":2}', '{"b":2,"c":3,"a":1}')).toBe(true);
    expect(sameJson('broken', 'broken')).toBe(false);
  });
});

describe('the fields in which a published config differs', () => {
  const config = credentialConfig(settings, 'aws-111122223333', reader);
  const wanted = JSON.stringify(config);
  const differs = (value: object) => differingFields(JSON.stringify(value), wanted);

  it('are named, even within the credential source', () => {
    expect(differs(config)).toEqual([]);
    expect(differs({ ...config, audience: 'x', token_url: 'y' })).toEqual(['audience', 'token_url']);
    expect(differs({ ...config, credential_source: { ...config.credential_source, url: 'x' } })).toEqual([
      'credential_source.url',
    ]);
    expect(differs({ ...config, credential_source: 'x' })).toEqual(['credential_source']);
    const { service_account_impersonation_url: _url, ...direct } = config;
    expect(differs({ ...direct, token_info_url: 'x' })).toEqual([
      'service_account_impersonation_url',
      'token_info_url',
    ]);
  });

  it('are named only if they are fields of ours', () => {
    expect(differs({ ...config, '\u001b[31m': 1 })).toEqual(['other fields']);
    expect(differs({ ...config, audience: 'x', executable: {} })).toEqual(['audience', 'other fields']);
  });

  it('are all of them in a text that is not a config', () => {
    for (const text of ['broken', '[]', 'null', '"x"'])
      expect(differingFields(text, wanted)).toEqual(['all fields']);
    expect(differingFields(wanted, 'broken')).toEqual(['all fields']);
  });
});

describe('a config is exactly one of ours', () => {
  const isExact = (value: object | string): boolean =>
    isExactConfig(settings, typeof value === 'string' ? value : JSON.stringify(value));
  const impersonated = credentialConfig(settings, 'aws-111122223333', reader);
  const direct = credentialConfig(settings, 'aws-111122223333');

  it('with or without a service account, with any provider and in any spelling of the JSON', () => {
    expect([impersonated, direct].map(isExact)).toEqual([true, true]);
    expect(isExact(JSON.stringify(impersonated, null, 4))).toBe(true);
    expect(isExact(credentialConfig(settings, 'former', reader))).toBe(true);
  });

  it.each([
    {
      sts: 'https://sts-acme.p.googleapis.com',
      iamcredentials: 'https://iamcredentials-acme.p.googleapis.com',
    },
    { sts: 'https://sts.us-east4.rep.googleapis.com' },
  ])('with endpoints of Google’s, such as a former file’s: %j', (endpoints) => {
    const former = { ...settings, google: { ...settings.google, endpoints } };
    expect(isExact(credentialConfig(former, 'aws-111122223333', reader))).toBe(true);
    expect(isExact(credentialConfig(former, 'aws-111122223333'))).toBe(true);
  });

  it.each<[string, object]>([
    ['another address for tokens', { ...impersonated, token_url: 'https://evil.example/v1/token' }],
    [
      'a bucket of that name',
      { ...impersonated, token_url: 'https://sts-evil.storage.googleapis.com/v1/token' },
    ],
    ['another path', { ...impersonated, token_url: 'https://sts.googleapis.com/v1/token/x' }],
    ['no address for tokens', { ...impersonated, token_url: undefined }],
    ['another source', { ...direct, credential_source: { url: 'https://evil.example' } }],
    ['one more field', { ...impersonated, scopes: [] }],
    [
      'an account that is named by its unique id',
      {
        ...impersonated,
        service_account_impersonation_url: impersonated.service_account_impersonation_url?.replace(
          reader,
          '123',
        ),
      },
    ],
    [
      'a provider that no provider is named like',
      { ...impersonated, audience: `${impersonated.audience}/../x` },
    ],
    ['another pool', { ...impersonated, audience: impersonated.audience.replace('aws-roles', 'theirs') }],
    ['no audience', { ...impersonated, audience: undefined }],
  ])('but not with %s', (_, value) => expect(isExact(value)).toBe(false));
});
