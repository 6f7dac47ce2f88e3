import type { RoleBindings } from '../core/bindings.ts';
import type { Change } from '../core/change.ts';
import { type Failure, PermanentError, RetryableError } from '../core/errors.ts';
import type { ForgottenEntry } from '../core/forget.ts';
import type { Desired } from '../core/guardrail.ts';
import type { BindingId, LedgerEntry, Requester } from '../core/ledger.ts';
import { type RoleRef, type RoleState, roleText } from '../core/model.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Ownerships } from '../core/ownership.ts';
import { type ResourceName, serviceAccountResource } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import { withoutSecrets } from '../core/without-secrets.ts';
import type { Logger, Ports } from '../ports.ts';
import { eachInAccounts } from './account-limits.ts';
import type { ObservedRole } from './observe.ts';
import { type CurrentAccess, failedOutcome, reportContext } from './outcomes.ts';
import type { RoleRequest } from './role-request.ts';

/** One role on its way through reconcile. Each step fills in its own part, which is empty until then. */
export interface RoleRun {
  readonly request: RoleRequest;
  /** Every resource read so far: an old target stays in view when the tag moves on. */
  readonly resources: readonly ResourceName[];
  readonly observed: ObservedRole;
  readonly desired: Desired;
  readonly plan: AccessPlan;
  /** The changes that the rounds so far made. */
  readonly outcomes: readonly Outcome[];
  readonly end: RoundEnd;
}

/** The changes that a round makes for one role. */
export interface AccessPlan {
  /** Changes to report. In mode dry-run none of them is made. */
  readonly proposed: readonly Change[];
  readonly changes: readonly Change[];
  /** The bindings before any change. */
  readonly bindings: BindingsBefore;
  /** The requester of each grant: the caller, or `unknown` if several may have asked. */
  readonly requesters: ReadonlyMap<string, Requester | 'unknown'>;
  /** Entries of the ledger that a person's answer drops. */
  readonly forgotten: readonly ForgottenEntry[];
  /** Entries of the ledger that look unbound and must stay for now: another function may be about to bind. */
  readonly undecided: readonly LedgerEntry[];
  /** Whether configs may be left for later. */
  readonly mayDefer: boolean;
}

export interface BindingsBefore extends RoleBindings {
  /** Bindings that exist or that the ledger lists, and that no grant asks for. */
  readonly unwanted: readonly BindingId[];
}

/** How the last round ended for the role. */
export interface RoundEnd {
  /** The role changed while we wrote, so another round follows. */
  readonly isOpen: boolean;
  /** Configs were left for later. */
  readonly isDeferred: boolean;
  readonly failures: readonly Failure[];
  /** Refusals and failures. If the first pass reported the same, they are not news. */
  readonly problems: readonly Outcome[];
  /** The access that the role has now; undefined if that is not known. */
  readonly access?: CurrentAccess;
}

/** The settings and ports of one batch, and the owners of its pools. */
export interface Batch {
  readonly settings: Settings;
  readonly ports: Ports;
  readonly ownerships: Ownerships;
}

export const startRun = ({ google }: Settings, request: RoleRequest): RoleRun => {
  const { ref } = request;
  return {
    request,
    // We never read the policy that lets our own functions act in Google, so we cannot change it.
    resources: request.resources.filter(
      (resource) => resource !== serviceAccountResource(google.serviceAccount),
    ),
    observed: {
      role: { kind: 'absent', ref },
      folders: [],
      folderErrors: new Map(),
      ledger: { role: ref, entries: [] },
    },
    desired: { grants: [], refusals: [] },
    plan: {
      proposed: [],
      changes: [],
      bindings: { wanted: new Map(), found: new Map(), unwanted: [] },
      requesters: new Map(),
      forgotten: [],
      undecided: [],
      mayDefer: false,
    },
    outcomes: [],
    end: { isOpen: false, isDeferred: false, failures: [], problems: [] },
  };
};

/**
 * Takes one step for each role of a batch. If the step throws for one role, that role stops with its own failure, and the
 * others continue. `step` completes "Unexpected error while …".
 */
export const eachRun = async <Result>(
  batch: Pick<Batch, 'settings' | 'ports'>,
  step: string,
  runs: readonly RoleRun[],
  take: (run: RoleRun) => Result | Promise<Result>,
): Promise<{ readonly done: readonly Result[]; readonly stopped: readonly RoleRun[] }> => {
  const stopped: RoleRun[] = [];
  const done = await eachInAccounts(runs, accountOf, async (run): Promise<readonly Result[]> => {
    try {
      return [await take(run)];
    } catch (thrown) {
      const { logger } = batch.ports;
      stopped.push(stop(batch, run, asFailure(logger, run.request.ref, step, thrown)));
      return [];
    }
  });
  return { done: done.flat(1), stopped };
};

const accountOf = ({ request }: RoleRun): string => request.ref.accountId;

const stop = (
  { settings, ports }: Pick<Batch, 'settings' | 'ports'>,
  run: RoleRun,
  error: Failure,
): RoleRun => {
  const { request } = run;
  const context = reportContext(settings, ports, request);
  const unread: RoleState = { kind: 'absent', ref: request.ref };
  const problems = [failedOutcome(context, unread, error)];
  return { ...run, end: { isOpen: false, isDeferred: false, failures: [error], problems } };
};

export const asFailure = (logger: Logger, role: RoleRef, step: string, thrown: unknown): Failure =>
  thrown instanceof PermanentError ? thrown : asRetryable(logger, role, step, thrown);

/**
 * An error whose message comes back. Unless a port threw a RetryableError, it is a bug of ours: we log it with its place in
 * the code, and if it lasts, the message ends in the dead-letter queue.
 */
export const asRetryable = (logger: Logger, role: RoleRef, step: string, thrown: unknown): RetryableError => {
  if (thrown instanceof RetryableError) return thrown;
  const { message, stack = '' } = thrown instanceof Error ? thrown : new Error(String(thrown));
  logger.warn('Unexpected error; please report it.', { role, step, stack: withoutSecrets(stack) });
  return new RetryableError(`Unexpected error while ${step} ${roleText(role)}: ${message}`, {
    cause: thrown,
  });
};
