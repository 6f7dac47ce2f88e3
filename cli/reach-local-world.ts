import type { EmptyWorld } from '../local/empty-world.ts';
import type { LocalWorld } from '../local/world.ts';

/** The variables that send the SDKs and rolebridge to the local world instead of the clouds, with its rolebridge.yml. */
export const reachLocalWorld = (world: LocalWorld) => ({
  ...reachLocalClouds(world),
  ROLEBRIDGE_CONFIG: world.configPath,
});

/** The variables that send the SDKs and rolebridge to two stand-ins, as their administrators. */
export const reachLocalClouds = ({ aws, google }: Pick<EmptyWorld, 'aws' | 'google'>) => ({
  AWS_ENDPOINT_URL: aws.url,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: aws.admin.accessKeyId,
  AWS_SECRET_ACCESS_KEY: aws.admin.secretAccessKey,
  AWS_SESSION_TOKEN: aws.admin.sessionToken,
  ROLEBRIDGE_GOOGLE_ENDPOINT: google.url,
  GOOGLE_OAUTH_ACCESS_TOKEN: google.adminToken,
});
