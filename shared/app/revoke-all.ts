import type { DriftedRole } from '../core/compare.ts';
import { PermanentError } from '../core/errors.ts';
import { takesAway } from '../core/mode.ts';
import type { Settings } from '../core/settings.ts';
import type { DeployedStack, Ports, StoppedRule, SweepPorts } from '../ports.ts';
import { type RoleReport, reconcile } from './reconcile.ts';
import { type Unseen, unreadAccounts } from './snapshot.ts';
import { type Survey, survey } from './survey.ts';

/** Nobody may ask for anything, so that everything that is there is to be taken away. */
const nothingAllowed = (settings: Settings): Settings => ({ ...settings, allow: [] });

/**
 * Every binding and parameter of ours, as what is to be taken away.
 * @throws PermanentError in a mode in which not everything of the pool may be ours.
 */
export const everythingOfOurs = (settings: Settings, ports: SweepPorts): Promise<Survey> => {
  if (!takesAway(settings.mode))
    throw new PermanentError(
      settings.mode === 'upsert-only'
        ? 'In mode upsert-only the pool may hold bindings that are not of rolebridge, so it takes none away. Untag the roles, and take their bindings away by hand ("rolebridge roles" lists them).'
        : 'In mode dry-run nothing is written. Set mode: sync in rolebridge.yml to take everything away.',
    );
  return survey(nothingAllowed(settings), ports);
};

/** What the survey could not see, including accounts that no tag and no ledger entry names: each may hold a binding of ours. */
export const unprovenOf = ({ seen }: Survey): readonly Unseen[] => [
  ...seen.blindSpots,
  ...unreadAccounts(seen),
];

/** Whether nothing of ours is left, and everything was seen. */
export const isProven = (found: Survey): boolean =>
  found.drifted.length === 0 && unprovenOf(found).length === 0;

const pauseMilliseconds = 2_000;
/** The function's time-out is 300 s, and a message waits 120 s at most before that. */
const idleTimeoutMilliseconds = 450_000;

/**
 * Stops what could grant anew: rules, queue, and the work in hand.
 * @throws PermanentError where the queue does not come to rest.
 */
export const stopGranting = async (
  stack: DeployedStack,
  { now, pause }: Ports['clock'],
): Promise<readonly StoppedRule[]> => {
  const rules = await stack.stopRules();
  await stack.purgeQueue();
  const end = now().getTime() + idleTimeoutMilliseconds;
  for (let left = await stack.queuedMessages(); left > 0; left = await stack.queuedMessages()) {
    if (now().getTime() >= end)
      throw new PermanentError(
        `The rules are stopped, but the queue does not come to rest (messages that wait or are in hand: ${left}). Nothing was taken away; try again in some minutes.`,
      );
    await pause(pauseMilliseconds);
  }
  return rules;
};

/** Takes everything away with the caller's own credentials, by the code of the functions. */
export const takeAway = (
  settings: Settings,
  ports: Ports,
  drifted: readonly DriftedRole[],
): Promise<readonly RoleReport[]> =>
  reconcile(
    nothingAllowed(settings),
    ports,
    drifted.map(({ drift: { ref, resources, strays, absent } }) => ({
      ref,
      cause: { eventName: 'rolebridge revoke --all' },
      look: 'first',
      resources,
      strays,
      reportedAbsent: absent,
      mayRevoke: 'everything',
      delivery: 'first',
      deferrals: 0,
      wantsSecondLook: false,
    })),
  );
