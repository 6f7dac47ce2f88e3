import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import type { Certificates } from './certificates.ts';
import { passOn, passThrough, type Upstreams, upstreamOf } from './gateway.ts';
import { metadataAddress } from './hosts.ts';
import { startNameServer } from './name-server.ts';

/** The hosts that programs reached, or tried to reach, since the last call. */
export interface Contacts {
  /** Names in DNS questions and TLS handshakes, and `ADDRESS:PORT` of every other connection. */
  readonly hosts: readonly string[];
  /** Hosts that got a signed request for GetCallerIdentity, which is enough to act as the service account. */
  readonly signedRequests: readonly string[];
}

export interface Recorder {
  readonly take: () => Contacts;
  readonly close: () => void;
}

export interface RecorderOptions {
  readonly certificates: Certificates;
  readonly upstreams: Upstreams;
  /** Hosts that stand for Google's, as they appear in a Host header. */
  readonly ownHosts: readonly string[];
  /** Ports to listen on, on every address. */
  readonly ports: readonly number[];
}

/** The address of every name. Its network is reserved for measurements (RFC 2544), so that no config names it. */
const addressOfNames = '198.18.0.1';

/** Answers for every name and every address of the network, and records each. */
export const startRecorder = async (options: RecorderOptions): Promise<Recorder> => {
  const { certificates, upstreams, ports } = options;
  const hosts = new Set<string>();
  const signedRequests = new Set<string>();
  const onName = (name: string): void => void hosts.add(name);
  const names = await startNameServer(addressOfNames, onName);

  const tls = { key: readFileSync(certificates.key), cert: readFileSync(certificates.certificate) };
  const web = createTlsServer(tls, answering(options, signedRequests));
  web.on('secureConnection', ({ servername }: { readonly servername?: string | false }) => {
    if (typeof servername === 'string') onName(servername);
  });
  const connected = (socket: Socket, port: number): void => {
    const address = (socket.localAddress ?? '').replace(/^::ffff:/, '');
    // A connection to a name is recorded by its name, unless it goes to another port than the usual one.
    if (address !== addressOfNames || port !== 443) hosts.add(`${address}:${port}`);
    if (port !== 80) web.emit('connection', socket);
    else if (address === metadataAddress) passThrough(socket, upstreams.metadata);
    else socket.destroy();
  };
  const listeners = await Promise.all(ports.map((port) => listen(port, connected)));
  return {
    take: () => {
      const contacts = { hosts: [...hosts].toSorted(), signedRequests: [...signedRequests].toSorted() };
      hosts.clear();
      signedRequests.clear();
      return contacts;
    },
    close: () => {
      names.close();
      for (const listener of listeners) listener.close();
      web.closeAllConnections();
    },
  };
};

/** Forwards requests to the stand-ins if they are for them. Other hosts keep what they get, as an attacker would. */
const answering =
  ({ upstreams, ownHosts }: RecorderOptions, signedRequests: Set<string>) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const host = request.headers.host ?? '';
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString('latin1');
    });
    request.on('end', () => {
      if (/subject_token=[^&]*GetCallerIdentity/.test(body)) signedRequests.add(host);
    });
    const upstream = ownHosts.includes(host) ? upstreams.google : upstreamOf(host, upstreams);
    if (upstream === undefined) request.on('end', () => void response.writeHead(400).end('{}'));
    else passOn(request, response, upstream);
  };

const listen = (port: number, onSocket: (socket: Socket, port: number) => void): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      onSocket(socket, port);
    });
    server.once('error', reject);
    // Without an address, it listens on all addresses of both families.
    server.listen(port, () => resolve(server));
  });
