import { field } from './field.ts';

/** Names the host that did not answer, what failed, and the next step. Undefined if the error does not show a cause. */
export const noAnswerReason = (thrown: unknown, otherwise: Otherwise): string | undefined => {
  const code = codesIn(thrown).find((one) => causeOf(one) !== undefined);
  const cause = code === undefined ? undefined : causeOf(code);
  if (code === undefined || cause === undefined) return undefined;
  const host = hostOf(thrown) ?? otherwise.host;
  const proxy = proxyOf(thrown);
  return proxy === undefined
    ? `${cause.text(host)} (${code}). ${cause.nextStep(otherwise.setting)}`
    : `${host} cannot be reached through the proxy ${proxy}: ${cause.text('it')} (${code}). Check HTTPS_PROXY and NO_PROXY.`;
};

interface Otherwise {
  /** If the error names no host. */
  readonly host: string;
  /** Decides which host is asked. */
  readonly setting: string;
}

interface Cause {
  readonly codes: readonly string[];
  readonly text: (host: string) => string;
  readonly nextStep: (setting: string) => string;
}

const checkNetwork = (setting: string): string =>
  `Check the network, the firewall and the endpoint (${setting}).`;

const causes: readonly Cause[] = [
  {
    codes: ['ECONNREFUSED'],
    text: (host) => `${host} refused the connection`,
    nextStep: checkNetwork,
  },
  {
    codes: ['ENOTFOUND', 'EAI_AGAIN'],
    text: (host) => `the name of ${host} cannot be resolved`,
    nextStep: (setting) => `Check the network, the DNS server and the endpoint (${setting}).`,
  },
  {
    codes: [
      'ETIMEDOUT',
      'ESOCKETTIMEDOUT',
      'TimeoutError',
      'UND_ERR_CONNECT_TIMEOUT',
      'UND_ERR_HEADERS_TIMEOUT',
      'UND_ERR_BODY_TIMEOUT',
    ],
    text: (host) => `${host} did not answer in time`,
    nextStep: () => 'Check the network and the firewall. If this network needs a proxy, set HTTPS_PROXY.',
  },
  {
    codes: ['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'],
    text: (host) => `there is no route to ${host}`,
    nextStep: () => 'Check the network connection and the VPN.',
  },
  {
    codes: ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ERR_STREAM_PREMATURE_CLOSE'],
    text: (host) => `${host} closed the connection without an answer`,
    nextStep: checkNetwork,
  },
  {
    codes: [
      'SELF_SIGNED_CERT_IN_CHAIN',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'CERT_HAS_EXPIRED',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
    text: (host) => `the certificate of ${host} is not trusted`,
    nextStep: () =>
      'A proxy may be inspecting TLS. Then set NODE_EXTRA_CA_CERTS to the file of its certificate.',
  },
];

const causeOf = (code: string): Cause | undefined => causes.find(({ codes }) => codes.includes(code));

/** Clients wrap the error of the connection several times. */
const codesIn = (thrown: unknown, depth = 0): readonly string[] => {
  if (depth > 5) return [];
  const errors = field(thrown, 'errors');
  const inner = [
    field(thrown, 'cause'),
    // A call that was aborted shows only here that its time was up.
    field(field(field(thrown, 'config'), 'signal'), 'reason'),
    ...(Array.isArray(errors) ? errors : []),
  ];
  return [
    ...[field(thrown, 'code'), field(thrown, 'name')].filter((code) => typeof code === 'string'),
    ...inner.flatMap((one) => codesIn(one, depth + 1)),
  ];
};

/** From the request of Google's client, or from the error of the connection. */
const hostOf = (thrown: unknown): string | undefined => {
  const url = URL.parse(String(field(field(thrown, 'config'), 'url')));
  if (url !== null) return url.host;
  const [name, address, port] = ['hostname', 'address', 'port'].map((key) => field(thrown, key));
  if (typeof name === 'string') return name;
  return typeof address === 'string' ? `${address}:${String(port)}` : undefined;
};

/** Without the user and the password that it may name. */
const proxyOf = (thrown: unknown): string | undefined => {
  const host = field(field(field(field(thrown, 'config'), 'agent'), 'proxy'), 'host');
  return typeof host === 'string' ? host : undefined;
};
