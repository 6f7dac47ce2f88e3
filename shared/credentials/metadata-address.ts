/** Names and addresses of this machine that no other machine can reach. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' ||
  host === '::1' ||
  host === '[::1]' ||
  /^127(\.(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])){3}$/.test(host);

/** The addresses of EC2's instance metadata service; every instance has its own. */
export const isMetadataService = (host: string): boolean =>
  host === '169.254.169.254' || host === '[fd00:ec2::254]';

/** Host headers that name a server: its own address, loopback, and the address that received the request. */
export const hostsOf = (addresses: readonly (string | undefined)[], port: number): readonly string[] =>
  ['127.0.0.1', 'localhost', '::1', ...addresses].flatMap((address) =>
    address === undefined ? [] : [authorityOf(address.toLowerCase().replace(/^::ffff:/, ''), port)],
  );

/** Parses an origin such as `http://127.0.0.1:1338`; undefined for any other text. */
export const endpointOf = (text: string): URL | undefined => {
  const url = URL.parse(text);
  const isOrigin =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    `${url.username}${url.password}${url.search}${url.hash}` === '' &&
    url.pathname === '/';
  return isOrigin ? url : undefined;
};

/** `host:port`, as clients write it into a URL and into the Host header. */
export const authorityOf = (host: string, port: number): string =>
  port === 80 ? inUrl(host) : `${inUrl(host)}:${port}`;

const inUrl = (host: string): string => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);
