import { InvokeCommand, LambdaClient, ResourceNotFoundException } from '@aws-sdk/client-lambda';
import { PermanentError, RetryableError } from '../../core/errors.ts';
import { isRecord, parseJson } from '../../core/json.ts';
import { type StackNames, stackRegion } from '../../core/stack.ts';
import type { DeployedStack } from '../../ports.ts';
import { tried } from './failure.ts';

/** The sweep may take its 900 s; its answer comes when it has ended. */
const invokeTimeoutMilliseconds = 910_000;

const notDeployed = (functionName: string, cause: unknown): PermanentError =>
  new PermanentError(
    `There is no function ${functionName} in ${stackRegion}. Deploy the stack (npm run deploy), or name another stage with --stage.`,
    { cause },
  );

/** The deployed stack, by the names of its parts. */
export const awsStack = (names: StackNames, abortSignal: AbortSignal): DeployedStack => ({
  sweep: (request) =>
    tried(`invoking ${names.sweepFunction}`, async () => {
      const lambda = new LambdaClient({
        region: stackRegion,
        // A second try would be a second sweep.
        maxAttempts: 1,
        requestHandler: { connectionTimeout: 3_000, requestTimeout: invokeTimeoutMilliseconds },
      });
      try {
        const { FunctionError, Payload } = await lambda.send(
          new InvokeCommand({ FunctionName: names.sweepFunction, Payload: JSON.stringify(request) }),
          { abortSignal },
        );
        const answer = parseJson(Payload?.transformToString() ?? '');
        if (FunctionError === undefined) return answer;
        const reason = isRecord(answer) ? String(answer['errorMessage']) : 'it gave no reason';
        throw new RetryableError(`The sweep ended in an error: ${reason}`);
      } catch (thrown) {
        if (thrown instanceof ResourceNotFoundException) throw notDeployed(names.sweepFunction, thrown);
        throw thrown;
      } finally {
        lambda.destroy();
      }
    }),
});
