/** Runs inside a container's process: loads the bundle, says so, answers one event after the other. */
const path = require('node:path');

const [bundle, handlerName] = process.argv.slice(2);
const handler = require(path.resolve(bundle))[handlerName];

process.on('message', async ({ event, deadline, requestId, functionArn }) => {
  const context = {
    awsRequestId: requestId,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: '$LATEST',
    invokedFunctionArn: functionArn,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  const startedAt = performance.now();
  // The line that Lambda itself writes at the end of each invocation.
  const report = () =>
    console.log(
      `REPORT RequestId: ${requestId}\tDuration: ${(performance.now() - startedAt).toFixed(2)} ms\t` +
        `Memory Size: ${context.memoryLimitInMB} MB\tMax Memory Used: ${Math.ceil(process.resourceUsage().maxRSS / 1024)} MB`,
    );
  try {
    const result = await handler(event, context);
    report();
    process.send({ kind: 'answered', result });
  } catch (error) {
    const message = String(error?.stack ?? error);
    const errorType = error?.name ?? typeof error;
    const errorMessage = String(error?.message ?? error);
    const trace = message.split('\n');
    // The line by which Lambda's runtime tells of it.
    const told = JSON.stringify({ errorType, errorMessage, stack: trace });
    console.log(`${new Date().toISOString()}\t${requestId}\tERROR\tInvoke Error \t${told}`);
    report();
    process.send({ kind: 'threw', message, error: { errorType, errorMessage, trace } });
  }
});
process.on('disconnect', () => process.exit(0));
process.send({ kind: 'ready' });
