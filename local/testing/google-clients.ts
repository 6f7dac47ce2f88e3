import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Harness } from './google-harness.ts';
import { audience } from './google-harness.ts';

export type Call = readonly [method: string, ...args: readonly unknown[]];

/** Calls one of Google's clients: `storage([['bucket', 'b'], ['getFiles']])` is `storage.bucket('b').getFiles()`. */
export type Client = (...calls: readonly Call[]) => Promise<unknown>;

export interface GoogleClients {
  /** With a federated token as its only credential, from the config that rolebridge publishes for direct access. */
  readonly client: (
    name: 'storage' | 'bigquery',
    world: Pick<Harness, 'google'>,
    project: string,
    credentials?: unknown,
  ) => Client;
  readonly close: () => void;
}

/** An error as Google's client reports it. */
export class ClientError extends Error {
  readonly code: unknown;
  readonly errors: unknown;
  constructor({ code, message, errors }: Readonly<Record<string, unknown>>) {
    super(String(message));
    this.code = code;
    this.errors = errors;
  }
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: Readonly<Record<string, unknown>>;
}

const someRole = {
  AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'example',
  AWS_SESSION_TOKEN: 'session-token',
};

/** A process with Google's unmodified clients. It runs as a program on AWS: credentials of a role are in its environment. */
export const startGoogleClients = (
  credentials: Readonly<Record<string, string>> = someRole,
): GoogleClients => {
  const child = spawn(process.execPath, ['local/testing/google-client.cjs'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      AWS_REGION: 'eu-west-1',
      ...credentials,
    },
  });
  const waiting = new Map<number, (answer: Answer) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const answer = JSON.parse(line) as Answer;
    waiting.get(answer.id)?.(answer);
  });
  let asked = 0;
  const ask = (request: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      asked += 1;
      waiting.set(asked, ({ value, error }) =>
        error === undefined ? resolve(value) : reject(new ClientError(error)),
      );
      child.stdin.write(`${JSON.stringify({ id: asked, ...request })}\n`);
    });
  return {
    client: (client, { google: { url } }, projectId, config = configOf(url)) => {
      const options = { apiEndpoint: url, projectId, credentials: config };
      return (...calls) => ask({ client, options, calls });
    },
    close: () => void child.kill(),
  };
};

/** Today's published config without `service_account_impersonation_url`. */
const configOf = (url: string) => ({
  type: 'external_account',
  audience,
  subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request',
  token_url: `${url}/v1/token`,
  credential_source: {
    environment_id: 'aws1',
    regional_cred_verification_url:
      'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15',
  },
});
