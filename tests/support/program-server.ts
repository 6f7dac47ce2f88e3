import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import { createProgramPool, type Ending, type Order } from './program-pool.ts';

/** The suites share one pool, which outlasts each of them: it is in Jest's own process, and listens on this socket. */
const socketVariable = 'ROLEBRIDGE_TEST_PROGRAMS';

/** Ends the pool. */
export type EndPrograms = () => void;

export const startProgramServer = async (): Promise<EndPrograms> => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-programs-'));
  const socketPath = join(folder, 'socket');
  const pool = createProgramPool();
  const server = createServer((asked, answer) => {
    json(asked)
      .then((order) => pool.run(order as Order))
      .then(
        (ending) => answer.end(JSON.stringify(ending)),
        (error: unknown) => answer.writeHead(500).end(String(error)),
      );
  });
  await new Promise<void>((resolve) => {
    server.listen(socketPath, resolve);
  });
  process.env[socketVariable] = socketPath;
  return () => {
    pool.end();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  };
};

/** Runs a program to its end, in a process that ran others before. */
export const runPooled = async (order: Order): Promise<Ending> => {
  const answer = await post(JSON.stringify(order));
  const said = await text(answer);
  if (answer.statusCode !== 200) throw new Error(said);
  return JSON.parse(said) as Ending;
};

const post = (body: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const socketPath = process.env[socketVariable];
    if (socketPath === undefined)
      throw new Error(`${socketVariable} is missing: Jest's globalSetup sets it.`);
    const asked = request({ socketPath, method: 'POST', agent: false }, resolve);
    asked.on('error', reject);
    asked.end(body);
  });
