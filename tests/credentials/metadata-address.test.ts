import fc from 'fast-check';
import { parseRoleArn } from '../../shared/core/role-arn.ts';
import { reasonOf } from '../../shared/credentials/failure-reason.ts';
import {
  authorityOf,
  endpointOf,
  hostsOf,
  isLoopback,
  isMetadataService,
} from '../../shared/credentials/metadata-address.ts';
import { pauseAfterFailure, pauseBeforeRefresh } from '../../shared/credentials/metadata-refresh.ts';
import { now } from '../support/settings.ts';

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

  it.each(['169.254.169.254', '[fd00:ec2::254]'])('%s is the metadata service', (host) => {
    expect(isMetadataService(host)).toBe(true);
  });
  it.each(['169.254.170.2', '169.254.169.254.evil.example', 'fd00:ec2::254', ''])('%j is not it', (host) => {
    expect(isMetadataService(host)).toBe(false);
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
    expect(parseRoleArn(arn)).toEqual(
      name === undefined ? undefined : { accountId: '111122223333', roleName: name },
    );
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

describe('a metadata endpoint', () => {
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
