import { readFileSync } from 'node:fs';
import type { Runtime } from '../stack/container.ts';
import type { StackOptions } from '../stack/runner.ts';
import { type Puppets, startPuppets, until } from './puppets.ts';

const trace = /^Root=1-[\da-f]{8}-[\da-f]{24};Parent=[\da-f]{16};Sampled=0$/;

/** The contract of every program that runs functions: ours and AWS's behave the same at the Runtime API. */
export const expectRuntime = (name: string, runtime: () => Runtime): void =>
  describe(name, () => {
    let puppets: Puppets;
    const start = async (options: Partial<StackOptions> = {}) => {
      puppets = await startPuppets({ runtime: runtime(), ...options });
      return puppets.stack;
    };
    afterEach(() => puppets.close());

    it('gives the function its context from headers and environment, in the folder of its code', async () => {
      const stack = await start();
      const { result } = (await stack.invoke('work', {})) as { result: Readonly<Record<string, unknown>> };
      expect(result).toMatchObject({
        functionArn: 'arn:aws:lambda:us-east-1:111122223333:function:puppets-prod-work',
        logGroupName: '/aws/lambda/puppets-prod-work',
        traceId: expect.stringMatching(trace),
        folder: 'of the code',
        // Without callbackWaitsForEmptyEventLoop, which Node 24 removed, an answer never waits for timers.
        contextKeys: [
          'awsRequestId',
          'functionName',
          'functionVersion',
          'getRemainingTimeInMillis',
          'invokedFunctionArn',
          'logGroupName',
          'logStreamName',
          'memoryLimitInMB',
          'xRayTraceId',
        ],
      });
      expect(stack.reports).toEqual([expect.stringContaining(`RequestId: ${String(result['requestId'])}\t`)]);
    });

    it('gives each invocation its own request id, trace and remaining time', async () => {
      const stack = await start();
      const look = async () =>
        (await stack.invoke('work', {})) as { result: Readonly<Record<string, string | number>> };
      const [{ result: first }, { result: second }] = [await look(), await look()];
      expect(second['pid']).toBe(first['pid']);
      expect(second['traceId']).not.toBe(first['traceId']);
      expect(second['requestId']).not.toBe(first['requestId']);
      expect(second['remainingMilliseconds']).toBeLessThanOrEqual(30_000);
      expect(second['remainingMilliseconds']).toBeGreaterThan(0);
    });

    it('answers null if a function returns nothing', async () => {
      const stack = await start();
      expect(await stack.invoke('work', { do: 'nothing' })).toEqual({ kind: 'answered', result: null });
    });

    it('adds time, request id and level to console lines only', async () => {
      const stack = await start();
      await stack.invoke('work', { do: 'console', text: 'a line' });
      await stack.invoke('work', { do: 'print', text: '{"as":"it is"}' });
      await until(() => stack.logs.length > 1);
      expect(stack.logs).toEqual([
        expect.stringMatching(/^\S+Z\t[\da-f-]{36}\tINFO\ta line$/),
        '{"as":"it is"}',
      ]);
    });

    it('returns and logs an error that a function throws, and continues', async () => {
      const stack = await start();
      expect(await stack.invoke('work', { do: 'fail', times: 1 })).toEqual({
        kind: 'threw',
        error: {
          errorType: 'Error',
          errorMessage: 'failure 1',
          trace: expect.arrayContaining(['Error: failure 1']),
        },
      });
      expect(stack.logs).toEqual([
        expect.stringMatching(
          /\tERROR\tInvoke Error \t\{"errorType":"Error","errorMessage":"failure 1",.*"stack":\[/,
        ),
      ]);
      expect(await stack.invoke('work', { do: 'throw', text: 'no error' })).toEqual({
        kind: 'threw',
        error: { errorType: 'string', errorMessage: 'no error', trace: [] },
      });
      expect(await stack.invoke('work', { do: 'nothing' })).toMatchObject({ kind: 'answered' });
    });

    it('returns and logs the error if the code does not load', async () => {
      const environment = { NODE_PATH: `${process.cwd()}/node_modules`, PUPPET_DOES_NOT_LOAD: 'yes' };
      const stack = await start({ environment });
      expect(await stack.invoke('work', {})).toMatchObject({
        kind: 'threw',
        error: { errorType: 'TypeError', errorMessage: 'the puppet does not load' },
      });
      expect(stack.logs[0]).toMatch(/\t-\tERROR\tInit Error \t\{"errorType":"TypeError"/);
    });

    (process.platform === 'linux' ? it : it.skip)('answers again after a freeze', async () => {
      const stack = await start({ runtime: { ...runtime(), isFrozenBetween: true } });
      const pid = async (): Promise<unknown> =>
        ((await stack.invoke('work', {})) as { result: { pid: unknown } }).result.pid;
      const first = await pid();
      await until(() => /^State:\s+T/m.test(readFileSync(`/proc/${String(first)}/status`, 'utf8')));
      expect(await pid()).toBe(first);
    });
  });
