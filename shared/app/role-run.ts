import type { RoleBindings } from '../core/bindings.ts';
import type { Change } from '../core/change.ts';
import type { Desired } from '../core/desired.ts';
import type { Failure } from '../core/errors.ts';
import type { BindingId, LedgerEntry } from '../core/ledger.ts';
import type { RoleState } from '../core/model.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Ownerships } from '../core/ownership.ts';
import type { ResourceName } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import type { Ports } from '../ports.ts';
import type { SeenAccess } from './access-after.ts';
import type { Applied, PlannedRole } from './apply.ts';
import type { ObservedPolicies, ObservedRole } from './observe.ts';
import type { Telling } from './outcomes.ts';
import type { RoleRequest } from './role-request.ts';

/** One request of a batch, and what came of it so far. */
export interface Work {
  readonly request: RoleRequest;
  /** Every resource looked at so far: an old target stays in sight when the tag moves on. */
  readonly touched: readonly ResourceName[];
  readonly told: readonly Outcome[];
}

/** As the role, its folders and its ledger were read. */
export type Observation = Work & { readonly observed: ObservedRole };

/** With what its tags ask for. */
export type Wanted = Observation & { readonly desired: Desired };

/** What the role's grants ask for, and what was there before anything was changed. */
export interface SeenBindings extends RoleBindings {
  /** Bindings that are there or listed, and that no grant asks for. */
  readonly unwanted: readonly BindingId[];
}

/** With what is to be done; `told` holds what the mode leaves undone, too. */
export type Planned = Work & {
  readonly planned: PlannedRole & {
    readonly desired: Desired;
    readonly told: readonly Change[];
    readonly seen: SeenBindings;
    /** Entries of the ledger that look unbound and must stay for now: another function may be about to bind. */
    readonly undecided: readonly LedgerEntry[];
  };
};

/** With what was done. */
export type Round = Planned & {
  readonly applied: Applied;
  readonly policyErrors: ObservedPolicies['errors'];
  readonly ownerships: Ownerships;
};

export type Finished = Work & {
  /** Configs were left for later. */
  readonly isDeferred: boolean;
  readonly failures: readonly Failure[];
  readonly lastOutcomes: readonly Outcome[];
  readonly state?: { readonly role: RoleState; readonly access: SeenAccess };
};

/** `entries`: what the ledger listed when the role was read. */
export const tellingOf = (
  settings: Settings,
  ports: Ports,
  { cause, drift, events, isCut, approved }: RoleRequest,
  entries: readonly LedgerEntry[] = [],
): Telling => ({
  settings,
  cause,
  ...(drift === undefined ? {} : { drift }),
  ...(approved === undefined ? {} : { approved }),
  events,
  ...(isCut === undefined ? {} : { isCut }),
  entries,
  now: ports.clock.now(),
});
