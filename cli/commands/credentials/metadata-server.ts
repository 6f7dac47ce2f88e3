import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PermanentError } from '../../../shared/core/errors.ts';
import {
  answerMetadata,
  type MetadataAnswer,
  routeMetadata,
} from '../../../shared/credentials/credential-server.ts';
import { authorityOf, hostsOf } from '../../../shared/credentials/metadata-address.ts';
import type { RoleSession } from '../../../shared/credentials/session-cache.ts';

export interface MetadataServerOptions {
  readonly host: string;
  /** 0: the system chooses one. */
  readonly port: number;
  readonly region: string;
  readonly now: () => Date;
  /** @throws if no session is still valid */
  readonly session: () => Promise<RoleSession>;
}

export interface MetadataServer {
  readonly url: string;
  /** Accepts no new requests, and waits this long at most for those under way. */
  readonly close: (graceMilliseconds: number) => Promise<void>;
}

/** EC2's instance metadata service, version 2, as far as Google's libraries and boot/fetch need it. */
export const startMetadataServer = async (options: MetadataServerOptions): Promise<MetadataServer> => {
  const { host, region, now, session } = options;
  const key = randomBytes(32);
  let port = 0;
  const respond = (request: IncomingMessage): Promise<MetadataAnswer> => {
    const { method = '', url: target = '', headers, socket } = request;
    const nowMilliseconds = now().getTime();
    const hosts = hostsOf([host, socket.localAddress], port);
    const question = routeMetadata({ method, target, headers }, { key, nowMilliseconds, hosts });
    return answerMetadata(question, { region, nowMilliseconds, session });
  };
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5000, keepAliveTimeout: 5000 });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    // No request needs its body.
    request.resume();
    respond(request).then(
      (answer) => send(response, answer),
      () => send(response, { status: 500, body: 'Internal Server Error' }),
    );
  });
  port = await listen(server, host, options.port);
  return {
    url: `http://${authorityOf(host, port)}`,
    close: (graceMilliseconds) => closed(server, graceMilliseconds),
  };
};

const listen = (server: Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenFailure(host, port, error)));
    server.listen(port, host.replaceAll(/[[\]]/g, ''), () => resolve((server.address() as AddressInfo).port));
  });

const listenFailure = (host: string, port: number, error: NodeJS.ErrnoException): PermanentError => {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program listens there. Choose another --port.',
    EACCES: 'this user may not listen on that port. Choose a --port above 1023.',
    EADDRNOTAVAIL: 'this machine has no such address.',
  };
  return new PermanentError(
    `Cannot listen on ${authorityOf(host, port)}: ${reasons[error.code ?? ''] ?? error.message}`,
    { cause: error },
  );
};

const send = (response: ServerResponse, { status, headers, body }: MetadataAnswer): void => {
  response.writeHead(status, {
    'content-type': 'text/plain',
    // No cache may repeat an answer.
    'cache-control': 'no-store',
    ...headers,
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
};

const closed = (server: Server, graceMilliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMilliseconds);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
