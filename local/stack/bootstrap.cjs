/** Runs inside a container's process: loads the bundle, answers one event after the other. */
const path = require('node:path');

const [bundle, handlerName, timeoutSeconds] = process.argv.slice(2);
const handler = require(path.resolve(bundle))[handlerName];

process.on('message', async ({ event }) => {
  const endsAt = Date.now() + Number(timeoutSeconds) * 1000;
  const context = {
    awsRequestId: `local-${Date.now()}`,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: '$LATEST',
    invokedFunctionArn: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: '512',
    getRemainingTimeInMillis: () => endsAt - Date.now(),
  };
  try {
    process.send({ kind: 'answered', result: await handler(event, context) });
  } catch (error) {
    process.send({ kind: 'threw', message: String(error?.stack ?? error) });
  }
});
process.on('disconnect', () => process.exit(0));
