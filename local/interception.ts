/** What becomes of a call to a stand-in. `performThenDrop`: it is performed, and its answer is lost. */
export type Verdict<Fault> =
  | { readonly kind: 'proceed' }
  | ({ readonly kind: 'error' } & Fault)
  | { readonly kind: 'drop' }
  | { readonly kind: 'performThenDrop' };

export type Interceptor<Call, Fault> = (
  call: Call,
) => Verdict<Fault> | undefined | Promise<Verdict<Fault> | undefined>;

/** How tests and the runner come between a call and its service. Each registration returns how to undo it. */
export interface Interception<Call, Fault> {
  /** Called before each call is performed; the first verdict but `proceed` counts. */
  readonly intercept: (interceptor: Interceptor<Call, Fault>) => () => void;
  /** Called after each call was performed, before it is answered. */
  readonly afterwards: (listener: (call: Call) => void) => () => void;
  readonly calls: readonly Call[];
}

export interface Interceptable<Call, Fault, Answer> extends Interception<Call, Fault> {
  /** Performs a call as the interceptors decide; `undefined` where no answer goes out. */
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
    (one: T) => {
      set.add(one);
      return () => void set.delete(one);
    };
  const decide = async (call: Call): Promise<Verdict<Fault>> => {
    for (const intercept of interceptors) {
      const verdict = await intercept(call);
      if (verdict !== undefined && verdict.kind !== 'proceed') return verdict;
    }
    return { kind: 'proceed' };
  };
  return {
    calls,
    intercept: registered(interceptors),
    afterwards: registered(listeners),
    through: async (call, perform, fail) => {
      calls.push(call);
      const verdict = await decide(call);
      if (verdict.kind === 'error') throw fail(verdict);
      if (verdict.kind === 'drop') return undefined;
      const answer = await perform();
      for (const listen of listeners) listen(call);
      return verdict.kind === 'performThenDrop' ? undefined : answer;
    },
  };
};
