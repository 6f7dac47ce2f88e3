import { spawn, spawnSync } from 'node:child_process';
import type { Variables } from './command-line.ts';
import { compileCache } from './compile-cache.ts';
import { expectNoSecretIn } from './secrets.ts';

/** util-linux's `script` gives a program a terminal of its own. */
export const hasScript = spawnSync('script', ['--version']).status === 0;

export interface TerminalOptions {
  readonly variables?: Variables;
  readonly columns?: number;
  /** The keys to type when the terminal shows a text, each once, and an action before that. */
  readonly typed?: readonly (readonly [text: string, keys: string, before?: () => Promise<unknown>])[];
}

export interface ShownAtTerminal {
  readonly status: number | null;
  readonly shown: string;
}

/** Runs a shell command at a terminal. Returns the output, and how the command ended. */
export const atTerminal = async (
  command: string,
  { variables = {}, columns = 80, typed = [] }: TerminalOptions = {},
): Promise<ShownAtTerminal> => {
  const seen = await new Promise<ShownAtTerminal>((resolve, reject) => {
    const child = spawn('script', ['-qec', `stty cols ${columns} rows 50; ${command}`, '/dev/null'], {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: '/nonexistent',
        TERM: 'xterm',
        NODE_NO_WARNINGS: '1',
        ROLEBRIDGE_STARTED_AS: 'rolebridge',
        ...compileCache,
        ...variables,
      },
    });
    let shown = '';
    const left = [...typed];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      const [next] = left;
      if (next === undefined || !shown.includes(next[0])) return;
      left.shift();
      const [, keys, before = () => Promise.resolve()] = next;
      before().then(() => child.stdin.write(keys), reject);
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, shown }));
  });
  expectNoSecretIn([seen.shown]);
  return seen;
};

/** The built command line, for a shell. */
export const rolebridge = `${process.execPath} dist/rolebridge.mjs`;
