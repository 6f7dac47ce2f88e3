import { GoogleAuth, OAuth2Client } from 'google-auth-library';
import type { Environment } from '../../config/config.ts';
import { PermanentError } from '../../core/errors.ts';
import { scopes } from './federated-client.ts';
import { type GoogleIdentity, signedIn } from './identity.ts';

export interface PersonalIdentity extends GoogleIdentity {
  /** For Google's own clients. */
  readonly auth: GoogleAuth;
}

/** The person at the terminal: their access token if one is set, otherwise the application default credentials. */
export const personalIdentity = ({ googleAccessToken }: Environment): PersonalIdentity => {
  const auth =
    googleAccessToken === undefined
      ? new GoogleAuth({ scopes })
      : new GoogleAuth({ authClient: tokenClient(googleAccessToken) });
  return {
    auth,
    request: (options) => auth.request(options),
    signIn: async () =>
      signedIn(
        await clientOf(auth),
        'You could not sign in to Google',
        'Run "gcloud auth application-default login" again.',
      ),
  };
};

const tokenClient = (accessToken: string): OAuth2Client => {
  const client = new OAuth2Client();
  client.setCredentials({ access_token: accessToken });
  return client;
};

/** @throws PermanentError that explains how to sign in. */
const clientOf = async (auth: GoogleAuth) => {
  try {
    return await auth.getClient();
  } catch (thrown) {
    throw new PermanentError(
      `There are no Google credentials here (${thrown instanceof Error ? thrown.message.split('\n')[0] : String(thrown)}). ` +
        'Run "gcloud auth application-default login", or set GOOGLE_OAUTH_ACCESS_TOKEN="$(gcloud auth print-access-token)".',
      { cause: thrown },
    );
  }
};
