import type { SweepReport } from '../../../shared/app/sweep.ts';
import type { RoleState } from '../../../shared/core/model.ts';
import type { StoredItem } from '../../../shared/core/table-item.ts';
import type { Ports } from '../../../shared/ports.ts';
import type { MemoryHooks } from '../../support/memory.ts';
import type { Cloud, QueuedMessage } from './cloud.ts';
import { accessWanted, bindingsThere, lineTarget } from './compare.ts';
import { type Ask, accountsOf, type Intent, wanted } from './intent.ts';
import { watchLedger } from './known-ledger.ts';
import { accountIn, inAccount, type RoleId, readPlace, roleId, roleIn } from './roles.ts';
import { askOf, isDirect, resourceOf, type Target, targetAt, targetOfAccess } from './targets.ts';

/**
 * The part of a role's access that the messages of a batch let a reconciler revoke, read without the code under test.
 */
interface Allowance {
  isAll: boolean;
  readonly grants: Set<string>;
  readonly targets: Set<Target>;
}

/**
 * Invariant 8, after every write: a reconciler removes only what a sweep released, or what the keys of its events
 * name. Not counted: roles that it saw absent, access past its own end, and targets that the tags it saw still
 * request. The last config of access that its ledger lists counts like the binding; a config that the ledger does not
 * explain was planted.
 */
export const watchRemovals = (
  cloud: Cloud,
  intent: Intent,
  batch: readonly QueuedMessage[],
  hooks: MemoryHooks,
  portsWith: (hooks: MemoryHooks) => Ports,
): Ports => {
  const allowances = allowancesOf(batch);
  const seen = new Map<RoleId, RoleState>();
  let lost: Config | undefined;
  const ports = portsWith({
    before: async (call) => {
      await hooks.before(call);
      // Nothing happens between this and the write.
      lost = /^(Put|Delete)Parameter /.test(call)
        ? configAt(cloud, call.slice(call.indexOf(' ') + 1))
        : undefined;
    },
    after: (call) => {
      if (lost !== undefined) cloud.trespasses.push(...lastConfigFaults(lost));
      return hooks.after(call);
    },
  });
  const known = watchLedger(ports);
  const lastConfigFaults = ({ place, role, grant, target: named }: Config): readonly string[] => {
    const listed = entriesFor(known.items(), role);
    // All direct grants of a role have the same config.
    const targets =
      named === anyDirect
        ? new Set(listed.map(({ line }) => lineTarget(line)).filter((target) => isDirect(target)))
        : new Set([named]);
    const isStillWanted = (target: Target, byGrant?: string): boolean =>
      isKept(seen.get(role), intent, target, cloud.world.now, byGrant);
    // A parameter of another type is deleted before it is written again, for any direct access that the grant's tag asks for now.
    if (named === anyDirect && [...targets].some((target) => isStillWanted(target, grant))) return [];
    return [...targets].flatMap((target) => {
      const entries = listed.filter(({ line }) => lineTarget(line) === target);
      const grants = new Set(entries.flatMap((entry) => entry.grants));
      const isLeft = configsThere(cloud).some(
        (one) => one.role === role && one.target === named && grants.has(one.grant),
      );
      const isAllowed =
        !grants.has(grant) ||
        isLeft ||
        entries.every(({ line }) => hasEnded(line, cloud.world.now)) ||
        isStillWanted(target) ||
        mayRemove(allowances.get(role), target, [grant]);
      return isAllowed
        ? []
        : [`removed the last config that no sweep released and no event named: ${place} ${target}`];
    });
  };
  return {
    ...known.ports,
    roles: {
      read: async (ref) => {
        const state = await ports.roles.read(ref);
        seen.set(roleId(ref), state);
        return state;
      },
    },
    policies: {
      ...ports.policies,
      write: async (resource, policy) => {
        const before = bindingsThere(cloud);
        const grants = new Map(before.map((line) => [line, grantsListed(known.items(), line)]));
        const result = await ports.policies.write(resource, policy);
        if (result.kind !== 'written') return result;
        const after = new Set(bindingsThere(cloud));
        for (const line of before)
          if (resourceOf(lineTarget(line)) === resource && !after.has(line)) {
            const role = roleIn(line);
            if (!seen.has(role) && accountsOf(intent).includes(accountIn(line)))
              cloud.trespasses.push(`removed without an answer of its AWS account: ${line}`);
            const isAllowed =
              hasEnded(line, cloud.world.now) ||
              isKept(seen.get(role), intent, lineTarget(line), cloud.world.now) ||
              mayRemove(allowances.get(role), lineTarget(line), grants.get(line) ?? []);
            if (!isAllowed)
              cloud.trespasses.push(`removed what no sweep released and no event named: ${line}`);
          }
        return result;
      },
    },
  };
};

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const allowancesOf = (batch: readonly QueuedMessage[]): ReadonlyMap<RoleId, Allowance> => {
  const allowances = new Map<RoleId, Allowance>();
  const of = (accountId: unknown, roleName: unknown): Allowance => {
    const id = roleId(inAccount(String(accountId), String(roleName)));
    const found = allowances.get(id) ?? { isAll: false, grants: new Set(), targets: new Set() };
    allowances.set(id, found);
    return found;
  };
  const name = (allowance: Allowance, eventName: unknown, keys: readonly unknown[]): void => {
    allowance.isAll ||= eventName === 'DeleteRole' || eventName === 'CreateRole';
    for (const key of keys) {
      const [, grant = 'default'] = /^google-access(?:\/(.+))?$/i.exec(String(key)) ?? [undefined, ''];
      allowance.grants.add(grant.toLowerCase());
    }
  };
  const release = (allowance: Allowance, released: unknown): void => {
    for (const access of list(released)) allowance.targets.add(targetOfAccess(String(access)));
  };
  for (const { body } of batch) {
    const message = record(JSON.parse(body));
    const detail = record(message['detail']);
    const parameters = record(detail['requestParameters']);
    if (message['source'] === 'aws.iam') {
      // Forged: EventBridge stamps the account of the sender.
      if (message['account'] !== detail['recipientAccountId']) continue;
      const tags = list(parameters['tags']).map((tag) => record(tag)['key']);
      name(of(message['account'], parameters['roleName']), detail['eventName'], [
        ...tags,
        ...list(parameters['tagKeys']),
      ]);
    } else if (message['source'] === 'rolebridge') {
      const { accountId, roleName } = record(detail['role']);
      release(of(accountId, roleName), detail['released']);
    } else {
      const { accountId, roleName } = record(message['ref']);
      const allowance = of(accountId, roleName);
      release(allowance, message['released']);
      for (const event of list(message['events']).map(record))
        name(
          allowance,
          event['eventName'],
          list(event['keys']).map((key) => record(key)['key']),
        );
    }
  }
  return allowances;
};

const mayRemove = (allowance: Allowance | undefined, target: Target, grants: readonly string[]): boolean =>
  allowance !== undefined &&
  (allowance.isAll ||
    allowance.targets.has(target) ||
    (grants.length > 0 && grants.every((grant) => allowance.grants.has(grant))));

/** The grants under which the ledger lists a binding. */
const grantsListed = (items: readonly Pick<StoredItem, 'pk' | 'body'>[], line: string): readonly string[] =>
  entriesFor(items, roleIn(line))
    .filter((entry) => entry.line === line)
    .flatMap(({ grants }) => grants);

/** The bindings that the ledger lists for a role, as lines. */
const entriesFor = (
  items: readonly Pick<StoredItem, 'pk' | 'body'>[],
  role: RoleId,
): readonly { readonly line: string; readonly grants: readonly string[] }[] =>
  items
    .filter(({ pk }) => pk === `role#aws:${role.replace('/', ':')}`)
    .flatMap(({ body }) => list(record(JSON.parse(body))['entries']).map(record))
    .map(({ googleRole, resource, member, condition, grants }) => ({
      line: `${targetAt(String(googleRole), String(resource)) ?? ''} ${JSON.stringify(condition ?? null)} ${String(member)}`,
      grants: list(grants).map(String),
    }));

/** A published config, at the name of a role's grant. The text of a SecureString is not decrypted, so it publishes nothing. */
interface Config {
  readonly place: string;
  readonly role: RoleId;
  readonly grant: string;
  /** For a direct grant: `anyDirect`. */
  readonly target: Target;
}
const anyDirect: Target = 'a Google role on a resource';

const configsThere = (cloud: Cloud): readonly Config[] =>
  [...cloud.world.parameters.keys()].flatMap((place) => configAt(cloud, place) ?? []);

const configAt = ({ world }: Cloud, place: string): Config | undefined => {
  const { value = '', type } = world.parameters.get(place) ?? {};
  if (type === 'SecureString') return undefined;
  const [, email] = /serviceAccounts\/([^:/"]+):generateAccessToken/.exec(value) ?? [];
  const isConfig = value.includes('external_account') && !value.includes('service_account_impersonation_url');
  const target = email ?? (isConfig ? anyDirect : undefined);
  const [, folder, grant] = /\/([^/]+)\/([^/]+)$/.exec(place) ?? [];
  return target === undefined || folder === undefined || grant === undefined
    ? undefined
    : {
        place,
        role: roleId(inAccount(readPlace(place).accountId, folder.replaceAll('..', '.'))),
        grant,
        target,
      };
};

export const hasEnded = (line: string, now: Date): boolean => {
  const [, until] = /rolebridge-until.*timestamp\(\\"([^"\\]+)\\"\)/.exec(line) ?? [];
  return until !== undefined && Date.parse(until) <= now.getTime();
};

/**
 * A role that is gone has nothing to lose, and a target that is still requested is only bound differently. `byGrant`: requested by the tag
 * of this grant.
 */
const isKept = (
  state: RoleState | undefined,
  intent: Intent,
  target: Target,
  now: Date,
  byGrant?: string,
): boolean => {
  if (state === undefined) return false;
  if (state.kind === 'absent') return true;
  const asks = state.tags.flatMap(({ key, value }): readonly Ask[] => {
    const [isOurs, grant = 'default'] = /^google-access(?:\/(.*))?$/.exec(key) ?? [];
    return isOurs === undefined || (byGrant ?? grant) !== grant ? [] : [{ grant: key, ...askOf(value) }];
  });
  const roles = new Map([['', { ref: state.ref, asks }]]);
  return wanted(roles, intent, now, ['granted', 'unknown']).some((access) => access.target === target);
};

/**
 * In each AWS account, one sweep releases at most the limit, plus what people approved within the hour. Not counted,
 * because nothing is revoked: an entry that may leave the ledger, left by a killed function or an edit by hand, if
 * neither a binding nor a config exists, or a tag requests the target.
 */
export const overLimit = (cloud: Cloud, intent: Intent, { drifts }: SweepReport): readonly string[] => {
  const { world } = cloud;
  const { maxRevocations } = intent;
  const there = new Set([
    ...bindingsThere(cloud).map((line) => `${roleIn(line)} ${lineTarget(line)}`),
    ...configsThere(cloud).map(({ role, target }) => `${role} ${target}`),
  ]);
  for (const { role, target } of wanted(cloud.roles, intent, world.now))
    there.delete(`${roleId(role)} ${target}`);
  const approved = new Set(
    [...world.table.values()].flatMap(({ pk, sk, body }) => {
      const { at } = record(JSON.parse(body));
      const isGood = world.now.getTime() - Date.parse(String(at)) < 60 * 60 * 1000;
      return pk === 'answer' && sk.startsWith('approve#') && isGood ? [sk.slice('approve#'.length)] : [];
    }),
  );
  const listed = new Set(
    [...world.table.values()]
      .filter(({ pk, sk }) => pk.startsWith('held#') && sk !== 'now' && approved.has(sk.split('#')[0] ?? ''))
      .flatMap(({ body }) => {
        const { accountId, revocations } = record(JSON.parse(body));
        return list(revocations)
          .map(list)
          .map(
            ([, roleName, resource]) =>
              `${roleId(inAccount(String(accountId), String(roleName)))} ${String(resource)}`,
          );
      }),
  );
  const counts = new Map<string, number>();
  for (const { ref, released } of drifts)
    for (const resource of released)
      if (
        !listed.has(`${roleId(ref)} ${resource}`) &&
        there.has(`${roleId(ref)} ${targetOfAccess(resource)}`)
      )
        counts.set(ref.accountId, (counts.get(ref.accountId) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > maxRevocations)
    .map(([account, count]) => `a sweep released ${count} of ${account}, and the limit is ${maxRevocations}`);
};

/**
 * A sweep that no one disturbed may not release, nor hold for a person, access that a tag requests, and may not treat
 * an existing role as absent. Such a result could not come from its reads.
 */
export const revokedThoughAsked = (cloud: Cloud, report: SweepReport | undefined): readonly string[] => {
  const { intent, world, roles } = cloud;
  if (report === undefined || intent.mode === 'dry-run') return [];
  const asked = new Set(
    [...wanted(roles, intent, world.now), ...accessWanted(cloud)].map(
      ({ role, target }) => `${roleId(role)} ${target}`,
    ),
  );
  const released = report.drifts.flatMap(({ ref, released: resources }) =>
    resources.map((access) => `${roleId(ref)} ${targetOfAccess(access)}`),
  );
  const held = world.held.flatMap(({ revocations }) =>
    revocations.map(({ role, email: target }) => `${roleId(role)} ${target}`),
  );
  return [
    ...[...new Set([...released, ...held])]
      .filter((one) => asked.has(one))
      .map((one) => `a sweep would revoke what a tag asks for: ${one}`),
    ...report.drifts
      .filter(
        ({ ref, roleId: uniqueId }) =>
          uniqueId === undefined && roles.has(roleId(ref)) && accountsOf(intent).includes(ref.accountId),
      )
      .map(({ ref }) => `a sweep took a role for absent that is there: ${roleId(ref)}`),
  ];
};
