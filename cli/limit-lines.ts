import type { AccountSummary } from '../shared/core/held.ts';
import { counted } from '../shared/counted.ts';
import { rolebridge } from '../shared/doctor/commands.ts';
import { colors } from './colors.ts';

/**
 * The revocations that the limit holds, by AWS account, and how to approve them. `isPlan`: the output already lists them, so the
 * lines do not name the command that does.
 */
export const limitLines = (
  stage: string,
  limits: readonly AccountSummary[],
  { isPlan = false }: { readonly isPlan?: boolean } = {},
): readonly string[] =>
  limits.flatMap((account) => {
    const { accountId, kind, approved, held, limit, hash } = account;
    const approvals =
      approved === 0
        ? []
        : [`Approved: ${counted(approved, 'revocation')} of AWS account ${accountId} may be made.`];
    switch (kind) {
      case 'released':
        return approvals;
      case 'incomplete':
        return [
          ...approvals,
          colors.yellow(
            `Not all roles of AWS account ${accountId} could be listed, so ${held === 0 ? 'no access is ended there' : `${counted(held, 'revocation')} there must wait`}.`,
          ),
        ];
      case 'held':
        return [
          ...approvals,
          colors.yellow(
            `Held: in AWS account ${accountId} access to ${counted(held, 'target')} would end, and sweep.maxRevocations is ${limit}.${isPlan ? '' : ` See them with "${rolebridge(stage, 'plan')}".`}`,
          ),
          ...(hash === undefined
            ? [`  The list is not stored yet. Store it with: ${rolebridge(stage, 'sweep')}`]
            : [
                '  If that is intended, approve exactly this list:',
                `  ${rolebridge(stage, `sweep --approve ${hash}`)}`,
              ]),
        ];
    }
  });
