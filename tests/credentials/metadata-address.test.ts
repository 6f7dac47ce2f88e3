import {
  authorityOf,
  endpointOf,
  hostsOf,
  isLoopback,
  isMetadataService,
} from '../../shared/credentials/metadata-address.ts';

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
  it.each(['169.254.170.2', '169.254.169.254.evil.example', 'fd00:ec2::254', ''])(
    '%j is not the metadata service',
    (host) => {
      expect(isMetadataService(host)).toBe(false);
    },
  );

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
