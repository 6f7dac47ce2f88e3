/** Names and addresses of this very machine that nobody else can reach. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' ||
  host === '::1' ||
  host === '[::1]' ||
  /^127(\.(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])){3}$/.test(host);

/** The addresses of EC2's instance metadata service, which every instance has for itself. */
export const isMetadataService = (host: string): boolean =>
  host === '169.254.169.254' || host === '[fd00:ec2::254]';

const inUrl = (host: string): string => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);

/** `host:port`, as clients write it into a URL and into the Host header. */
export const authorityOf = (host: string, port: number): string =>
  port === 80 ? inUrl(host) : `${inUrl(host)}:${port}`;

/** Host headers of a server on an address: its own, those of loopback, and where the request came in. */
export const hostsOf = (addresses: readonly (string | undefined)[], port: number): readonly string[] =>
  ['127.0.0.1', 'localhost', '::1', ...addresses].flatMap((address) =>
    address === undefined ? [] : [authorityOf(address.toLowerCase().replace(/^::ffff:/, ''), port)],
  );

/** `http://127.0.0.1:1338` of the text that a person typed; undefined if it is more, or less, than an origin. */
export const endpointOf = (text: string): URL | undefined => {
  const url = URL.parse(text);
  const isOrigin =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    `${url.username}${url.password}${url.search}${url.hash}` === '' &&
    url.pathname === '/';
  return isOrigin ? url : undefined;
};
