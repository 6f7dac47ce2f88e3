import { readFileSync } from 'node:fs';
import { request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Certificates } from './certificates.ts';
import { awsHosts, bigQueryHost, googleHosts, metadataAddress } from './hosts.ts';

/** One request that arrived at a host of AWS's or Google's. */
export interface Arrival {
  readonly host: string;
  /** The name in the TLS handshake. */
  readonly serverName: string;
  /** `us-east-1/iam`, from the signature; Google's requests have none. */
  readonly scope?: string;
}

export interface Upstreams {
  readonly aws: string;
  readonly google: string;
  readonly bigQuery: string;
  /** EC2's metadata service. */
  readonly metadata: string;
}

export interface Gateway {
  readonly arrivals: readonly Arrival[];
  readonly close: () => void;
}

/** AWS's and Google's hosts, on port 443 of the loopback address, and EC2's metadata service at its own address. */
export const startGateway = async (certificates: Certificates, upstreams: Upstreams): Promise<Gateway> => {
  const arrivals: Arrival[] = [];
  const tls = { key: readFileSync(certificates.key), cert: readFileSync(certificates.certificate) };
  const hosts = createTlsServer(tls, (request, response) => {
    const arrival = arrivalOf(request);
    arrivals.push(arrival);
    const upstream = upstreamOf(arrival.host, upstreams);
    if (upstream === undefined || arrival.serverName !== arrival.host) response.writeHead(421).end();
    else passOn(request, response, upstream);
  });
  const metadata = createTcpServer((client) => passThrough(client, upstreams.metadata));
  await Promise.all([listen(hosts, 443, '127.0.0.1'), listen(metadata, 80, metadataAddress)]);
  return {
    arrivals,
    close: () => {
      hosts.close();
      hosts.closeAllConnections();
      metadata.close();
    },
  };
};

const arrivalOf = ({ headers, socket }: IncomingMessage): Arrival => {
  const scope = /Credential=[^/]+\/\d{8}\/([^/]+\/[^/]+)\/aws4_request/.exec(
    headers.authorization ?? '',
  )?.[1];
  const { servername } = socket as TLSSocket & { readonly servername?: string | false };
  return {
    host: headers.host ?? '',
    serverName: String(servername),
    ...(scope === undefined ? {} : { scope }),
  };
};

export const upstreamOf = (host: string, { aws, google, bigQuery }: Upstreams): string | undefined => {
  if (awsHosts.includes(host)) return aws;
  if (googleHosts.includes(host)) return google;
  return host === bigQueryHost ? bigQuery : undefined;
};

/** Keeps all headers as they came, because AWS's signatures cover the host. */
export const passOn = (request: IncomingMessage, response: ServerResponse, upstream: string): void => {
  const { method, headers, url = '/' } = request;
  const outgoing = forward(new URL(url, upstream), { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  outgoing.on('error', () => response.destroy());
  response.on('close', () => outgoing.destroy());
  request.pipe(outgoing);
};

/** A connection to EC2's metadata service. */
export const passThrough = (client: Socket, metadata: string): void => {
  const server = connect(Number(new URL(metadata).port), '127.0.0.1');
  client.pipe(server).pipe(client);
  for (const [one, other] of [
    [client, server],
    [server, client],
  ] as const)
    one.on('error', () => other.destroy());
};

const listen = (server: Server, port: number, address: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
