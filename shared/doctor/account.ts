import { type AllowPolicy, manyPrincipals, maxPrincipals, principalCount } from '../core/iam-policy.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

/** Google takes 1,500 principals in one allow policy, every appearance counted. */
export const checkPrincipals = (email: string, policy: AllowPolicy): Finding => {
  const count = principalCount(policy);
  const found = `The allow policy of ${email} holds ${count} of ${maxPrincipals} principals`;
  const fix = 'Let further roles use a second service account with the same access.';
  if (count >= maxPrincipals) return failed(`${found}: no role can be added.`, fix);
  return count >= manyPrincipals ? warning(`${found}.`, fix) : ok(`${found}.`);
};
