/**
 * The parameters that are ours, for the functions' IAM policies (lists that YAML cannot build). Any region: the sweep
 * also clears those that rolebridge.yml no longer names.
 */
const { readFileSync } = require('node:fs');
const { parse } = require('yaml');

const prefixes = () => {
  const { parameterPrefix = '/google-access', formerParameterPrefixes = [] } = parse(
    readFileSync('rolebridge.yml', 'utf8'),
  );
  return [parameterPrefix, ...formerParameterPrefixes];
};
const arn = (path) => ({ 'Fn::Sub': `arn:\${AWS::Partition}:ssm:*:\${AWS::AccountId}:parameter${path}` });

/** Parameters, and the folders that reconcile lists. */
module.exports.parameters = () => prefixes().map((prefix) => arn(`${prefix}/*`));
/** The prefixes themselves, which the sweep lists whole. */
module.exports.prefixes = () => prefixes().map(arn);
