import {
  type ChangeResult,
  done,
  failureOf,
  isParameterChange,
  type Publish,
  type Results,
  type Unpublish,
} from '../core/change.ts';
import { type Failure, PermanentError, toFailure } from '../core/errors.ts';
import type { Ports } from '../ports.ts';
import { folderErrorOf } from './observe.ts';
import { eachInAccounts, type RoleRun } from './role-run.ts';

interface Open {
  readonly run: RoleRun;
  readonly change: Publish | Unpublish;
}

/**
 * Configs are published once their access exists, and removed even if their bindings stay. What is not begun by `until`
 * (milliseconds since 1970) is left for later. In this order:
 *
 * 1. what may be left for later, so that it gets the time that there is
 * 2. configs that belong to no access: they were planted, and may be many. They never get more time
 * 3. what was left for later too often (`maxDeferrals`), and no longer depends on the time
 * 4. configs whose parameter has another type and may have to be deleted first: the grant's other regions have theirs by then
 * 5. removals that wait for the grant's new configs
 */
export const writeParameters = async (
  ports: Ports,
  runs: readonly RoleRun[],
  scopeFailure: Failure | undefined,
  until: number,
  results: Results,
): Promise<void> => {
  const write = async ({ run, change }: Open): Promise<void> => {
    const because =
      whyKept(run, change, results) ??
      (change.kind === 'publish'
        ? (scopeFailure ?? whyNotPublished(run, change, results))
        : whyNotRemoved(run, change, results));
    const isLate = ports.clock.now().getTime() >= until;
    if (because !== undefined) results.set(change, { kind: 'heldBack', because });
    else if (isLate && (run.plan.mayDefer || isPlanted(change))) results.set(change, { kind: 'deferred' });
    else results.set(change, await writeParameter(ports, run, change));
  };
  const open = openChanges(runs, results);
  const hasOtherType = ({ change }: Open): boolean =>
    change.kind === 'publish' && change.otherType !== undefined;
  const isWaiting = ({ change }: Open): boolean =>
    change.kind === 'unpublish' && change.afterAny !== undefined;
  const inOrder = open
    .filter((one) => !hasOtherType(one) && !isWaiting(one))
    .toSorted((a, b) => rank(a) - rank(b));
  await eachInAccounts(inOrder, accountOf, write);
  await eachInAccounts(
    groupsByName(open.filter(hasOtherType)),
    ([first]) => (first === undefined ? '' : accountOf(first)),
    async (group) => {
      for (const one of group) await write(one);
    },
  );
  await eachInAccounts(open.filter(isWaiting), accountOf, write);
};

const accountOf = ({ run }: Open): string => run.request.ref.accountId;

/** Why a config is not published: its bind failed, or another region of the grant did before this one is deleted. */
const whyNotPublished = ({ plan }: RoleRun, publish: Publish, results: Results): Failure | undefined =>
  plan.permitted
    .filter(
      (change) =>
        change.id === publish.after ||
        (publish.otherType !== undefined && change.kind === 'publish' && change.name === publish.name),
    )
    .flatMap((change) => failureOf(results.get(change)) ?? [])[0];

/** Why the last config of a grant is not removed: no other one could be published. */
const whyNotRemoved = ({ plan }: RoleRun, { afterAny }: Unpublish, results: Results): Failure | undefined => {
  if (afterAny === undefined) return undefined;
  const found = plan.permitted.filter(({ id }) => afterAny.includes(id)).map((change) => results.get(change));
  // If it is left for later, this one is removed after it is written.
  if (found.some((result) => result?.kind === 'done' || result?.kind === 'deferred')) return undefined;
  return (
    found.flatMap((result) => failureOf(result) ?? [])[0] ??
    new PermanentError('It is the last config of its grant, and no other one is published now.')
  );
};

/** Why the last config of access stays: a binding that is to replace its own could not be made. */
const whyKept = (
  { plan }: RoleRun,
  { afterAll = [] }: Publish | Unpublish,
  results: Results,
): Failure | undefined =>
  // Most configs wait for nothing, and there may be ten thousands of them.
  afterAll.length === 0
    ? undefined
    : plan.permitted
        .filter(({ id }) => afterAll.includes(id))
        .flatMap((change) => failureOf(results.get(change)) ?? [])[0];

const isPlanted = (change: Publish | Unpublish): boolean =>
  change.kind === 'unpublish' && change.behind.length === 0;

const writeParameter = async (
  ports: Ports,
  run: RoleRun,
  change: Publish | Unpublish,
): Promise<ChangeResult> => {
  const { region, name } = change;
  const place = { accountId: run.request.ref.accountId, region };
  try {
    const unreadable = folderErrorOf(run.observed, change);
    if (unreadable !== undefined) throw unreadable;
    if (change.kind === 'unpublish') await ports.parameters.remove(place, name);
    else {
      const { value, description, otherType } = change;
      const isOtherType = otherType !== undefined;
      await ports.parameters.put(place, { name, value, description, isOtherType });
    }
    return done;
  } catch (thrown) {
    return { kind: 'failed', error: toFailure(thrown), isNotMade: false };
  }
};

const openChanges = (runs: readonly RoleRun[], results: Results): readonly Open[] =>
  runs.flatMap((run) =>
    run.plan.permitted
      .filter(isParameterChange)
      .flatMap((change) => (results.has(change) ? [] : [{ run, change }])),
  );

/** The first three of the order. */
const rank = ({ run, change }: Open): number => {
  if (isPlanted(change)) return 1;
  return run.plan.mayDefer ? 0 : 2;
};

const groupsByName = (open: readonly Open[]): readonly (readonly Open[])[] =>
  [...Map.groupBy(open, ({ run }) => run).values()].flatMap((ofRole) => [
    ...Map.groupBy(ofRole, ({ change }) => change.name).values(),
  ]);
