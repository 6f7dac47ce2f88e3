import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body as sent: text would damage a zip. */
  readonly bytes: Uint8Array;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** `undefined` drops the connection without an answer. */
export type Respond = (request: HttpRequest) => Promise<HttpAnswer | undefined>;

export interface LoopbackServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Starts a server on the loopback address only, on a port that the system chooses. */
export const serve = async (
  respond: Respond,
): Promise<LoopbackServer & { readonly bytesSent: () => number }> => {
  let bytesSent = 0;
  const handle = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const target = message.url ?? '/';
    const headers = Object.fromEntries(
      Object.entries(message.headers).map(([name, value]) => [name, String(value)]),
    );
    const bytes = await readBody(message);
    const request = {
      method: message.method ?? 'GET',
      target,
      url: new URL(target, 'http://127.0.0.1'),
      headers,
      body: bytes.toString('utf8'),
      bytes,
    };
    const made = await respond(request);
    if (made === undefined) message.socket.destroy();
    else bytesSent += answer(response, made);
  };
  const server = createServer((message, response) => {
    handle(message, response).catch((error: unknown) =>
      answer(response, { status: 500, body: `the stand-in failed: ${String(error)}` }),
    );
  });
  return { ...(await listen(server)), bytesSent: () => bytesSent };
};

const readBody = async (message: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
};

/** Returns the number of bytes of the body. A page of a megabyte is encoded once: Node writes a text in more than twice the time. */
const answer = (response: ServerResponse, { status, headers, body }: HttpAnswer): number => {
  const bytes = Buffer.from(body);
  // An answer to HEAD has the length of a body that it does not have.
  response.writeHead(status, { 'content-length': bytes.length, ...headers });
  response.end(bytes);
  return bytes.length;
};

/** Opens a server on a free port of the loopback interface. Closing it ends its connections. */
export const listen = async (server: Server): Promise<LoopbackServer> => {
  // Never close an idle connection: a client on a busy machine may be about to reuse it.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

export const json = (status: number, body: unknown): HttpAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
