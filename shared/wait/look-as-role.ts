import { observeFolders } from '../app/observe.ts';
import { readPublished } from '../core/credential-config.ts';
import { RetryableError, toFailure } from '../core/errors.ts';
import { grantOfParameter } from '../core/grant-parameters.ts';
import { desiredOf } from '../core/guardrail.ts';
import { type RoleRef, type RoleState, type Target, targetText } from '../core/model.ts';
import { publishedParameters } from '../core/observed.ts';
import type { Settings } from '../core/settings.ts';
import type { Ports } from '../ports.ts';
import { askedGrants, type GivenGrant, type Judgment, type Look, missingConfigs } from './judge.ts';
import { withReasons } from './look.ts';

export interface AsRolePorts extends Pick<Ports, 'roles' | 'parameters' | 'clock'> {
  /** Asks Google for a token, or for the access to a resource, with the role's own credentials. */
  readonly exchange: (target: Target) => Promise<ExchangeAnswer>;
}

/** Empty if Google gave it. `unproven`: Google gave a token of the pool, and nothing shows what it permits. */
export interface ExchangeAnswer {
  readonly refusal?: string;
  readonly unproven?: string;
}

/**
 * Looks with the role's own credentials, which can rarely read tags, the ledger or Google's policies. They need not: a token
 * proves the binding. The configs show which access there is, if the tags cannot be read.
 */
export const lookAsRole = async (
  settings: Settings,
  ports: AsRolePorts,
  { ref, grant }: { readonly ref: RoleRef; readonly grant?: string },
): Promise<Judgment> => {
  const role = await tagsOf(ports, ref);
  const { folders, folderErrors } = await observeFolders(settings, ports, ref);
  const asked =
    role === undefined
      ? undefined
      : askedGrants(settings, role, desiredOf(role, settings, ports.clock.now()), grant);
  if (asked !== undefined && 'kind' in asked) return asked;
  const found = withReasons(folders, folderErrors);
  const grants = asked?.grants ?? publishedGrants(settings, found, grant);
  const missing = [
    ...(grants.length === 0 ? nothingPublished(settings, found, ref, grant) : []),
    ...grants.flatMap((one) => missingConfigs(settings, found, { ref }, one)),
  ];
  return missing.length > 0 ? { kind: 'waiting', missing } : exchanged(ports, grants);
};

/** Undefined if the role may not read its own tags. */
const tagsOf = async ({ roles }: AsRolePorts, ref: RoleRef): Promise<RoleState | undefined> => {
  try {
    return await roles.read(ref);
  } catch (thrown) {
    const failure = toFailure(thrown);
    if (failure instanceof RetryableError) throw failure;
    return undefined;
  }
};

/** The grants whose configs are published anywhere. */
const publishedGrants = (
  settings: Settings,
  folders: Look['folders'],
  grantName: string | undefined,
): readonly GivenGrant[] => {
  const grants = publishedParameters(settings, folders).flatMap(({ name, value }): readonly GivenGrant[] => {
    const published = readPublished(settings, value);
    const grant = grantOfParameter(name);
    if (published.kind !== 'impersonates') return [];
    if (grantName !== undefined && grant !== grantName) return [];
    return [{ name: grant, target: { kind: 'serviceAccount', email: published.email } }];
  });
  return [...new Map(grants.map((one) => [one.name, one])).values()];
};

const nothingPublished = (
  settings: Settings,
  folders: Look['folders'],
  { roleName }: RoleRef,
  grantName: string | undefined,
): readonly string[] =>
  folders.map((folder) => {
    const { kind, region, path, reason = 'no answer' } = folder;
    if (kind === 'unreadable') return `${path} in ${region} could not be read: ${reason}`;
    const direct = publishedParameters(settings, [folder]).find(
      ({ name }) => grantName === undefined || grantOfParameter(name) === grantName,
    );
    const unreadTags = `the tags of role ${roleName} cannot be read with its own credentials`;
    return direct === undefined
      ? `${path}/${grantName ?? '*'} is not published in ${region} yet, and ${unreadTags}.`
      : `${direct.name} in ${region} belongs to a Google role on a resource. Only the tag says which, and ${unreadTags}.`;
  });

const exchanged = async (ports: AsRolePorts, grants: readonly GivenGrant[]): Promise<Judgment> => {
  const answers = new Map<string, ExchangeAnswer>();
  for (const { target } of grants) {
    const key = targetText(target);
    if (!answers.has(key)) answers.set(key, await ports.exchange(target));
  }
  const refusals = [...answers.values()].flatMap(({ refusal }) => refusal ?? []);
  if (refusals.length > 0) return { kind: 'waiting', missing: refusals };
  return {
    kind: 'done',
    grants: grants.map((grant) => {
      const { unproven } = answers.get(targetText(grant.target)) ?? {};
      return unproven === undefined ? grant : { ...grant, unproven };
    }),
  };
};
