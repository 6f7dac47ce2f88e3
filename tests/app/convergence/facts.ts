import { faultsOf } from '../../../scripts/outcome-schema.ts';
import type { Outcome, OutcomeDetail } from '../../../shared/core/outcome.ts';
import type { MemoryHooks } from '../../support/memory.ts';
import { bindingsThere, bindingText, isProject, lineTarget } from './compare.ts';
import { isHandMade } from './hand-made.ts';
import type { Intent } from './intent.ts';
import { type NoisyCloud, wasWantedSince } from './noisy-cloud.ts';
import { placeOf } from './roles.ts';
import { isDirect, type Target, targetIn } from './targets.ts';

/** Changes to our bindings while one reconciler is running. */
export interface Witness {
  readonly owner: MemoryHooks;
  readonly epoch: number;
  readonly started: Intent;
  /** Bindings that existed at one moment at least. */
  readonly seen: Set<string>;
  readonly addedByOthers: Set<string>;
  readonly removedByOthers: Set<string>;
  /** Parameters that others wrote or removed; `any` after someone's edit by hand. */
  readonly writtenByOthers: Set<string>;
}

/** The outcomes sent for one role and account so far, in order. */
export interface Sent {
  readonly outcome: Outcome;
  /** The binding's life: a new one each time that it appears. Undefined if it may have ended since it was made. */
  readonly life: number | undefined;
}

/** To be called when bindings may have changed; `by`: the caller, if a function made the call. */
export const witness = (cloud: NoisyCloud, by: MemoryHooks | undefined): void => {
  const there = new Set(bindingsThere(cloud));
  const before = cloud.there;
  const added = [...there].filter((one) => !before.has(one));
  const removed = [...before].filter((one) => !there.has(one));
  cloud.there = there;
  for (const one of added) cloud.lives.set(one, (cloud.lives.get(one) ?? 0) + 1);
  for (const { witness: one } of cloud.standings) {
    for (const line of added) one.seen.add(line);
    if (one.owner === by) continue;
    if (by === undefined) one.writtenByOthers.add('any');
    for (const line of added) one.addedByOthers.add(line);
    for (const line of removed) one.removedByOthers.add(line);
  }
};

/** To be called after a parameter was written or removed. */
export const witnessParameter = (cloud: NoisyCloud, call: string, by: MemoryHooks): void => {
  const [, place = ''] = /^\w+ (.*)$/.exec(call) ?? [];
  for (const { witness: one } of cloud.standings) if (one.owner !== by) one.writtenByOthers.add(place);
};

export const newWitness = (cloud: NoisyCloud, owner: MemoryHooks): Witness => ({
  owner,
  // IAM may return a state from some epochs ago.
  epoch: Math.min(cloud.epochs.length - 1, ...[...cloud.stale.values()].map(({ epoch }) => epoch)),
  started: cloud.intent,
  seen: new Set(bindingsThere(cloud)),
  addedByOthers: new Set(),
  removedByOthers: new Set(),
  writtenByOthers: new Set(),
});

const targetOf = ({ target }: OutcomeDetail): Target => targetIn(target) ?? '';

/** The binding that an outcome of a grant is about, as a line. */
const lineOf = (detail: Pick<OutcomeDetail, 'member' | 'expiresAt'>, target: Target): string =>
  bindingText(
    target,
    detail.member ?? '',
    detail.expiresAt === undefined
      ? undefined
      : { title: 'rolebridge-until', expression: `request.time < timestamp("${detail.expiresAt}")` },
  );

const subjectOf = ({ detail }: Outcome): string =>
  `${detail.role.accountId} ${detail.role.roleName.toLowerCase()} ${targetOf(detail)}`;

/** The errors in what one reconciler sends, at the moment when it sends it. */
export const untruths = (
  cloud: NoisyCloud,
  standing: Witness,
  outcomes: readonly Outcome[],
  listed: readonly string[],
): readonly string[] => {
  const there = new Set(bindingsThere(cloud));
  const known = new Set(listed.filter((line) => there.has(line) && !standing.addedByOthers.has(line)));
  return outcomes.flatMap((outcome, index) => {
    const { type, detail } = outcome;
    const faults = faultsOf(type, detail);
    if (cloud.intent.mode === 'dry-run')
      return detail.planned === true || type === 'Confirmed'
        ? faults
        : [...faults, `${type} was sent as done in mode dry-run`];
    const rest = outcomes.slice(index + 1).filter((later) => subjectOf(later) === subjectOf(outcome));
    const wrong = [
      ...faults,
      ...(rest.some((later) => later.type === 'Granted' || later.type === 'Revoked')
        ? []
        : untrueNow(cloud, standing, there, known, outcome)),
      ...ambiguous(cloud, there, { outcome, life: lifeOf(cloud, standing, outcome, rest) }),
    ];
    cloud.sent.push({ outcome, life: lifeOf(cloud, standing, outcome, rest) });
    return wrong.map((one) => `${one}: ${JSON.stringify(detail)}`);
  });
};

const untrueNow = (
  cloud: NoisyCloud,
  standing: Witness,
  there: ReadonlySet<string>,
  known: ReadonlySet<string>,
  { type, detail }: Outcome,
): readonly string[] => {
  const isExcused = (line: string): boolean => there.has(line) || standing.removedByOthers.has(line);
  switch (type) {
    case 'Granted':
      return [
        ...(isExcused(lineOf(detail, targetOf(detail))) ? [] : ['Granted for a binding that is not there']),
        ...absentConfigs(cloud, standing, detail),
      ];
    case 'Confirmed':
      return [
        ...(detail.grants ?? []).flatMap((grant) => {
          const isThere = isExcused(lineOf(grant, targetIn(grant.target) ?? ''));
          return isThere ? [] : ['Confirmed a grant whose binding is not there'];
        }),
        ...hiddenAccess(known, detail),
      ];
    case 'Revoked':
      return [...there].some((line) => isStillThere(cloud, standing, known, line, detail))
        ? ['Revoked for a binding that is there']
        : [];
    case 'Refused':
    case 'Failed':
    case 'Forgotten':
      return [];
  }
};

const isOfRole = (line: string, { role }: OutcomeDetail): boolean =>
  line.toLowerCase().endsWith(`:${role.accountId}:assumed-role/${role.roleName}`.toLowerCase());

/**
 * A binding that no other function added and that no tag requests: no outcome may report the access as revoked while
 * it exists.
 */
const isStillThere = (
  cloud: NoisyCloud,
  standing: Witness,
  known: ReadonlySet<string>,
  line: string,
  detail: OutcomeDetail,
): boolean =>
  isOfRole(line, detail) &&
  line.startsWith(`${targetOf(detail)} `) &&
  !standing.addedByOthers.has(line) &&
  !isHandMade(cloud, line) &&
  !isUnlistedSpelling(known, line, detail) &&
  !wasWantedSince(cloud, standing.epoch, standing.started, line, ['granted', 'unknown']);

/**
 * A member of a direct site that spells the role differently than IAM does now, and that the ledger does not list. It gives the role
 * nothing, because Google compares exactly. Only a sweep can distinguish it from one that was there before us, and removes it.
 */
const isUnlistedSpelling = (
  known: ReadonlySet<string>,
  line: string,
  { target, role }: OutcomeDetail,
): boolean =>
  target?.kind === 'direct' && !line.endsWith(`:assumed-role/${role.roleName}`) && !known.has(line);

/** Confirmed must contain everything that the ledger lists and the role has. */
const hiddenAccess = (known: ReadonlySet<string>, detail: OutcomeDetail): readonly string[] => {
  const shown = new Set([
    ...(detail.grants ?? []).map(({ target, member, expiresAt }) =>
      textOf(targetIn(target) ?? '', member, expiresAt),
    ),
    ...(detail.left ?? []).map(({ target, member, expiresAt }) =>
      textOf(targetIn(target) ?? '', member, expiresAt),
    ),
  ]);
  // For one grant, it reports if the binding of the others could not be read (docs/outcomes.md).
  const isUnseen =
    detail.grant !== undefined && (detail.reason ?? '').endsWith('its policy could not be read.');
  return [...known]
    .filter((line) => isOfRole(line, detail))
    .filter((line) => !isUnseen || !line.startsWith(`${targetOf(detail)} `))
    .filter((line) => !shown.has(textOfLine(line)))
    .map((line) => `Confirmed hides ${line}`);
};

const textOf = (target: Target, member = '', expiresAt?: string): string =>
  `${target} ${expiresAt ?? ''} ${member}`.toLowerCase();

const textOfLine = (line: string): string => {
  const member = line.slice(line.lastIndexOf(' ') + 1);
  return textOf(lineTarget(line), member, /timestamp\(\\"([^"\\]+)\\"\)/.exec(line)?.[1]);
};

const absentConfigs = (
  { world }: NoisyCloud,
  { writtenByOthers }: Witness,
  detail: OutcomeDetail,
): readonly string[] =>
  detail.parameters.flatMap(({ region, name }) => {
    const place = placeOf({ accountId: detail.role.accountId, region }, name);
    return isConfigOf(place, world.parameters.get(place)?.value ?? '', targetOf(detail)) ||
      writtenByOthers.has('any') ||
      writtenByOthers.has(place)
      ? []
      : [`Granted with a config that is not at ${place}`];
  });

const isConfigOf = (place: string, value: string, target: Target): boolean =>
  isDirect(target)
    ? isProject(place, value) ||
      (value.includes('external_account') && !value.includes('service_account_impersonation_url'))
    : value.includes(`/${target}:`);

const lifeOf = (
  cloud: NoisyCloud,
  { removedByOthers }: Witness,
  { detail }: Outcome,
  rest: readonly Outcome[],
): number | undefined => {
  const line = lineOf(detail, targetOf(detail));
  return rest.length > 0 || removedByOthers.has(line) ? undefined : cloud.lives.get(line);
};

const isEnd = (type: string): boolean => type === 'Granted' || type === 'Revoked';

/** Ids: anyone who drops repeated ones ends with the true state, and a repeated fact keeps its id. */
const ambiguous = (
  cloud: NoisyCloud,
  there: ReadonlySet<string>,
  { outcome, life }: Sent,
): readonly string[] => {
  const { type, detail } = outcome;
  const line = lineOf(detail, targetOf(detail));
  const ofSubject = cloud.sent.filter((one) => subjectOf(one.outcome) === subjectOf(outcome));
  const last = ofSubject.findLastIndex((one) => one.outcome.detail.id === detail.id);
  const opposite = ofSubject
    .slice(last + 1)
    .some(
      (one) =>
        isEnd(one.outcome.type) && one.outcome.type !== type && one.outcome.detail.grant === detail.grant,
    );
  const isTrue = type === 'Granted' ? there.has(line) : !there.has(line);
  const isMisleading = last >= 0 && isEnd(type) && opposite && isTrue;
  const other = cloud.sent.find(
    (one) => one.outcome.detail.id === detail.id && factOf(one.outcome) !== factOf(outcome),
  );
  const again = ofSubject.find(
    (one) =>
      type === 'Granted' &&
      // If no event explains it, a config that is published again is another fact.
      detail.cause.eventId !== undefined &&
      life !== undefined &&
      one.life === life &&
      !cloud.isEmptied &&
      one.outcome.detail.id !== detail.id &&
      replayOf(one.outcome) === replayOf(outcome),
  );
  return [
    ...(isMisleading ? [`${type} has the id of an earlier one, and the opposite was sent in between`] : []),
    ...(other === undefined ? [] : [`${type} has the id of another fact, ${factOf(other.outcome)}`]),
    ...(again === undefined ? [] : [`${type} has another id than ${again.outcome.detail.id}, its replay`]),
  ];
};

/** The fields in which two outcomes with one id must agree. */
const factOf = (outcome: Outcome): string => {
  const { grant, expiresAt, planned, tag } = outcome.detail;
  const value = outcome.type === 'Refused' ? tag?.value : undefined;
  return JSON.stringify([outcome.type, subjectOf(outcome), grant, expiresAt, planned, value]);
};

/**
 * A grant beside which other access is left is another fact than the same grant without it, and one that the ledger could not list
 * is another fact than the listed one (docs/outcomes.md, "Ids").
 */
const replayOf = (outcome: Outcome): string => {
  const { cause, role, pending, failed, since, left = [] } = outcome.detail;
  const bindings = left.map(({ reason: _reason, grants: _grants, ...binding }) => binding);
  const isListed = since !== undefined;
  return JSON.stringify([factOf(outcome), cause.eventId, role.roleId, pending, failed, isListed, bindings]);
};
