/**
 * The parameters that are ours, for the functions' IAM policies (lists that YAML cannot build). Any region: the sweep
 * also clears those that rolebridge.yml no longer names.
 */
const settings = require('../stack/settings.cjs');

const prefixes = () => {
  const { parameterPrefix, formerParameterPrefixes } = settings();
  return [parameterPrefix, ...formerParameterPrefixes];
};
const arn = (path) => ({ 'Fn::Sub': `arn:\${AWS::Partition}:ssm:*:\${AWS::AccountId}:parameter${path}` });

/** Parameters, and the folders that reconcile lists. */
module.exports.parameters = () => prefixes().map((prefix) => arn(`${prefix}/*`));
/** The prefixes themselves, which the sweep lists whole. */
module.exports.prefixes = () => prefixes().map(arn);
