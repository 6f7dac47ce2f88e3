import type { Runtime } from '../../local/stack/container.ts';
import { startPuppets } from '../../local/testing/puppets.ts';
import { expectRuntime } from '../../local/testing/runtime-contract.ts';
import { reuseProcesses } from '../support/reused-processes.ts';

const processes = reuseProcesses();
const runtime: Runtime = {
  script: 'tests/support/reused-bootstrap.cjs',
  isFrozenBetween: false,
  start: processes.start,
};
afterAll(processes.end);

expectRuntime('our own runtime in a process that is used again', () => runtime);

/** The process of a container, in which it fails once. Then its world ends. */
const pidOf = async (name: string): Promise<unknown> => {
  const environment = { NODE_PATH: `${process.cwd()}/node_modules`, PUPPET: name };
  const { stack, close } = await startPuppets({ runtime, environment });
  try {
    const { result } = (await stack.invoke('work', {})) as { result: Readonly<Record<string, unknown>> };
    expect(result['puppet']).toBe(name);
    // The function's own counter, which restarts.
    expect(await stack.invoke('work', { do: 'fail', times: 1 })).toMatchObject({
      error: { errorMessage: 'failure 1' },
    });
    await stack.invoke('work', { do: 'console', text: `a line of ${name}` });
    const lines = stack.logs.filter((line) => line.includes('a line of'));
    expect(lines).toEqual([expect.stringContaining(`a line of ${name}`)]);
    return result['pid'];
  } finally {
    await close();
  }
};

it('shares nothing with the previous container except the process', async () => {
  const first = await pidOf('first');
  // The process is free as soon as it notices that its world has ended.
  let later: unknown;
  for (let nth = 0; nth < 100 && later !== first; nth += 1) later = await pidOf(`world ${nth}`);
  expect(later).toBe(first);
});

it('does not reuse a process that was killed during an invocation', async () => {
  const environment = { NODE_PATH: `${process.cwd()}/node_modules` };
  const { stack, close } = await startPuppets({ runtime, environment, timeoutSeconds: 1 });
  const pid = async () => ((await stack.invoke('work', {})) as { result: { pid: unknown } }).result.pid;
  const killed = await pid();
  expect(await stack.invoke('work', { do: 'sleep', milliseconds: 600_000 })).toMatchObject({
    kind: 'timedOut',
  });
  expect(await pid()).not.toBe(killed);
  await close();
});
