import fc from 'fast-check';
import { credentialConfig } from '../../shared/core/credential-config.ts';
import { authorityOf, hostsOf, isLoopback } from '../../shared/core/metadata-address.ts';
import { endpointOf, pointToMetadata } from '../../shared/core/metadata-config.ts';
import { reasonOf } from '../../shared/core/metadata-reason.ts';
import { pauseAfterFailure, pauseBeforeRefresh } from '../../shared/core/metadata-refresh.ts';
import { roleNameOfArn } from '../../shared/core/role-arn.ts';
import { now, reader, settings } from '../support/settings.ts';

describe('addresses', () => {
  it.each(['127.0.0.1', '127.255.0.9', 'localhost', '::1', '[::1]'])('%s is loopback', (host) => {
    expect(isLoopback(host)).toBe(true);
  });
  it.each([
    '0.0.0.0',
    '',
    '::',
    '10.0.0.1',
    '128.0.0.1',
    '127.0.0.1.evil.example',
    '127.0.0.256',
    '127.1',
    'localhost.',
  ])('%j is not', (host) => {
    expect(isLoopback(host)).toBe(false);
  });

  it('Host headers are written as clients write them', () => {
    expect(authorityOf('127.0.0.1', 80)).toBe('127.0.0.1');
    expect(authorityOf('[::1]', 1338)).toBe('[::1]:1338');
    expect(hostsOf(['Sidecar', '::ffff:10.0.0.7', undefined], 1338)).toEqual([
      '127.0.0.1:1338',
      'localhost:1338',
      '[::1]:1338',
      'sidecar:1338',
      '10.0.0.7:1338',
    ]);
  });
});

describe('when to ask again', () => {
  const minutes = (count: number | undefined): number =>
    pauseBeforeRefresh(count === undefined ? undefined : new Date(now.getTime() + count * 60_000), now) /
    60_000;
  it.each([
    [undefined, 5],
    [360, 60],
    [60, 45],
    [30, 15],
    [15, 7.5],
    [4, 2],
    [0, 1 / 12],
    [-60, 1 / 12],
  ])('%s minutes are left: in %s minutes', (left, pause) => {
    expect(minutes(left)).toBeCloseTo(pause);
  });

  it('always before the end, as long as there are ten seconds', () => {
    fc.assert(
      fc.property(fc.double({ min: 10 / 60, max: 1e5, noNaN: true }), (left) => minutes(left) < left),
    );
  });

  it('failures: growing, jittered, half a minute at most', () => {
    expect([1, 2, 3, 5, 6, 60].map((failures) => pauseAfterFailure(failures, 1))).toEqual([
      1000, 2000, 4000, 16_000, 30_000, 30_000,
    ]);
    expect(pauseAfterFailure(1, 0)).toBe(500);
  });
});

describe('the name of a role', () => {
  it.each([
    ['arn:aws:sts::111122223333:assumed-role/reports/i-0abc', 'reports'],
    ['arn:aws:iam::111122223333:role/reports', 'reports'],
    ['arn:aws:iam::111122223333:role/eks/team/a+=,.@-_b', 'a+=,.@-_b'],
    ['arn:aws:iam::111122223333:user/alice', undefined],
    ['arn:aws:iam::111122223333:root', undefined],
    ['arn:aws:sts::111122223333:assumed-role/reports', undefined],
    ['', undefined],
  ])('%s: %s', (arn, name) => {
    expect(roleNameOfArn(arn)).toBe(name);
  });
});

describe('the reason in the log', () => {
  it.each<[unknown, string]>([
    [new Error('connect ECONNREFUSED 127.0.0.1:80\nsecond line'), 'Error: connect ECONNREFUSED 127.0.0.1:80'],
    ['just words', 'Error: just words'],
    [
      new Error('arn:aws:sts::111122223333:assumed-role/reports/i-0123456789abcdef0 may not'),
      'Error: arn:aws:sts::111122223333:assumed-role/reports/i-0123456789abcdef0 may not',
    ],
    [
      new Error('key ASIAIOSFODNN7EXAMPLE1 secret wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY.'),
      'Error: key [redacted] secret [redacted].',
    ],
  ])('%s', (thrown, reason) => {
    expect(reasonOf(thrown)).toBe(reason);
  });

  it('an answer that is not JSON is not quoted', () => {
    for (const text of ['secret', '{"SecretAccessKey":"secret', '{"a":"secret"x'])
      try {
        JSON.parse(text);
      } catch (thrown) {
        expect(reasonOf(thrown)).not.toContain('secret');
        expect(reasonOf(new Error(String(thrown)))).not.toContain('secret');
      }
    expect.assertions(6);
  });

  it('is one line of at most 300 characters', () => {
    fc.assert(fc.property(fc.string({ maxLength: 2000 }), (text) => reasonOf(new Error(text)).length <= 307));
  });
});

describe('a config for another endpoint', () => {
  const endpoint = 'http://127.0.0.1:1338';
  const config = credentialConfig(settings, 'aws-111122223333', reader);

  it('differs in the addresses of the metadata service alone', () => {
    expect(pointToMetadata(config, endpoint, [])).toEqual({
      kind: 'config',
      config: JSON.parse(JSON.stringify(config).replaceAll('http://169.254.169.254', endpoint)),
    });
    expect(JSON.stringify(pointToMetadata(config, 'http://169.254.169.254', []))).toBe(
      JSON.stringify({ kind: 'config', config }),
    );
  });

  it('asks for the handshake where the config did not', () => {
    const { imdsv2_session_token_url: _, ...source } = config.credential_source;
    expect(pointToMetadata({ ...config, credential_source: source }, endpoint, [])).toEqual(
      pointToMetadata(config, endpoint, []),
    );
  });

  it.each([
    ['nothing', undefined],
    ['a list', []],
    ['a key', { type: 'service_account' }],
    ['no source', { type: 'external_account' }],
  ])('%s is refused', (_, value) => {
    expect(pointToMetadata(value, endpoint, [])).toEqual({
      kind: 'fault',
      fault: 'is not an external_account credential config',
    });
  });

  it('a strange URL is found however deep it lies', () => {
    const depth = 4000;
    const deep: unknown = JSON.parse(`${'['.repeat(depth)}"https://evil.example/"${']'.repeat(depth)}`);
    expect(pointToMetadata({ ...config, deep }, endpoint, [])).toMatchObject({
      fault: expect.stringContaining('https://evil.example/'),
    });
  });

  it('another source than AWS is refused', () => {
    expect(pointToMetadata({ ...config, credential_source: { file: '/token' } }, endpoint, [])).toMatchObject(
      {
        fault: expect.stringContaining('environment_id is not aws1'),
      },
    );
  });

  it.each([
    { token_url: 'https://sts.googleapis.com.evil.example/v1/token' },
    { token_url: 'http://sts.googleapis.com/v1/token' },
    { token_url: 'HTTPS:evil.example' },
    { service_account_impersonation_url: 'https://evil.example/' },
    { more: { deep: ['https://evil.example/'] } },
    {
      credential_source: {
        ...config.credential_source,
        regional_cred_verification_url: 'https://evil.example?{region}',
      },
    },
  ])('%j is refused', (change) => {
    expect(pointToMetadata({ ...config, ...change }, endpoint, [])).toMatchObject({ kind: 'fault' });
  });

  it('what is trusted may be named', () => {
    const psc = { ...config, quota_project_id: null, token_url: 'https://psc.example/v1/token' };
    expect(pointToMetadata(psc, endpoint, [])).toMatchObject({ kind: 'fault' });
    expect(pointToMetadata(psc, endpoint, ['https://psc.example'])).toMatchObject({ kind: 'config' });
  });

  it.each([
    ['http://127.0.0.1:1338', 'http://127.0.0.1:1338'],
    ['http://[::1]:80/', 'http://[::1]'],
    ['127.0.0.1:1338', undefined],
    ['ftp://127.0.0.1', undefined],
    ['http://user@127.0.0.1', undefined],
    ['http://127.0.0.1/path', undefined],
    ['http://127.0.0.1?q', undefined],
    ['', undefined],
  ])('endpoint %j: %j', (text, origin) => {
    expect(endpointOf(text)?.origin).toBe(origin);
  });
});
