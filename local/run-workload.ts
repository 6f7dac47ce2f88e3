import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Credentials } from './aws/world.ts';

export type Ran =
  | { readonly ok: true; readonly output: string }
  | { readonly ok: false; readonly status: number | null; readonly output: string };

/** Runs a program to its end and collects its output. */
export const run = (
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { PATH: process.env['PATH'] ?? '', NODE_NO_WARNINGS: '1', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => void output.push(text));
    child.on('error', reject);
    child.on('close', (status) => {
      const text = output.join('').trim();
      resolve(status === 0 ? { ok: true, output: text } : { ok: false, status, output: text });
    });
  });

export const credentialVariables = ({
  accessKeyId,
  secretAccessKey,
  sessionToken,
}: Credentials): Readonly<Record<string, string>> => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_SESSION_TOKEN: sessionToken,
});

/** As the package has it: it brings no libraries. */
const bundled = 'local/workload.mjs';

/** Asks Google for a token with the credential config at a path, in a separate process. */
export const askForToken = (
  configPath: string,
  environment: Readonly<Record<string, string>>,
): Promise<Ran> =>
  run(process.execPath, [existsSync(bundled) ? bundled : 'local/workload.ts'], {
    GOOGLE_APPLICATION_CREDENTIALS: configPath,
    // Without it, the library asks Google's real resource manager for the project.
    GOOGLE_CLOUD_PROJECT: 'acme-data',
    ...environment,
  });
