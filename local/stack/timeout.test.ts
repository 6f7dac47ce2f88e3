import { afterInvocation, isRunning, startPuppets, until } from '../testing/puppets.ts';

const forever = { do: 'sleep', milliseconds: 600_000 };

it("a function has the template's timeout, or the one that the test sets", async () => {
  for (const [timeoutSeconds, least, most] of [
    [undefined, 15_001, 30_000],
    [15, 0, 15_000],
  ] as const) {
    const { stack, close } = await startPuppets(timeoutSeconds === undefined ? {} : { timeoutSeconds });
    const { result } = (await stack.invoke('work', {})) as { result: { remainingMilliseconds: number } };
    expect(result.remainingMilliseconds).toBeGreaterThanOrEqual(least);
    expect(result.remainingMilliseconds).toBeLessThanOrEqual(most);
    await close();
  }
});

it('ends the process at its timeout, and starts another for the next invocation', async () => {
  const { stack, close } = await startPuppets({ timeoutSeconds: 1 });
  const look = async (): Promise<number> => {
    const invoked = await stack.invoke('work', {});
    // On a very busy machine, this call itself may time out.
    return invoked.kind === 'answered' ? (invoked.result as { pid: number }).pid : look();
  };
  const pid = await look();
  expect(isRunning(pid)).toBe(true);
  expect(await stack.invoke('work', forever)).toEqual({
    kind: 'timedOut',
    message: 'Task timed out after 1.00 seconds',
  });
  expect(isRunning(pid)).toBe(false);
  expect(stack.logs).toContainEqual(expect.stringMatching(/^\S+Z \S+ Task timed out after 1\.00 seconds$/));
  expect(await look()).not.toBe(pid);
  await close();
});

it('keeps the messages at a timeout, and returns them when their visibility timeout ends', async () => {
  const puppets = await startPuppets({ timeoutSeconds: 0.2 });
  const { stack, close } = puppets;
  stack.queue.send(JSON.stringify(forever));
  await afterInvocation(puppets, 1);
  expect(stack.queue.messages).toMatchObject([{ body: JSON.stringify(forever), receiveCount: 1 }]);
  for (const nth of [2, 3]) await afterInvocation(puppets, nth);
  await until(() => stack.queue.messages.length === 0);
  expect(stack.deadLetterQueue.messages).toHaveLength(1);
  await close();
});
