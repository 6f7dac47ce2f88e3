import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { PermanentError } from '../../core/errors.ts';
import { isAwsException, tried } from './failure.ts';
import { requestHandler } from './request-handler.ts';

/** The value of one parameter, read with the caller's own credentials. @throws PermanentError if it does not exist */
export const publishedConfig = async (
  region: string,
  name: string,
  abortSignal: AbortSignal,
): Promise<string> => {
  const value = await publishedValue(region, name, abortSignal);
  if (value !== undefined) return value;
  throw new PermanentError(
    `Nothing is granted there yet: ${region} has no parameter ${name}. Is the role tagged, and is the region one of "regions" in rolebridge.yml?`,
  );
};

/** The same, and undefined if Parameter Store confirms that the parameter does not exist. */
export const publishedValue = (
  region: string,
  name: string,
  abortSignal: AbortSignal,
): Promise<string | undefined> =>
  tried(`reading ${name} in ${region}`, async () => {
    const ssm = new SSMClient({ region, requestHandler, maxAttempts: 3 });
    try {
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name }), { abortSignal });
      return Parameter?.Value ?? '';
    } catch (thrown) {
      if (isAwsException(thrown, ParameterNotFound)) return undefined;
      throw thrown;
    } finally {
      ssm.destroy();
    }
  });
