/**
 * A workload as its author would write it: Google's unmodified library and application default credentials.
 * Prints the access token, or exits with 1 and Google's error message.
 */
import { GoogleAuth } from 'google-auth-library';

try {
  const auth = new GoogleAuth({ scopes: ['https://www.googleapis.com/auth/cloud-platform'] });
  console.log(await auth.getAccessToken());
} catch (error) {
  const data: unknown = Reflect.get(Object(Reflect.get(Object(error), 'response')), 'data');
  console.error(
    error instanceof Error ? error.message : String(error),
    data === undefined ? '' : JSON.stringify(data),
  );
  process.exit(1);
}
