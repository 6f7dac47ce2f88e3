/**
 * An interceptor's decision on a call. `drop`: the call is not performed, and its connection ends. `hang`: the call is not
 * performed, and its connection stays open until the client gives up or the server closes. `performThenDrop`: the call is
 * performed, and its answer is lost, even if it is an error.
 */
export type Verdict<Fault> =
  | { readonly kind: 'proceed' }
  | ({ readonly kind: 'error' } & Fault)
  | { readonly kind: 'drop' }
  | { readonly kind: 'hang' }
  | {
      readonly kind: 'performThenDrop';
      /** Called between the two, whether or not the call succeeded. */
      readonly between?: () => void;
    };

export type Interceptor<Call, Fault> = (
  call: Call,
) => Verdict<Fault> | undefined | Promise<Verdict<Fault> | undefined>;

/** Lets tests and the runner act between a call and its service. Each registration returns a function that undoes it. */
export interface Interception<Call, Fault> {
  /** Called before each call is performed. The first verdict other than `proceed` wins. */
  readonly intercept: (interceptor: Interceptor<Call, Fault>) => () => void;
  /** Called after each call was performed, before it is answered. */
  readonly afterwards: (listener: (call: Call) => void) => () => void;
  readonly calls: readonly Call[];
}

export interface Interceptable<Call, Fault, Answer> extends Interception<Call, Fault> {
  /** Performs a call as the interceptors decide. Returns undefined if no answer is sent. */
  readonly through: (
    call: Call,
    perform: () => Answer | Promise<Answer>,
    fail: (fault: Fault) => Error,
  ) => Promise<Answer | undefined>;
}

export const interceptable = <Call, Fault, Answer>(): Interceptable<Call, Fault, Answer> => {
  const calls: Call[] = [];
  const interceptors = new Set<Interceptor<Call, Fault>>();
  const listeners = new Set<(call: Call) => void>();
  const registered =
    <T>(set: Set<T>) =>
    (item: T) => {
      set.add(item);
      return () => void set.delete(item);
    };
  const decide = async (call: Call): Promise<Verdict<Fault>> => {
    for (const intercept of interceptors) {
      const verdict = await intercept(call);
      if (verdict !== undefined && verdict.kind !== 'proceed') return verdict;
    }
    return { kind: 'proceed' };
  };
  const performAndNotify = async (call: Call, perform: () => Answer | Promise<Answer>): Promise<Answer> => {
    const answer = await perform();
    for (const listen of listeners) listen(call);
    return answer;
  };
  return {
    calls,
    intercept: registered(interceptors),
    afterwards: registered(listeners),
    through: async (call, perform, fail) => {
      calls.push(call);
      const verdict = await decide(call);
      switch (verdict.kind) {
        case 'proceed':
          return performAndNotify(call, perform);
        case 'error':
          throw fail(verdict);
        case 'drop':
          return undefined;
        case 'hang':
          // Never settles. Closing the server ends the connection that waits for it.
          return new Promise(() => undefined);
        case 'performThenDrop':
          await performAndNotify(call, perform).catch(() => undefined);
          verdict.between?.();
          return undefined;
      }
    },
  };
};
