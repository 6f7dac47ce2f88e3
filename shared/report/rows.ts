import type { Access } from '../core/access.ts';
import { bindingKey, type LedgerEntry, type Requester, type RoleLedger } from '../core/ledger.ts';
import type { Revocation } from '../core/revocation-limit.ts';
import { type RoleKey, roleKey } from '../core/role-key.ts';
import { isServiceAccountEmail } from '../core/service-account.ts';
import { accessText, workloadIdentityUser } from '../core/target.ts';
import type { HistoryEntry, OutcomeEntry } from '../history/entry.ts';
import type { ReportChange } from './changes.ts';
import type { ReportRow } from './row.ts';

type Request = Pick<ReportRow, 'requestedBy' | 'event'>;

interface Sources {
  readonly ledgers: ReadonlyMap<RoleKey, RoleLedger>;
  /** Revocations that the limit holds. */
  readonly held: readonly Revocation[];
  readonly changes: readonly ReportChange[];
  /** The oldest first. */
  readonly history: readonly HistoryEntry[];
}

/** One row for each access, in the same order, with everything that the other sources know about it. */
export const reportRows = (found: readonly Access[], sources: Sources): readonly ReportRow[] => {
  const held = new Set(sources.held.map(({ role, access }) => keyOf(role, accessText(access))));
  const { latest, requested } = loggedAnswers(sources.history);
  const obstacles = new Map(
    sources.changes.flatMap(({ role, kind, what, obstacle }) =>
      kind === 'bind' && obstacle !== undefined ? [[keyOf(role, what), obstacle] as const] : [],
    ),
  );
  return found.map((access): ReportRow => {
    const { ref, roleId, isRoleUnseen, grant, tagValue, target, state, pool, condition, expiresAt, rule } =
      access;
    const entry = entryOf(sources.ledgers.get(roleKey(ref)), access);
    const request = requestKey({ role: { ...ref, roleId }, target, grant, tagValue });
    const answer = latest.get(request);
    const failure = answer?.result === 'Failed' ? answer.reason : undefined;
    const reason =
      access.reason ?? (state === 'awaited' ? (obstacles.get(keyOf(ref, target)) ?? failure) : undefined);
    return {
      role: roleId === undefined ? ref : { ...ref, roleId },
      ...(isRoleUnseen === undefined ? {} : { isRoleUnseen }),
      ...(grant === undefined ? {} : { grant }),
      target,
      ...siteIn(target),
      state,
      ...(pool === undefined ? {} : { pool }),
      ...(condition === undefined ? {} : { condition }),
      ...(held.has(keyOf(ref, target)) && isBound(access) ? { isHeld: true } : {}),
      ...(entry === undefined || !isBound(access) ? {} : { since: entry.since }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(requestOf(entry, grant) ??
        (isBound(access) ? {} : requestIn(requested.get(request) ?? answer ?? {}))),
      ...(rule === undefined ? {} : { rule }),
      ...(reason === undefined ? {} : { reason }),
    };
  });
};

const keyOf = (role: Access['ref'], target: string, grant?: string): string =>
  JSON.stringify([roleKey(role), target, grant]);

/** Whether the binding is there, or may be. */
const isBound = ({ state }: Access): boolean => state !== 'awaited' && state !== 'refused';

/** The ledger's entry for the binding itself: one with another end, pool or condition may be of another request. */
const entryOf = (ledger: RoleLedger | undefined, { binding }: Access): LedgerEntry | undefined =>
  binding === undefined
    ? undefined
    : ledger?.entries.find((entry) => bindingKey(entry) === bindingKey(binding));

/** The Google role and the resource that a target names; nothing for a tag that cannot be read. */
const siteIn = (target: string): Pick<ReportRow, 'googleRole' | 'resource'> => {
  if (isServiceAccountEmail(target)) return { googleRole: workloadIdentityUser, resource: target };
  const [, googleRole, resource] = /^((?:roles|projects|organizations)\/\S+) on (\S+)$/.exec(target) ?? [];
  return googleRole === undefined || resource === undefined ? {} : { googleRole, resource };
};

/** The request that the ledger records. If several grants share a binding that no tag explains, no single person requested it. */
const requestOf = (entry: LedgerEntry | undefined, grant: string | undefined): Request | undefined => {
  const recorded = entry?.requesters?.filter((one) => grant === undefined || one.grant === grant) ?? [];
  const [only, ...others] = recorded;
  return only === undefined || others.length > 0 ? undefined : requestFields(only);
};

const requestFields = ({
  requestedBy,
  eventName: name,
  eventId: id,
  eventTime: at,
}: Omit<Requester, 'grant'>): Request => {
  const event = {
    ...(name === undefined ? {} : { name }),
    ...(id === undefined ? {} : { id }),
    ...(at === undefined ? {} : { at }),
  };
  return {
    ...(requestedBy === undefined ? {} : { requestedBy }),
    ...(Object.keys(event).length === 0 ? {} : { event }),
  };
};

/** The latest logged answers to each request. */
interface Logged {
  readonly latest: ReadonlyMap<string, OutcomeEntry>;
  /**
   * The same without those that no event of the tag led to, such as a sweep's. If the last event names no one, no earlier caller counts.
   */
  readonly requested: ReadonlyMap<string, OutcomeEntry>;
}

interface AskedFor {
  readonly role: Access['ref'] & { readonly roleId?: string | undefined };
  readonly target?: string | undefined;
  readonly grant?: string | undefined;
  readonly tagValue?: string | undefined;
}

/**
 * A role that was created again has another id, and none of the requests of the earlier one. A tag that got another value is another
 * request, and the removal of access has no tag.
 */
const requestKey = ({ role: { roleId, ...ref }, target = '', grant, tagValue }: AskedFor): string =>
  JSON.stringify([keyOf(ref, target, grant), roleId, tagValue]);

/**
 * After access is revoked, an earlier caller is not known to have asked for it again. A revocation without a grant ended a binding that no
 * tag asked for, so a request that was refused still stands.
 */
const loggedAnswers = (history: readonly HistoryEntry[]): Logged => {
  const outcomes = history.filter((entry) => entry.kind === 'outcome');
  const revoked = new Map(
    outcomes
      .filter(({ result }) => result === 'Revoked')
      .map(({ role, target = '', grant, at }) => [keyOf(role, target, grant), Date.parse(at)] as const),
  );
  const revokedAt = ({ role, target = '', grant, result }: OutcomeEntry): number =>
    Math.max(
      revoked.get(keyOf(role, target, grant)) ?? 0,
      result === 'Refused' ? 0 : (revoked.get(keyOf(role, target)) ?? 0),
    );
  const answers = outcomes
    .filter(({ result }) => ['Granted', 'Refused', 'Failed'].includes(result))
    .filter((entry) => Date.parse(entry.at) >= revokedAt(entry))
    .map((entry) => [requestKey(entry), entry] as const);
  return {
    latest: new Map(answers),
    requested: new Map(
      answers.filter(([, { requestedBy, because }]) => requestedBy !== undefined || because === undefined),
    ),
  };
};

/** The log has no time of the event. The functions answer within seconds of it, unless they were down. */
const requestIn = ({ requestedBy, eventName, eventId, at }: Partial<OutcomeEntry>): Request =>
  requestFields({
    ...(requestedBy === undefined ? {} : { requestedBy }),
    ...(eventName === undefined ? {} : { eventName }),
    ...(eventId === undefined ? {} : { eventId }),
    ...(eventId === undefined || at === undefined ? {} : { eventTime: at }),
  });
