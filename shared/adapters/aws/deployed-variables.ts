import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  ResourceNotFoundException as NoSuchFunction,
} from '@aws-sdk/client-lambda';
import { stackRegion } from '../../core/stack.ts';
import { tried } from './failure.ts';

/** The environment variables of a deployed function, to find `what`; undefined if there is no such function. */
export const deployedVariables = (
  functionName: string,
  what: string,
  abortSignal: AbortSignal,
): Promise<Readonly<Record<string, string>> | undefined> =>
  tried(`looking for ${what}`, async () => {
    const lambda = new LambdaClient({ region: stackRegion });
    try {
      const { Environment } = await lambda.send(
        new GetFunctionConfigurationCommand({ FunctionName: functionName }),
        { abortSignal },
      );
      return Environment?.Variables ?? {};
    } catch (thrown) {
      if (thrown instanceof NoSuchFunction) return undefined;
      throw thrown;
    } finally {
      lambda.destroy();
    }
  });
