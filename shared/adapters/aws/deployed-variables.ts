import { LambdaClient } from '@aws-sdk/client-lambda';
import { stackRegion } from '../../core/stack.ts';
import { tried } from './failure.ts';
import { functionConfiguration } from './function-configuration.ts';

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
    const found = await functionConfiguration(lambda, functionName, abortSignal);
    return found === undefined ? undefined : (found.Environment?.Variables ?? {});
  } finally {
    lambda.destroy();
  }
};
