import { answerText, type StoredAnswer } from '../core/answer-item.ts';
import { type Drift, driftDetail } from '../core/drift.ts';
import { type Failure, toFailure } from '../core/errors.ts';
import { isScopeOf } from '../core/forget.ts';
import type { ResourceKind } from '../core/google-resource.ts';
import { type AccountSummary, heldDetail, isHeld, summaryOf } from '../core/held.ts';
import { principalCount } from '../core/iam-policy.ts';
import { isDryRun } from '../core/mode.ts';
import { currentOwnership, type PoolOwnership } from '../core/ownership.ts';
import { roleKey } from '../core/role-key.ts';
import type { Watched } from '../core/scope.ts';
import { emailOfResource, isServiceAccountResource, type ResourceName } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import type { GivenAnswer } from '../core/sweep-request.ts';
import type { SweepPorts } from '../ports.ts';
import { type Adopted, adoptMembers } from './adopt.ts';
import { keepAnswer, keepApproval } from './answers.ts';
import type { BlindSpot } from './blind-spot.ts';
import { directAccessIn } from './direct-access.ts';
import { type Forgotten, forgetThing } from './forget.ts';
import { noteGone } from './gone-sites.ts';
import { keepHeldLists } from './held-lists.ts';
import { keepInherited } from './inherited-lists.ts';
import { drainedIn } from './is-drained.ts';
import { type JoiningAccount, joiningAccounts, keepReached } from './joining-accounts.ts';
import { noteLost } from './lost-accounts.ts';
import type { Snapshot } from './snapshot.ts';
import { survey, type UnmanagedParameter } from './survey.ts';
import { type LoadedScope, saveScope } from './sweep-scope.ts';
import { keepVerdict } from './table-verdict.ts';

export interface SweepReport {
  readonly rolesSeen: number;
  readonly parametersSeen: number;
  /** Allow policies of service accounts and of resources on which Google roles were granted. */
  readonly policiesRead: number;
  /** The policy with the most principals, of Google's limit of 1,500; undefined if no policy was read. */
  readonly fullestPolicy?: PolicySize;
  /** Google roles that roles have on resources themselves, by kind of resource. A kind that was not read completely is missing. */
  readonly directAccess: ReadonlyMap<ResourceKind, number>;
  /** AWS accounts whose roles could not be listed. Nothing is concluded about them. */
  readonly unreadableAccounts: readonly string[];
  /** AWS accounts that were never reached. They are not among the blind spots. */
  readonly joining?: readonly JoiningAccount[];
  /** Service accounts that tags ask for and whose owners did not opt in, as Google confirms. */
  readonly notOptedIn: readonly ResourceName[];
  /** Service accounts that rolebridge may not read and that no tag and no ledger entry names. */
  readonly notReadable: readonly ResourceName[];
  /** The owner of the pool, by its marker. */
  readonly pool: PoolOwnership['kind'];
  /** The roles that were reported to reconcile. */
  readonly drifts: readonly Drift[];
  /** Revocations that the limit released and held, by AWS account. */
  readonly limits: readonly AccountSummary[];
  readonly blindSpots: readonly BlindSpot[];
  /** Someone emptied the ledger's table, and no person has answered for that yet. */
  readonly isTableEmptied: boolean;
  /** Parameters under our prefixes that are not ours. */
  readonly leftAlone: readonly UnmanagedParameter[];
  /** Things that the file no longer names, or names as former, and that are not drained yet. */
  readonly dropped: readonly Watched[];
  /** A person's answer. `isNeedless`: there was nothing to answer. */
  readonly answer?: { readonly text: string; readonly answeredBy: string; readonly isNeedless?: true };
  /** The result of a person's answer that something is gone. */
  readonly forgotten?: Forgotten;
  /** The result of a person's answer for inherited members. */
  readonly adopted?: Adopted;
  /** A person asked for everything to be removed, and no one has resumed yet. */
  readonly revokeAll?: Pick<StoredAnswer, 'at' | 'answeredBy'>;
}

/** An allow policy: of a service account, or of another resource. */
type PolicySize = ({ readonly email: string } | { readonly resource: ResourceName }) & {
  readonly principals: number;
};

/**
 * Compares all access with all tags, and reports each role that differs to reconcile.
 * It changes no access itself, so that access has one code path. `given`: a person's answer.
 * @throws RetryableError or PermanentError if the drifts could not be published, or the answer is refused.
 */
export const sweep = async (
  settings: Settings,
  ports: SweepPorts,
  given?: GivenAnswer,
): Promise<SweepReport> => {
  const effect = given === undefined ? 'kept' : await keepAnswer(settings, ports, given);
  const adopted =
    given?.answer.kind === 'adopt'
      ? await adoptMembers(settings, ports, given.answer, given.answeredBy)
      : undefined;
  const approve =
    given?.answer.kind === 'approve' ? { ...given.answer, answeredBy: given.answeredBy } : undefined;
  const found = await survey(settings, ports, approve === undefined ? {} : { approve });
  const { settings: inPools, seen, now, limits, unmanaged } = found;
  const forget =
    given?.answer.kind === 'forget'
      ? await forgetThing(
          settings,
          ports,
          { view: found.table.view, readAt: found.table.readAt, seen, now },
          given.answer,
          given.answeredBy,
        )
      : undefined;
  const lost = await noteLost(settings, ports, withoutForgotten(found.table, forget?.forgotten), seen);
  const gone = await noteGone(settings, ports, lost.table, seen);
  const { table } = gone;
  if (approve !== undefined) await keepApproval(ports, approve);
  const held = await keepHeldLists(settings, ports, found.table, limits, approve?.hash);
  const answeredBy = found.revokeAll?.answeredBy;
  const drifts = merged(
    found.drifts.map((drift) => ({
      ...drift,
      ...(lost.isNoted ? {} : { absent: [] }),
      ...(answeredBy === undefined ? {} : { answeredBy }),
    })),
    forget?.drifts ?? [],
  );
  // The rest of the sweep continues if an event cannot be sent.
  const unpublished: Failure[] = [];
  const publish = (sent: Promise<void>): Promise<void> =>
    sent.catch((thrown: unknown) => void unpublished.push(toFailure(thrown)));
  await publish(ports.sink.drifts(drifts.map((drift) => driftDetail(drift, now))));
  const isPlanned = isDryRun(settings.mode);
  await publish(
    ports.sink.held(
      limits
        .filter(isHeld)
        .map((account) => heldDetail(account, held.stored.has(account.accountId), isPlanned, now)),
    ),
  );
  const drained = drainedIn(inPools, seen, table.scope);
  // An emptied table may have listed more, so nothing is forgotten.
  const { left, blindSpots } = await saveScope(settings, ports, table, found.isTableEmptied ? [] : drained);
  const uninherited = await keepInherited(settings, ports, table);
  const unkept = await keepVerdict(settings, ports, table, seen, found.isTableEmptied);
  const joining = joiningAccounts(settings, table, seen);
  const joiningIds = new Set(joining.map(({ accountId }) => accountId));
  const joiningSpots = new Set(
    joining.flatMap(({ accountId }) => seen.blindSpotsOfAccounts.get(accountId) ?? []),
  );
  const unreached = await keepReached(settings, ports, table, seen);
  for (const failure of unpublished) throw failure;
  const fullest = fullestPolicy(seen);
  return {
    rolesSeen: seen.roles.length,
    parametersSeen: seen.parameters.flatMap(({ parameters }) => parameters).length,
    policiesRead: [...seen.policies.values()].filter(({ kind }) => kind === 'read').length,
    ...(fullest === undefined ? {} : { fullestPolicy: fullest }),
    directAccess: directAccessIn(inPools, seen),
    unreadableAccounts: settings.accounts
      .map(({ id }) => id)
      .filter((id) => !seen.listedAccounts.has(id) && !joiningIds.has(id)),
    ...(joining.length === 0 ? {} : { joining }),
    notOptedIn: seen.notOptedIn,
    notReadable: seen.notReadable,
    pool: currentOwnership(settings, seen.ownerships).kind,
    drifts,
    limits: limits.map((account) => summaryOf(account, held.stored.has(account.accountId))),
    blindSpots: [
      ...blindSpots,
      ...unkept,
      ...uninherited,
      ...unreached,
      ...lost.blindSpots,
      ...gone.blindSpots,
      ...held.blindSpots,
      // A blind spot that was forgotten just now is settled.
      ...seen.blindSpots.filter((spot) => forget?.settled.has(spot.what) !== true && !joiningSpots.has(spot)),
    ],
    isTableEmptied: found.isTableEmptied,
    leftAlone: unmanaged,
    dropped: left.filter((one) => one.isFormer !== true || !drained.includes(one)),
    ...(given === undefined
      ? {}
      : {
          answer: {
            text: answerText(given.answer),
            answeredBy: given.answeredBy,
            ...(effect === 'needless' ? { isNeedless: true } : {}),
          },
        }),
    ...(forget === undefined ? {} : { forgotten: forget.forgotten }),
    ...(adopted === undefined ? {} : { adopted }),
    ...(found.revokeAll === undefined
      ? {}
      : { revokeAll: { at: found.revokeAll.at, answeredBy: found.revokeAll.answeredBy } }),
  };
};

const withoutForgotten = (table: LoadedScope, forgotten: Forgotten | undefined): LoadedScope =>
  forgotten?.isOutOfScope === true
    ? {
        ...table,
        scope: table.scope.filter((one) => !isScopeOf(forgotten.thing, one)),
      }
    : table;

/** One drift for each role, because the queue may deliver two in either order. */
const merged = (drifts: readonly Drift[], forgetting: readonly Drift[]): readonly Drift[] => {
  const answers = new Map(forgetting.map((drift) => [roleKey(drift.ref), drift]));
  const known = new Set(drifts.map(({ ref }) => roleKey(ref)));
  return [
    ...drifts.map((drift) => {
      const { answers: sortKeys } = answers.get(roleKey(drift.ref)) ?? {};
      return sortKeys === undefined ? drift : { ...drift, answers: sortKeys };
    }),
    ...forgetting.filter(({ ref }) => !known.has(roleKey(ref))),
  ];
};

const fullestPolicy = ({ policies }: Snapshot): PolicySize | undefined =>
  [...policies]
    .flatMap(([resource, observed]) =>
      observed.kind === 'read' ? [{ ...ownerOf(resource), principals: principalCount(observed.policy) }] : [],
    )
    .toSorted((a, b) => b.principals - a.principals)[0];

const ownerOf = (resource: ResourceName) =>
  isServiceAccountResource(resource) ? { email: emailOfResource(resource) } : { resource };
