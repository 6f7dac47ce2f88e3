import type { RoleRef } from '../../../shared/core/model.ts';
import { reader, reports } from '../../support/settings.ts';
import {
  type Cloud,
  collectMessages,
  newCloud,
  putRole,
  type QueuedMessage,
  removeRole,
  sendEvent,
} from './cloud.ts';
import { bindingOf, bindingsThere, differences } from './compare.ts';
import { busyDirectPolicy, busyPolicy, memberText } from './foreign.ts';
import { isHandMade } from './hand-made.ts';
import { type Intent, settingsOf, wanted } from './intent.ts';
import { drain, portsOf, reconcileBatch, runSweep, startReconcile, sweepAndRepair } from './invoke.ts';
import { oncePerState } from './once-per-state.ts';
import { inAccount, near } from './roles.ts';
import { bucket, googleRoleIn, type Target } from './targets.ts';
import { newTurns, startActor, type Turns, takeTurns, type Waiting } from './turns.ts';

const onBucket: Target = `roles/storage.objectViewer on ${bucket}`;

/** One region keeps a reconcile short: ledger, role, parameters, policy; announce, bind, publish; role; outcome, second look. */
const intent: Intent = {
  regions: ['us-east-1'],
  prefix: '/google-access',
  formerPrefixes: [],
  projects: ['acme-data'],
  allow: { emails: [reader], direct: [onBucket], roles: ['reports'] },
  maxRevocations: 25,
};

/** How the tag changes while A still believes in the older one. */
export interface Move {
  readonly eventName: string;
  readonly role: RoleRef;
  /** The target that its tag requests at first. */
  readonly from: Target;
  readonly make: (cloud: Cloud) => void;
}

const nearReports = inAccount(near, 'reports');

export const moves = {
  untag: {
    eventName: 'UntagRole',
    role: reports,
    from: reader,
    make: (cloud) => putRole(cloud, reports, []),
  },
  /** The first use of a bucket on which people bound a member by hand. */
  'untag, direct': {
    eventName: 'UntagRole',
    role: reports,
    from: onBucket,
    make: (cloud) => putRole(cloud, reports, []),
  },
  retarget: {
    eventName: 'TagRole',
    role: reports,
    from: reader,
    make: (cloud) => putRole(cloud, reports, [{ grant: 'default', target: onBucket }]),
  },
  /** In a member account. */
  'delete role': {
    eventName: 'DeleteRole',
    role: nearReports,
    from: reader,
    make: (cloud) => removeRole(cloud, nearReports),
  },
} as const satisfies Readonly<Record<string, Move>>;
export type MoveName = keyof typeof moves;

const isSecondLook = ({ body }: QueuedMessage): boolean => body.includes('second-look');

/**
 * The function that notices the change while A is running. Messages that it leaves in the queue are delivered when A
 * has ended.
 */
export const lines = ['event', 'event and second look', 'sweep and drift'] as const;
export type Line = (typeof lines)[number];

const startLine = (cloud: Cloud, turns: Turns, { eventName, role }: Move, line: Line): void => {
  const settings = settingsOf(cloud.intent);
  if (line !== 'sweep and drift') sendEvent(cloud, eventName, role);
  const batch = cloud.queue.splice(0);
  startActor(turns, 'B', async (hooks) => {
    const ports = portsOf(cloud, hooks);
    if (line === 'sweep and drift') await runSweep(cloud, settings, hooks);
    else await reconcileBatch(cloud, settings, ports, batch);
    collectMessages(cloud);
    if (line === 'event') return;
    const follow = cloud.queue.filter((message) => line === 'sweep and drift' || isSecondLook(message));
    cloud.queue.splice(0, cloud.queue.length, ...cloud.queue.filter((message) => !follow.includes(message)));
    await reconcileBatch(cloud, settings, ports, follow);
  });
};

/**
 * The part of a call's reads and writes that the other function may also write: nothing for the role, since neither
 * of them changes it.
 */
const touched = (call: string): { readonly thing: string; readonly isWrite: boolean } | undefined => {
  const [name = '', first = '', second = ''] = call.split(' ');
  if (name.endsWith('IamPolicy')) return { thing: first, isWrite: name.startsWith('set') };
  if (name === 'Scan') return { thing: 'table', isWrite: false };
  if (name.endsWith('Item') && first.startsWith('role#'))
    return { thing: 'ledger', isWrite: !name.startsWith('Batch') };
  if (name.endsWith('Item')) return { thing: 'scope', isWrite: !name.startsWith('Batch') };
  if (name.includes('Parameter') && second !== '')
    return { thing: 'parameters', isWrite: !name.startsWith('Get') };
  return undefined;
};

/** Whether the order of two calls makes no difference to anyone. */
const commute = (a: string, b: string): boolean => {
  const [one, other] = [touched(a), touched(b)];
  return (
    one === undefined ||
    other === undefined ||
    !isSame(one.thing, other.thing) ||
    !(one.isWrite || other.isWrite)
  );
};

/** A scan reads the ledger and the scope. */
const isSame = (a: string, b: string): boolean =>
  a === b || ([a, b].includes('table') && ['ledger', 'scope'].some((one) => one === a || one === b));

const isShared = (call: string): boolean => touched(call) !== undefined;

export interface Ending {
  /** The function that made each call. */
  readonly schedule: string;
  /** After this many of its calls, A was killed. */
  readonly killedAfter: number | undefined;
  /** Bindings that no one wants, when the queue is empty and before any sweep. */
  readonly unattended: readonly string[];
  readonly afterSweep: readonly string[];
}

const newest = ({ role, from }: Move): Cloud => {
  const members = role.accountId === near ? [{ id: near, regions: ['eu-central-1'] } as const] : [];
  const byHand = busyDirectPolicy(bucket, googleRoleIn(onBucket), [memberText('by-hand')]);
  const cloud = newCloud({ ...intent, members }, { [reader]: busyPolicy, [bucket]: byHand });
  cloud.world.owners.set(bucket, '123456');
  putRole(cloud, role, [{ grant: 'default', target: from }]);
  sendEvent(cloud, 'TagRole', role);
  return cloud;
};

const isOf =
  (name: string) =>
  ({ actor }: Waiting): boolean =>
    actor.name === name;

/**
 * The next one to call: first as `prefix` says, then A's. If A's call commutes with the call that B just made while A was
 * already waiting, another order has covered the same states. It is B's turn then, and if B has no call left, the run
 * is redundant and ends there.
 */
const scheduler = (prefix: string) => {
  const run = { schedule: '', forks: [] as string[], isRedundant: false };
  let last: Waiting | undefined;
  let before: readonly Waiting[] = [];
  const choose = (waiting: readonly Waiting[]): number | undefined => {
    const [a, b] = [waiting.find(isOf('A')), waiting.find(isOf('B'))];
    const isSeen =
      a !== undefined && last?.actor.name === 'B' && before.includes(a) && commute(last.call, a.call);
    const asked = prefix[run.schedule.length];
    if (asked === undefined && isSeen && b === undefined) {
      run.isRedundant = true;
      return undefined;
    }
    // If A's call shares nothing with B, B first would be redundant for any call of B.
    if (asked === undefined && !isSeen && a !== undefined && b !== undefined && isShared(a.call))
      run.forks.push(`${run.schedule}B`);
    const isTurnOfA = asked === undefined ? b === undefined || (a !== undefined && !isSeen) : asked === 'A';
    const next = isTurnOfA ? a : b;
    if (next === undefined) throw new Error(`${prefix} cannot be followed after ${run.schedule}`);
    run.schedule += next.actor.name;
    [last, before] = [next, waiting];
    return waiting.indexOf(next);
  };
  return { run, choose };
};

const unwanted = (cloud: Cloud): readonly string[] => {
  const wantedOnes = new Set(wanted(cloud.roles, cloud.intent, cloud.world.now).map(bindingOf));
  return bindingsThere(cloud).filter((binding) => !wantedOnes.has(binding) && !isHandMade(cloud, binding));
};

type Rest = Pick<Ending, 'unattended' | 'afterSweep'>;

/** When A and B have ended, the queue is emptied, and then a sweep runs. */
const playRest = async (cloud: Cloud): Promise<Rest> => {
  // One message at a time: in one batch, they would know more of each other.
  await drain(cloud, newTurns(), 1);
  const unattended = unwanted(cloud);
  await sweepAndRepair(cloud, newTurns());
  return { unattended, afterSweep: differences(cloud) };
};

interface Run {
  readonly move: Move;
  readonly line: Line;
  readonly killedAfter: number | undefined;
  readonly prefix: string;
}

/** A reads the role, then the tag changes; then A and B continue as the prefix says. */
const runAlong = async ({ move, line, killedAfter, prefix }: Run, rest: typeof playRest) => {
  const cloud = newest(move);
  let callsOfA = 0;
  const turns = newTurns((_, { name }) => {
    if (name !== 'A') return undefined;
    callsOfA += 1;
    return killedAfter === callsOfA - 1 ? 'killed before' : undefined;
  });
  const a = startReconcile(cloud, turns, 'A', cloud.queue.splice(0));
  // The pools in the scope, its item in the ledger, and its tags.
  await takeTurns(turns, () => (turns.calls < 3 ? 0 : undefined));
  move.make(cloud);
  startLine(cloud, turns, move, line);
  const { run, choose } = scheduler(prefix);
  await takeTurns(turns, choose);
  const isKilled = a.state === 'killed';
  if (run.isRedundant) return { ...run, isKilled };
  const ending: Ending = { schedule: run.schedule, killedAfter, ...(await rest(cloud)) };
  return { ...run, isKilled, ending };
};

/** The same numbers each time, between 0 and 1 (https://en.wikipedia.org/wiki/Lehmer_random_number_generator). */
const randomNumbers = (): (() => number) => {
  let state = 20_261_124;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
};

/**
 * All orders of the calls of A and B that can make a difference, with A killed after each of its calls, or not at all.
 * `atMost`: for each of these, so many orders in a random choice that is the same each time.
 */
export const everyEnding = async (
  move: Move,
  line: Line,
  atMost = Number.POSITIVE_INFINITY,
): Promise<readonly Ending[]> => {
  const endings: Ending[] = [];
  const random = randomNumbers();
  const rest = oncePerState(playRest);
  const explore = async (killedAfter?: number): Promise<boolean> => {
    let isEverKilled = false;
    const open = [''];
    for (let runs = 0; open.length > 0 && runs < atMost; runs += 1) {
      const [prefix = ''] = open.splice(
        atMost < Number.POSITIVE_INFINITY ? Math.floor(random() * open.length) : -1,
        1,
      );
      const { forks, isKilled, ...run } = await runAlong({ move, line, killedAfter, prefix }, rest);
      open.push(...forks);
      isEverKilled ||= isKilled;
      if ('ending' in run) endings.push(run.ending);
    }
    return isEverKilled;
  };
  await explore();
  for (let calls = 1; await explore(calls); calls += 1);
  return endings;
};
