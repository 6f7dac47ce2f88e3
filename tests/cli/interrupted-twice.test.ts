import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-twice-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Work in the service's folder that does not end at the first signal. */
const program = `
import { interruptionSignal } from './cli/interruption.ts';
import { withService } from './cli/service/assembled-service.ts';
const signal = interruptionSignal();
signal.addEventListener('abort', () => console.log('ending'));
await withService(process.cwd(), 'mode: sync', async () => {
  console.log('started');
  await new Promise((resolve) => setTimeout(resolve, 600_000));
});
`;

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('a second %s ends the program immediately, and leaves no folder behind', async (name, status) => {
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', program], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  await once(child.stdout, 'data');
  expect(readdirSync(temporary)).toEqual([expect.stringMatching(/^rolebridge-service-/)]);
  child.kill(name);
  await once(child.stdout, 'data');
  child.kill(name);
  expect(await ended).toEqual([status, null]);
  expect(readdirSync(temporary)).toEqual([]);
});
