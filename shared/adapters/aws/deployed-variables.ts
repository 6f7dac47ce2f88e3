import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  ResourceNotFoundException as NoSuchFunction,
} from '@aws-sdk/client-lambda';
import { stackRegion } from '../../core/stack.ts';
import { tried } from './failure.ts';

/** `what` completes "looking for …" in an error. Undefined if there is no such function. */
export type DeployedVariables = (what: string) => Promise<Variables | undefined>;

type Variables = Readonly<Record<string, string>>;

/** The environment variables of a deployed function. It is asked once; after a failure, again. */
export const deployedVariables = (functionName: string, abortSignal: AbortSignal): DeployedVariables => {
  let asked: Promise<Variables | undefined> | undefined;
  return (what) =>
    tried(`looking for ${what}`, async () => {
      asked ??= askFor(functionName, abortSignal);
      try {
        return await asked;
      } catch (thrown) {
        asked = undefined;
        throw thrown;
      }
    });
};

const askFor = async (functionName: string, abortSignal: AbortSignal): Promise<Variables | undefined> => {
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
};
