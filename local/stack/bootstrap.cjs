/**
 * Runs inside a container's process, as AWS's own runtime client does (aws-lambda-ric, which must be compiled). Loads the
 * bundle, then takes one event after another from the Runtime API and answers it. Both programs pass
 * local/testing/runtime-contract.ts.
 */
const http = require('node:http');
const { flushCompileCache } = require('node:module');
const path = require('node:path');
const { format } = require('node:util');

const { AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT, _HANDLER } = process.env;
const [host, port] = AWS_LAMBDA_RUNTIME_API.split(':');
let requestId = '-';

// The test run's setting, which Lambda does not have.
delete process.env.NODE_COMPILE_CACHE;

/** Lambda's text format of console's lines. */
const writeLine = (level, ...parts) => {
  const line = [new Date().toISOString(), requestId, level, format(...parts)].join('\t');
  process.stdout.write(`${line.replaceAll('\n', '\r')}\n`);
};
for (const level of ['trace', 'debug', 'info', 'warn', 'error'])
  console[level] = (...parts) => writeLine(level.toUpperCase(), ...parts);
console.log = console.info;

const call = (method, operation, body) =>
  new Promise((resolve, reject) => {
    const target = `/2018-06-01/runtime/${operation}`;
    const request = http.request({ host, port, method, path: target, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve({ headers: response.headers, body: text }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });

const thrownOf = (error) =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: error.stack.split('\n') }
    : { errorType: typeof error, errorMessage: String(error), trace: [] };

const logThrown = (title, thrown) => {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { errorType, errorMessage, trace } = thrownOf(error);
  console.error(
    title,
    `\t${JSON.stringify(Object.assign({ errorType, errorMessage }, error, { stack: trace }))}`,
  );
};

const contextOf = (headers) => {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    xRayTraceId: headers['lambda-runtime-trace-id'],
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
};

const load = async () => {
  try {
    const dot = _HANDLER.lastIndexOf('.');
    return require(path.resolve(LAMBDA_TASK_ROOT, `${_HANDLER.slice(0, dot)}.js`))[_HANDLER.slice(dot + 1)];
  } catch (error) {
    logThrown('Init Error', error);
    await call('POST', 'init/error', thrownOf(error));
    throw error;
  }
};

const run = async () => {
  const handler = await load();
  for (;;) {
    const { headers, body } = await call('GET', 'invocation/next');
    const context = contextOf(headers);
    requestId = context.awsRequestId;
    Object.assign(process.env, { _X_AMZN_TRACE_ID: context.xRayTraceId });
    try {
      const result = (await handler(JSON.parse(body), context)) ?? null;
      // Before the answer, because a container is killed at any time after it. By now, V8 has compiled what an invocation
      // runs: a cache written after loading would lack it, and Node never adds to a file's cache.
      flushCompileCache();
      await call('POST', `invocation/${requestId}/response`, result);
    } catch (error) {
      logThrown('Invoke Error', error);
      await call('POST', `invocation/${requestId}/error`, thrownOf(error));
    }
  }
};

/** Rejects if the code does not load, or if the Runtime API is gone: then the runner has ended. */
const ended = run();
module.exports = ended;
// A program that starts this one decides for itself.
if (require.main === module) ended.catch(() => process.exit(1));
