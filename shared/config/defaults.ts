/** The defaults of rolebridge.yml that other parts name too, in messages and where there is no rolebridge.yml. */
export const defaults = {
  pool: 'aws-roles',
  tagKey: 'google-access',
  parameterPrefix: '/google-access',
  sweepSchedule: 'rate(1 hour)',
} as const;
