import type { LocalWorld } from '../local/world.ts';

/** The variables that send the SDKs and rolebridge to the local world instead of the clouds. */
export const reachLocalWorld = ({ aws, google, configPath }: LocalWorld) => ({
  AWS_ENDPOINT_URL: aws.url,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: aws.admin.accessKeyId,
  AWS_SECRET_ACCESS_KEY: aws.admin.secretAccessKey,
  AWS_SESSION_TOKEN: aws.admin.sessionToken,
  ROLEBRIDGE_CONFIG: configPath,
  ROLEBRIDGE_GOOGLE_ENDPOINT: google.url,
  GOOGLE_OAUTH_ACCESS_TOKEN: google.adminToken,
});
