import {
  GetFunctionConfigurationCommand,
  type GetFunctionConfigurationCommandOutput,
  type LambdaClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda';
import { isAwsException } from './failure.ts';

/** The configuration of a deployed function; undefined if no function has that name. @throws the SDK's other errors */
export const functionConfiguration = async (
  lambda: LambdaClient,
  FunctionName: string,
  abortSignal: AbortSignal,
): Promise<GetFunctionConfigurationCommandOutput | undefined> => {
  try {
    return await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }), { abortSignal });
  } catch (thrown) {
    if (isAwsException(thrown, ResourceNotFoundException)) return undefined;
    throw thrown;
  }
};
