import { pause } from '../pause.ts';
import type { Invoked } from './container.ts';
import { isNamed, type LocalFunction } from './functions.ts';
import { resourcesOf, type Template } from './template.ts';

export interface AsynchronousOptions {
  readonly template: Template;
  readonly timeScale: number;
  readonly signal: AbortSignal;
}

/** Lambda's asynchronous invocation, by which EventBridge starts functions. */
export interface Asynchronous {
  /** Resolves when the last try has ended. */
  readonly start: (target: LocalFunction, payload: unknown) => Promise<void>;
  /** How many have not come to their end, those that wait for their next try included. */
  readonly pending: () => number;
}

const usualRetries = 2;

const mostAgeSeconds = 6 * 60 * 60;

export const createAsynchronous = ({ template, timeScale, signal }: AsynchronousOptions): Asynchronous => {
  const retriesOf = (target: LocalFunction): number => {
    const config = resourcesOf(template, 'AWS::Lambda::EventInvokeConfig').find(({ properties }) =>
      isNamed(target, properties['FunctionName']),
    );
    return Number(config?.properties['MaximumRetryAttempts'] ?? usualRetries);
  };
  const wait = (seconds: number) => pause(seconds * 1000 * timeScale, signal);
  /** Waits until there is room. Where nothing may ever run, Lambda drops the event at once. */
  const invoke = async (target: LocalFunction, payload: unknown): Promise<Invoked> => {
    let age = 0;
    for (let times = 0; !signal.aborted; times += 1) {
      const invoked = await target.invoke(payload);
      const isOver = target.reservedConcurrency === 0 || age > mostAgeSeconds;
      if (invoked.kind !== 'throttled' || isOver) return invoked;
      age += throttledSeconds(times);
      await wait(throttledSeconds(times));
    }
    return { kind: 'throttled' };
  };
  const tryAgain = async (target: LocalFunction, payload: unknown): Promise<void> => {
    const mostTries = 1 + retriesOf(target);
    for (let tries = 1; tries <= mostTries && !signal.aborted; tries += 1) {
      const { kind } = await invoke(target, payload);
      if (kind === 'answered' || kind === 'throttled') return;
      if (tries < mostTries) await wait(waitSeconds(tries));
    }
  };
  let pending = 0;
  return {
    pending: () => pending,
    start: async (target, payload) => {
      pending += 1;
      await tryAgain(target, payload);
      pending -= 1;
    },
  };
};

/** What was throttled was no try: it waits a second, then ever longer, up to five minutes, for six hours in all. */
const throttledSeconds = (times: number): number => Math.min(300, 2 ** times);

/** A minute before the second try, two before the third: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const waitSeconds = (tries: number): number => 60 * tries;
