import { setTimeout } from 'node:timers/promises';
import { type Said, startCommand, type Variables } from './command-line.ts';

export interface BridgeProcess {
  readonly url: string;
  readonly pid: number;
  /** Its complete output so far. */
  readonly said: () => string;
  /** Waits for a text on its standard error. */
  readonly says: (words: string | RegExp) => Promise<void>;
  /** Ends it in an orderly way. */
  readonly end: (signal?: NodeJS.Signals) => Promise<Said>;
}

const start = async (
  program: string | undefined,
  variables: Variables,
  ...args: readonly string[]
): Promise<BridgeProcess> => {
  const { child, output, ended } = startCommand(
    variables,
    ['credentials', 'serve', '--port', '0', ...args],
    program,
  );
  const said = () => output.stdout + output.stderr;
  const says = async (words: string | RegExp): Promise<void> => {
    const isSaid = (): boolean =>
      typeof words === 'string' ? output.stderr.includes(words) : words.test(output.stderr);
    for (let tries = 0; !isSaid(); tries += 1) {
      if (child.exitCode !== null || tries > 1000)
        throw new Error(`credentials serve never said ${String(words)}: ${said()}`);
      await setTimeout(20);
    }
  };
  await says(/serving on http\S+ in/);
  const [, url = ''] = /serving on (http\S+) in/.exec(output.stderr) ?? [];
  return {
    url,
    pid: child.pid ?? 0,
    said,
    says,
    end: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
};

/** `rolebridge credentials serve`, as a process of its own, on a port chosen by the system. */
export const startBridge = (variables: Variables, ...args: readonly string[]): Promise<BridgeProcess> =>
  start(undefined, variables, ...args);

/** The only file in a sidecar's image. */
export const startBuiltBridge = (program: string, variables: Variables): Promise<BridgeProcess> =>
  start(program, variables);

/** The view of a client of the metadata service. */
export const metadataClient = (url: string) => {
  const token = async (): Promise<string> => {
    const answer = await fetch(`${url}/latest/api/token`, {
      method: 'PUT',
      headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '300' },
    });
    return answer.text();
  };
  const get = async (path: string): Promise<{ readonly status: number; readonly body: string }> => {
    const headers = { 'x-aws-ec2-metadata-token': await token() };
    const answer = await fetch(`${url}/latest/meta-data/${path}`, { headers });
    return { status: answer.status, body: await answer.text() };
  };
  const credentials = async (): Promise<Readonly<Record<string, string>>> => {
    const { body: roleName } = await get('iam/security-credentials');
    const { body } = await get(`iam/security-credentials/${roleName}`);
    return JSON.parse(body) as Record<string, string>;
  };
  return { token, get, credentials };
};
