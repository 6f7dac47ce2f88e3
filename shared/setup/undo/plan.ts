import type { ObservedUndo } from './observe.ts';
import { planUndoAccess } from './plan-access.ts';
import { planUndoPool } from './plan-pool.ts';
import type { UndoScope } from './scope.ts';
import { mergeUndo, type UndoPlan, undoPart } from './step.ts';

/** Plans the inverse of setup. The pool is last: its marker proves, until then, that the rest is ours. */
export const planUndo = (scope: UndoScope, observed: ObservedUndo): UndoPlan =>
  mergeUndo([
    observed.isDeployed ? undoPart({ refusals: [stillDeployed(scope)] }) : undoPart({}),
    undoPart({ refusals: observed.blindSpots.map(notRead) }),
    planUndoAccess(scope, observed),
    planUndoPool(scope, observed),
  ]);

const stillDeployed = ({ owner, commands }: UndoScope): string =>
  `The stack of stage ${owner.stage} is deployed in AWS account ${owner.accountId}, and its functions need Google's side. Revoke all access first (${commands.revokeAll}), then remove the stack (${commands.remove}).`;

const notRead = (reason: string): string => `Could not be read, so access may be left there: ${reason}`;
