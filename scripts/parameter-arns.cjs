/** The parameters of every configured region, for the functions' IAM policies (a list that YAML cannot build). */
const { readFileSync } = require('node:fs');
const { parse } = require('yaml');

module.exports.arns = () => {
  const { regions, parameterPrefix = '/google-access' } = parse(readFileSync('rolebridge.yml', 'utf8'));
  return regions.map((region) => ({
    'Fn::Sub': `arn:\${AWS::Partition}:ssm:${region}:\${AWS::AccountId}:parameter${parameterPrefix}/*`,
  }));
};
