import { type Settings, watchedPrefixes } from '../shared/core/settings.ts';

/** ARNs of all parameters below our prefixes, in any region: the sweep also clears regions that rolebridge.yml no longer names. */
export const parameterArns = (settings: Settings) =>
  watchedPrefixes(settings).map((prefix) => arnOf(`${prefix}/*`));

/** ARNs of the prefixes themselves, below which the sweep lists everything. */
export const prefixArns = (settings: Settings) => watchedPrefixes(settings).map(arnOf);

const arnOf = (path: string) => ({
  'Fn::Sub': `arn:\${AWS::Partition}:ssm:*:\${AWS::AccountId}:parameter${path}`,
});
