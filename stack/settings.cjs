/** rolebridge.yml, for the parts of the template that YAML cannot make. Form and sense were checked by the build. */
const { readFileSync } = require('node:fs');
const { parse } = require('yaml');

const defaultOutcomes = ['Failed', 'Refused', 'Revocations Held'];

module.exports = function settings() {
  const { sweep = {}, notifications } = parse(readFileSync('rolebridge.yml', 'utf8'));
  return {
    schedule: sweep.schedule ?? 'rate(1 hour)',
    ...(notifications === undefined
      ? {}
      : { notifications: { ...notifications, outcomes: notifications.outcomes ?? defaultOutcomes } }),
  };
};
