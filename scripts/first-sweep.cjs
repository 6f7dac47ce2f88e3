/**
 * A plugin of `serverless`: starts the sweep once after every deploy, so that roles which were tagged earlier, or which a
 * changed guardrail no longer allows, do not wait for the schedule. It does not wait for the sweep to end.
 */
const { InvokeCommand, LambdaClient } = require('@aws-sdk/client-lambda');

module.exports = function firstSweep(serverless, _options, { log }) {
  const start = async () => {
    const FunctionName = serverless.service.getFunction('sweep').name;
    try {
      const lambda = new LambdaClient(await serverless.getProvider('aws').getAwsSdkV3Config());
      await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event' }));
      log.notice(`The sweep ${FunctionName} was started: it repairs what the schedule has not seen yet.`);
    } catch (error) {
      // The stack is deployed: the schedule will start the sweep.
      log.warning(
        `The sweep could not be started (${error.name}: ${error.message}). ` +
          'The schedule will; or run: serverless invoke --function sweep',
      );
    }
  };
  return { hooks: { 'after:deploy:deploy': start } };
};
