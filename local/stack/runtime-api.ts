import { type HttpAnswer, type HttpRequest, json, serve } from '../http.ts';

/** An error that a function threw, in the form that its runtime posts and Lambda returns to the caller. */
export interface Thrown {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

export interface Invocation {
  readonly requestId: string;
  readonly functionArn: string;
  /** The value of X-Ray's header. */
  readonly traceId: string;
  /** When the function's timeout ends, in milliseconds since 1970. */
  readonly deadline: number;
  readonly event: unknown;
}

export type Reply =
  | { readonly kind: 'answered'; readonly result: unknown }
  | { readonly kind: 'threw'; readonly error: Thrown };

export interface RuntimeApi {
  /** The value of AWS_LAMBDA_RUNTIME_API. */
  readonly hostAndPort: string;
  /** Hands an event to the runtime, which must be waiting for one. */
  readonly invoke: (invocation: Invocation) => Promise<Reply>;
  readonly close: () => Promise<void>;
}

export interface RuntimeApiOptions {
  /** Called when the runtime waits for an event, after loading the code or answering. Lambda freezes the process here. */
  readonly onWaiting: () => void;
  /** Called if the code cannot be loaded. */
  readonly onInitError: (error: Thrown) => void;
}

const accepted: HttpAnswer = json(202, { status: 'OK' });

const root = '/2018-06-01/runtime';

/** Lambda's Runtime API, for one container: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html */
export const startRuntimeApi = async ({ onWaiting, onInitError }: RuntimeApiOptions): Promise<RuntimeApi> => {
  let deliver: ((invocation: Invocation) => void) | undefined;
  let current: { readonly requestId: string; readonly settle: (reply: Reply) => void } | undefined;

  const next = (): Promise<HttpAnswer> =>
    new Promise((resolve) => {
      deliver = (invocation) => resolve(answerOf(invocation));
      onWaiting();
    });
  const settle = (requestId: string, reply: Reply): HttpAnswer => {
    if (current?.requestId !== requestId)
      return refused(400, 'InvalidRequestID', `no invocation ${requestId} is waiting for an answer`);
    const { settle: done } = current;
    current = undefined;
    done(reply);
    return accepted;
  };
  const respond = async ({ method, url, body }: HttpRequest): Promise<HttpAnswer> => {
    const { pathname } = url;
    if (method === 'GET' && pathname === `${root}/invocation/next`) return next();
    if (method === 'POST' && pathname === `${root}/init/error`) {
      onInitError(thrownOf(body));
      return accepted;
    }
    const [, requestId, kind] =
      /^\/2018-06-01\/runtime\/invocation\/([\w-]+)\/(response|error)$/.exec(pathname) ?? [];
    if (method !== 'POST' || requestId === undefined)
      return refused(404, 'NotFound', `the Runtime API has no ${method} ${pathname}`);
    return settle(
      requestId,
      kind === 'error'
        ? { kind: 'threw', error: thrownOf(body) }
        : { kind: 'answered', result: JSON.parse(body) as unknown },
    );
  };

  const { url, close } = await serve(respond);
  return {
    hostAndPort: new URL(url).host,
    close,
    invoke: (invocation) =>
      new Promise((resolve, reject) => {
        if (deliver === undefined || current !== undefined) {
          reject(new Error(`the runtime of ${invocation.functionArn} is not waiting for an event`));
          return;
        }
        current = { requestId: invocation.requestId, settle: resolve };
        const hand = deliver;
        deliver = undefined;
        hand(invocation);
      }),
  };
};

const answerOf = ({ requestId, functionArn, traceId, deadline, event }: Invocation): HttpAnswer => ({
  status: 200,
  headers: {
    'content-type': 'application/json',
    'lambda-runtime-aws-request-id': requestId,
    'lambda-runtime-deadline-ms': String(deadline),
    'lambda-runtime-invoked-function-arn': functionArn,
    'lambda-runtime-trace-id': traceId,
  },
  body: JSON.stringify(event ?? null),
});

const refused = (status: number, errorType: string, errorMessage: string): HttpAnswer =>
  json(status, { errorType, errorMessage });

const thrownOf = (body: string): Thrown => {
  const { errorType, errorMessage, trace } = Object(JSON.parse(body)) as Readonly<Record<string, unknown>>;
  return {
    errorType: String(errorType),
    errorMessage: String(errorMessage),
    trace: Array.isArray(trace) ? trace.map(String) : [],
  };
};
