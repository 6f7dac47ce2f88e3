import { rolebridge } from './commands.ts';
import type { Context } from './context.ts';
import type { Finding } from './finding.ts';

/** While a person's `revoke --all` stands, rules are stopped and roles have nothing: a failure follows from that answer. */
export const orRevoked = async (
  { aws, names, stage }: Pick<Context, 'aws' | 'names' | 'stage'>,
  finding: Finding,
): Promise<Finding> => {
  if (finding.status !== 'failed') return finding;
  const ledger = await aws.ledger(names.sweepFunction).catch(() => undefined);
  if (ledger?.kind !== 'there' || ledger.revokeAll === undefined) return finding;
  return {
    status: 'unknown',
    message: `${finding.message}\nThat follows from "Ledger": everything is revoked.`,
    fix: `To grant again: ${rolebridge(stage, 'resume')}`,
    because: 'ledger',
  };
};
