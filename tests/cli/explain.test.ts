import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { explain } from '../../shared/explain/explain.ts';
import { knownErrors } from '../../shared/explain/known-errors/catalog.ts';
import { compileCache } from '../support/compile-cache.ts';

const program = `${JSON.stringify(process.execPath)} ${JSON.stringify(resolve('dist/rolebridge.mjs'))}`;
const denied = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).";
const throttled = 'POST https://sts.googleapis.com/v1/token HTTP 429';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'explain-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const start = (line: string, environment: Readonly<Record<string, string>> = {}) => {
  const child = spawn('sh', ['-c', line], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_NO_WARNINGS: '1',
      ...compileCache,
      ...environment,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // A program that has ended reads no more input.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<{ status: number | null; stdout: string; stderr: string }>((done, fail) => {
    child.on('error', fail);
    child.on('close', (status) => done({ status, stdout, stderr }));
  });
  return { child, ended };
};

const run = (line: string, environment?: Readonly<Record<string, string>>) => {
  const { child, ended } = start(line, environment);
  child.stdin.end();
  return ended;
};

const idsIn = (stdout: string): unknown => {
  const { explanations }: { explanations: readonly { id: string }[] } = JSON.parse(stdout);
  return explanations.map(({ id }) => id);
};

/** Little memory, so that a text that is kept completely causes a failure. */
const little = { NODE_OPTIONS: '--max-old-space-size=48' };

describe('explain reads standard input', () => {
  it('from a slow program', async () => {
    const { status, stdout, stderr } = await run(`(sleep 1; echo "${denied}") | ${program} explain --json`);
    expect(stderr).toBe('');
    expect(idsIn(stdout)).toEqual(['impersonation-denied']);
    expect(status).toBe(0);
  });

  it('from a program that writes a line in parts, with pauses', async () => {
    const { child, ended } = start(`${program} explain --json`);
    for (const part of [denied.slice(0, 20), denied.slice(20, 50), `${denied.slice(50)}\n`]) {
      child.stdin.write(part);
      await setTimeout(300);
    }
    child.stdin.end();
    expect(idsIn((await ended).stdout)).toEqual(['impersonation-denied']);
  });

  it('from a pipe that does not block', async () => {
    const writer = `process.stdout.write('x\\n'); setTimeout(() => console.log(${JSON.stringify(denied)}), 500)`;
    writeFileSync(join(folder, 'writer.cjs'), writer);
    const line = `${JSON.stringify(process.execPath)} writer.cjs | ${program} explain --json`;
    expect(idsIn((await run(line)).stdout)).toEqual(['impersonation-denied']);
  });

  it('of 20,000 lines', async () => {
    const lines = Array.from(
      { length: 20_000 },
      (_, index) => `2026-11-28 10:00:00,${index} INFO line ${index}`,
    );
    writeFileSync(join(folder, 'many.log'), [...lines, denied, ...lines].join('\n'));
    const { status, stdout } = await run(`cat many.log | ${program} explain --json`, little);
    expect({ status, ids: idsIn(stdout) }).toEqual({ status: 0, ids: ['impersonation-denied'] });
  });

  it('of 5 MB, in lines and in one line', async () => {
    const noise = `{"level":"info","message":"${'lorem ipsum '.repeat(80)}"}`;
    for (const end of ['\n', ' ']) {
      const half = `${noise}${end}`.repeat(Math.ceil(2_500_000 / noise.length));
      writeFileSync(join(folder, 'large.log'), `${half}${throttled}${end}${half}${denied}`);
      const { status, stdout } = await run(`cat large.log | ${program} explain --json`, little);
      expect({ status, ids: idsIn(stdout) }).toEqual({
        status: 0,
        ids: ['token-exchange-throttled', 'impersonation-denied'],
      });
    }
  });

  it('from another rolebridge', async () => {
    writeFileSync(join(folder, 'rolebridge.yml'), 'tagkey: x\n');
    const { status, stdout } = await run(`${program} plan 2>&1 | ${program} explain --json`);
    expect({ status, ids: idsIn(stdout) }).toEqual({ status: 0, ids: ['settings-invalid'] });
  });

  it('from itself', async () => {
    const { status, stderr } = await run(`${program} explain </dev/null 2>&1 | ${program} explain`);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  });

  it('from a file', async () => {
    writeFileSync(join(folder, 'one.log'), denied);
    expect(idsIn((await run(`${program} explain --json <one.log`)).stdout)).toEqual(['impersonation-denied']);
  });

  it('and names what to pass if it is empty', async () => {
    const { status, stderr } = await run(`printf ' \\n' | ${program} explain`);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('Pass the error text') });
  });

  it('and ends at Ctrl-C', async () => {
    const { child, ended } = start(`exec ${program} explain`);
    // More than a pipe holds: once all of it is written, the program is reading.
    const lines = `${'x'.repeat(99)}\n`.repeat(10_000);
    await new Promise((done) => child.stdin.write(`${denied}\n${lines}`, done));
    child.kill('SIGINT');
    const { stdout, stderr } = await ended;
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: expect.stringContaining('Interrupted') });
  });
});

describe('explain --list', () => {
  it('lists every known error below its link', async () => {
    const { status, stdout } = await run(`${program} explain --list`);
    expect(status).toBe(0);
    expect(knownErrors.filter(({ id }) => !stdout.includes(`\n  ${id}\n`))).toEqual([]);
  });

  it('lists them as one document, which explain itself understands', async () => {
    const { status, stdout } = await run(`${program} explain --list --json`);
    const { version, errors }: { version: number; errors: readonly { id: string; example: string }[] } =
      JSON.parse(stdout);
    expect({ status, version, ids: errors.map(({ id }) => id) }).toEqual({
      status: 0,
      version: 1,
      ids: knownErrors.map(({ id }) => id),
    });
    for (const { id, example } of errors) expect(explain(example).map((found) => found.id)).toEqual([id]);
  });

  it('does not accept a text', async () => {
    const { status, stderr } = await run(`${program} explain --list text`);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('not both') });
  });
});
