import { PermanentError } from '../../shared/core/errors.ts';
import { isLoopback } from '../../shared/core/metadata-address.ts';
import { endpointOf } from '../../shared/core/metadata-config.ts';

/** Of the metadata endpoint. @throws PermanentError for what is no origin, or another machine's without being told */
export const checkedEndpoint = (text: string, mayBeRemote: boolean): string => {
  const url = endpointOf(text);
  if (url === undefined)
    throw new PermanentError(
      `--endpoint ${text} is not of the form http://127.0.0.1:1338 (no path, no query).`,
    );
  if (!mayBeRemote && !isLoopback(url.hostname))
    throw new PermanentError(
      `--endpoint ${text} is another machine: AWS credentials would come over the network. Use loopback, or say --allow-remote.`,
    );
  return url.origin;
};
