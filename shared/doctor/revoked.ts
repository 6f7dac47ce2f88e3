import { rolebridge } from './commands.ts';
import type { Facts } from './context.ts';
import type { Finding } from './finding.ts';

/** While a person's `revoke --all` stands, rules are stopped and roles have nothing: a failure follows from that answer. */
export const orRevoked = async (
  { aws, names, stage }: Pick<Facts, 'aws' | 'names' | 'stage'>,
  finding: Finding,
): Promise<Finding> => {
  if (finding.status !== 'failed') return finding;
  const ledger = await aws.ledger(names.sweepFunction).catch(() => undefined);
  if (ledger?.kind !== 'there' || ledger.revokeAll === undefined) return finding;
  return {
    status: 'unknown',
    found: `${finding.found}\nThat follows from "Ledger": everything is revoked.`,
    fix: `To grant again: ${rolebridge(stage, 'resume')}`,
    because: 'ledger',
  };
};
