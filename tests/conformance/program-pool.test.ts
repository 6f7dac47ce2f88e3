import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Order } from '../support/program-pool.ts';

let folder: string;
const pool = globalThis.programPool;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-pool-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const orderOf = (source: string, more: Partial<Order> = {}): Order => {
  const program = join(folder, more.program ?? 'program.mjs');
  writeFileSync(program, source);
  return { args: [], folder, environment: {}, preloaded: [], ...more, program };
};

/** What a program can leave behind in its process, and its process. */
const inspecting = `
  const seen = { count: (globalThis.count ??= []).push(1), listeners: process.listenerCount('SIGTERM'), exitCode: process.exitCode };
  process.on('SIGTERM', () => undefined);
  console.log(JSON.stringify({ ...seen, pid: process.pid, args: process.argv.slice(2), own: process.env.OWN, cwd: process.cwd() }));
`;

it.each(['program.mjs', 'program.cjs'])(
  '%s has its own variables, arguments, folder and listeners',
  async (program) => {
    const seen = [];
    for (const own of ['first', 'second', 'third']) {
      const ending = await pool.run(
        orderOf(inspecting, {
          program,
          args: [own],
          environment: { OWN: own },
          folder: own === 'third' ? tmpdir() : folder,
        }),
      );
      expect(ending).toMatchObject({ status: 0, stderr: '' });
      seen.push(JSON.parse(ending.stdout));
    }
    const [{ pid }] = seen;
    expect(seen).toEqual([
      { count: 1, listeners: 0, pid, args: ['first'], own: 'first', cwd: folder },
      { count: 2, listeners: 0, pid, args: ['second'], own: 'second', cwd: folder },
      { count: 3, listeners: 0, pid, args: ['third'], own: 'third', cwd: tmpdir() },
    ]);
  },
);

it('ends when nothing is left to do, with everything that was written', async () => {
  const late = `
    process.exitCode = 2;
    setTimeout(() => { process.stderr.write('y'.repeat(300_000)); console.log('late'); }, 50);
    process.on('exit', (status) => console.log('at the end', status));
  `;
  const { status, stdout, stderr } = await pool.run(orderOf(late));
  expect({ status, stdout, length: stderr.length }).toEqual({
    status: 2,
    stdout: 'late\nat the end 2\n',
    length: 300_000,
  });
});

it.each([
  ['exits', 'console.log("out"); process.exit(3);', 3],
  ['throws', 'console.log("out"); throw new Error("broken");', 1],
  ['rejects without anyone who listens', 'console.log("out"); Promise.reject(new Error("broken"));', 1],
  ['waits for nothing', 'console.log("out"); await new Promise(() => undefined);', 13],
])('a program that %s ends its process, and the next one has another', async (_, source, status) => {
  const pidOf = async () => JSON.parse((await pool.run(orderOf(inspecting))).stdout).pid;
  const before = await pidOf();
  expect(await pool.run(orderOf(source))).toMatchObject({ status, stdout: 'out\n' });
  expect(await pidOf()).not.toBe(before);
});

it('programs at the same time have a process each', async () => {
  const order = orderOf(`await new Promise((resolve) => setTimeout(resolve, 100));${inspecting}`);
  const endings = await Promise.all([1, 2, 3].map(() => pool.run(order)));
  expect(new Set(endings.map(({ stdout }) => JSON.parse(stdout).pid)).size).toBe(3);
});
