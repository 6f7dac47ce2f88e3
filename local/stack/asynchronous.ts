import { pause } from '../pause.ts';
import type { Invoked } from './container.ts';
import { isNamed, type LocalFunction } from './functions.ts';
import { resourcesOf, type Template } from './template.ts';

export interface AsynchronousOptions {
  readonly template: Template;
  readonly timeScale: number;
  readonly signal: AbortSignal;
}

/** Lambda's asynchronous invocation, which EventBridge uses to start functions. */
export interface Asynchronous {
  /** Resolves when the last attempt has ended. */
  readonly start: (target: LocalFunction, payload: unknown) => Promise<void>;
  /** The number of unfinished invocations, including those that wait for their next attempt. */
  readonly pending: () => number;
}

const defaultRetries = 2;
const maxAgeSeconds = 6 * 60 * 60;

export const createAsynchronous = ({ template, timeScale, signal }: AsynchronousOptions): Asynchronous => {
  const retriesOf = (target: LocalFunction): number => {
    const config = resourcesOf(template, 'AWS::Lambda::EventInvokeConfig').find(({ properties }) =>
      isNamed(target, properties['FunctionName']),
    );
    return Number(config?.properties['MaximumRetryAttempts'] ?? defaultRetries);
  };
  const wait = (seconds: number) => pause(seconds * 1000 * timeScale, signal);
  /** Waits for free concurrency. If none is reserved (0), Lambda drops the event immediately. */
  const invoke = async (target: LocalFunction, payload: unknown): Promise<Invoked> => {
    let age = 0;
    for (let times = 0; !signal.aborted; times += 1) {
      const invoked = await target.invoke(payload);
      const isOver = target.reservedConcurrency === 0 || age > maxAgeSeconds;
      if (invoked.kind !== 'throttled' || isOver) return invoked;
      age += throttledSeconds(times);
      await wait(throttledSeconds(times));
    }
    return { kind: 'throttled' };
  };
  const invokeWithRetries = async (target: LocalFunction, payload: unknown): Promise<void> => {
    const maxAttempts = 1 + retriesOf(target);
    for (let attempt = 1; attempt <= maxAttempts && !signal.aborted; attempt += 1) {
      const { kind } = await invoke(target, payload);
      if (kind === 'answered' || kind === 'throttled') return;
      if (attempt < maxAttempts) await wait(waitSeconds(attempt));
    }
  };
  let pending = 0;
  return {
    pending: () => pending,
    start: async (target, payload) => {
      pending += 1;
      await invokeWithRetries(target, payload);
      pending -= 1;
    },
  };
};

/** A throttle does not count as an attempt. The delay grows from one second to five minutes, for six hours in total. */
const throttledSeconds = (times: number): number => Math.min(300, 2 ** times);

/** One minute before the second attempt, two before the third: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const waitSeconds = (attempt: number): number => 60 * attempt;
