import { type AuthClient, GoogleAuth, OAuth2Client } from 'google-auth-library';
import type { Environment } from '../../config.ts';
import { PermanentError } from '../../core/errors.ts';
import { type GoogleIdentity, scopes, signedIn } from './identity.ts';

/** @throws PermanentError that says how to sign in. */
const defaultClient = async (): Promise<AuthClient> => {
  try {
    return await new GoogleAuth({ scopes }).getClient();
  } catch (thrown) {
    throw new PermanentError(
      `There are no Google credentials here (${thrown instanceof Error ? thrown.message.split('\n')[0] : String(thrown)}). ` +
        'Run "gcloud auth application-default login", or set GOOGLE_OAUTH_ACCESS_TOKEN="$(gcloud auth print-access-token)".',
      { cause: thrown },
    );
  }
};

/** Whoever sits at the terminal: an access token where one is given, else the application default credentials. */
export const personalIdentity = ({ googleAccessToken }: Environment): GoogleIdentity => {
  let found: Promise<AuthClient> | undefined;
  const client = (): Promise<AuthClient> => {
    if (googleAccessToken === undefined) return (found ??= defaultClient());
    const fixed = new OAuth2Client();
    fixed.setCredentials({ access_token: googleAccessToken });
    return (found ??= Promise.resolve(fixed));
  };
  return {
    request: async (options) => (await client()).request(options),
    signIn: async () => signedIn(await client(), 'You', 'Run "gcloud auth application-default login" anew.'),
  };
};
