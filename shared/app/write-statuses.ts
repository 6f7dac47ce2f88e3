import { done, isStatusChange, type Results, type StatusChange } from '../core/change.ts';
import { type Failure, toFailure } from '../core/errors.ts';
import type { Ports } from '../ports.ts';
import { eachInAccounts, type RoleRun } from './role-run.ts';

interface Open {
  readonly run: RoleRun;
  readonly change: StatusChange;
}

/**
 * Statuses come after everything else, and what is not begun by `until` is left for later, as configs are. A status that cannot be
 * written changes nothing for its role: it is logged, and the next sweep finds it.
 */
export const writeStatuses = async (
  ports: Ports,
  runs: readonly RoleRun[],
  scopeFailure: Failure | undefined,
  until: number,
  results: Results,
): Promise<void> => {
  const open = runs.flatMap((run) =>
    run.plan.permitted
      .filter(isStatusChange)
      .flatMap((change): readonly Open[] => (results.has(change) ? [] : [{ run, change }])),
  );
  await eachInAccounts(
    open,
    ({ run }) => run.request.ref.accountId,
    async ({ run, change }) => {
      if (change.kind === 'writeStatus' && scopeFailure !== undefined)
        results.set(change, { kind: 'heldBack', because: scopeFailure });
      else if (run.plan.mayDefer && ports.clock.now().getTime() >= until)
        results.set(change, { kind: 'deferred' });
      else await write(ports, run, change, results);
    },
  );
};

const write = async (ports: Ports, run: RoleRun, change: StatusChange, results: Results): Promise<void> => {
  const { ref } = run.request;
  const { region, name } = change;
  const place = { accountId: ref.accountId, region };
  try {
    if (change.kind === 'removeStatus') await ports.parameters.remove(place, name);
    else {
      const { value, isOtherType = false } = change;
      await ports.parameters.put(place, { name, value, description, isOtherType });
    }
    results.set(change, done);
  } catch (thrown) {
    const error = toFailure(thrown);
    results.set(change, { kind: 'failed', error, isNotMade: false });
    ports.logger.warn('A status could not be written; the next sweep finds it.', {
      role: ref,
      region,
      name,
      reason: error.message,
    });
  }
};

const description = 'State of a Google grant, by rolebridge. For people: nothing reads it. Holds no secret.';
