import { PermanentError } from '../../../shared/core/errors.ts';
import { endpointOf, isLoopback, isMetadataService } from '../../../shared/credentials/metadata-address.ts';

/**
 * The origin of a metadata endpoint: on loopback, or the metadata service of this machine.
 * @throws PermanentError for a text that is not an origin, and for another machine unless that is allowed
 */
export const checkedEndpoint = (text: string, mayBeRemote: boolean): string => {
  const url = endpointOf(text);
  if (url === undefined)
    throw new PermanentError(
      `--endpoint ${text} is not of the form http://127.0.0.1:1338 (no path, no query).`,
    );
  if (!mayBeRemote && !isLoopback(url.hostname) && !isMetadataService(url.hostname))
    throw new PermanentError(
      `--endpoint ${text} is another machine: AWS credentials would come over the network. Use loopback, or pass --allow-remote.`,
    );
  return url.origin;
};
