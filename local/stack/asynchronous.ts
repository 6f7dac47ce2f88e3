import { pause } from '../pause.ts';
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

/** A minute before the second try, two before the third: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const waitSeconds = (tries: number): number => 60 * tries;
const usualRetries = 2;

export const createAsynchronous = ({ template, timeScale, signal }: AsynchronousOptions): Asynchronous => {
  const retriesOf = (target: LocalFunction): number => {
    const config = resourcesOf(template, 'AWS::Lambda::EventInvokeConfig').find(({ properties }) =>
      isNamed(target, properties['FunctionName']),
    );
    return Number(config?.properties['MaximumRetryAttempts'] ?? usualRetries);
  };
  let pending = 0;
  return {
    pending: () => pending,
    start: async (target, payload) => {
      pending += 1;
      const mostTries = 1 + retriesOf(target);
      for (let tries = 1; tries <= mostTries && !signal.aborted; tries += 1) {
        const { kind } = await target.invoke(payload);
        if (kind === 'answered') break;
        if (tries < mostTries) await pause(waitSeconds(tries) * 1000 * timeScale, signal);
      }
      pending -= 1;
    },
  };
};
