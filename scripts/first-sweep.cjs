/**
 * A plugin of `serverless`. Before a deploy: the credentials must look into the account of rolebridge.yml, where else
 * nothing would ever be found. After it: starts the sweep once, so that roles which were tagged earlier, or which a changed
 * guardrail no longer allows, do not wait for the schedule. It does not wait for the sweep to end.
 */
const { InvokeCommand, LambdaClient } = require('@aws-sdk/client-lambda');

module.exports = function firstSweep(serverless, { stage = 'prod' }, { log }) {
  const provider = () => serverless.getProvider('aws');
  const checkAccount = async () => {
    const [account] = serverless.service.custom.settings.accounts;
    const actual = await provider().getAccountId();
    if (actual !== account.id)
      throw new serverless.classes.Error(
        `Your AWS credentials are of account ${actual}, but accounts[0].id in rolebridge.yml is ${account.id}. Nothing was deployed.`,
      );
  };
  const startSweep = async () => {
    const FunctionName = serverless.service.getFunction('sweep').name;
    try {
      const lambda = new LambdaClient(await provider().getAwsSdkV3Config());
      await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event' }));
      log.notice(`The sweep ${FunctionName} was started: it repairs what the schedule has not seen yet.`);
    } catch (error) {
      // The stack is deployed: the schedule will start the sweep.
      log.warning(
        `The sweep could not be started (${error.name}: ${error.message}). ` +
          `The schedule will; or run: npx rolebridge sweep --stage ${stage}`,
      );
    }
  };
  return { hooks: { 'before:deploy:deploy': checkAccount, 'after:deploy:deploy': startSweep } };
};
