import { type AuthClient, GoogleAuth, OAuth2Client } from 'google-auth-library';
import type { Environment } from '../../config.ts';
import { PermanentError } from '../../core/errors.ts';
import { scopes } from './federated-client.ts';
import { type GoogleIdentity, signedIn } from './identity.ts';

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

const tokenClient = (accessToken: string): AuthClient => {
  const client = new OAuth2Client();
  client.setCredentials({ access_token: accessToken });
  return client;
};

/** Whoever sits at the terminal: an access token where one is given, else the application default credentials. */
export const personalIdentity = ({ googleAccessToken }: Environment): GoogleIdentity => {
  let found: Promise<AuthClient> | undefined;
  const client = (): Promise<AuthClient> =>
    (found ??=
      googleAccessToken === undefined ? defaultClient() : Promise.resolve(tokenClient(googleAccessToken)));
  return {
    request: async (options) => (await client()).request(options),
    signIn: async () =>
      signedIn(
        await client(),
        'You could not sign in to Google',
        'Run "gcloud auth application-default login" anew.',
      ),
  };
};
