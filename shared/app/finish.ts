import { type Failure, PermanentError, RetryableError } from '../core/errors.ts';
import type { Settings } from '../core/settings.ts';
import type { Ports } from '../ports.ts';
import { failureOf } from './apply.ts';
import { changeOutcomes, failedOutcome, foreignParameters, refusalOutcomes } from './outcomes.ts';
import { type Finished, type Round, tellingOf } from './work.ts';

/**
 * The sweep saw a binding there: what cannot be looked at now must not pass for repaired. Of what an earlier look
 * looked at, only that which may pass matters: the rest was told then.
 */
const unseenResources = ({ request, planned, policyErrors }: Round): readonly Failure[] => {
  const { resources, lookedAt } = request;
  return [...new Set([...resources, ...lookedAt])].flatMap((resource) => {
    const isPlanned = planned.some(({ told }) =>
      told.some((change) => 'resource' in change && change.resource === resource),
    );
    const error = policyErrors.get(resource);
    const isTold = error instanceof PermanentError && !resources.includes(resource);
    return isPlanned || isTold || error === undefined ? [] : [error];
  });
};

/** What came of a role in one round. `isMoving`: it changed while we wrote, and this was the last round. */
export const finish = (settings: Settings, ports: Ports, round: Round, isMoving: boolean): Finished => {
  const { request, touched, planned, results } = round;
  const telling = tellingOf(settings, ports, request);
  const changed = planned.flatMap((role) =>
    changeOutcomes(telling, { ...role, changes: role.told }, role.desired, results),
  );
  const unseen = unseenResources(round);
  const failures = [
    ...unseen,
    ...planned.flatMap((role) => [
      ...role.changes.flatMap((change) => failureOf(results.get(change)) ?? []),
      ...role.folderErrors.values(),
    ]),
  ];
  const refused = planned.flatMap((role) => refusalOutcomes(telling, role.role, role.desired.refusals));
  for (const role of planned) {
    for (const { region, name } of foreignParameters(settings, role, role.desired)) {
      ports.logger.warn('A parameter under our prefix is not ours; it is left alone.', { region, name });
    }
  }
  // What cannot be read, and a role of which nothing had to change: else nobody would be told.
  const unread = planned.flatMap((role) =>
    [...unseen, ...(role.changes.length > 0 ? [] : role.folderErrors.values())].map((error) =>
      failedOutcome(telling, role.role, error),
    ),
  );
  const [first] = planned;
  return {
    request,
    touched,
    told: [...round.told, ...changed.filter(({ type }) => type !== 'Failed')],
    failures: isMoving
      ? [...failures, new RetryableError('The role keeps changing while it is being reconciled.')]
      : failures,
    lastOutcomes: [...refused, ...unread, ...changed.filter(({ type }) => type === 'Failed')],
    ...(first === undefined ? {} : { state: { role: first.role, desired: first.desired } }),
  };
};
