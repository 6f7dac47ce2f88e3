import { readPublished } from '../core/credential-config.ts';
import { parameterPath } from '../core/grant-parameters.ts';
import { desiredOf } from '../core/guardrail.ts';
import { type RoleRef, type Target, targetText } from '../core/model.ts';
import { keyName } from '../core/role-key.ts';
import { homeOf, regionsOf, watchedPrefixes } from '../core/settings.ts';
import { functionRoleNames } from '../core/stack.ts';
import type { Check } from './check.ts';
import { rolebridge } from './commands.ts';
import type { Context } from './context.ts';
import { type Finding, failed, listed, ok, unknown } from './finding.ts';
import type { CallerIdentity, DoctorPorts, Exchanged } from './ports.ts';

/** A real token exchange, with the AWS credentials of this process: those of a role of any account that rolebridge.yml lists. */
export const exchangeCheck = (
  context: Context,
  exchange: DoctorPorts['exchange'],
  namedRoles: readonly string[],
): Check => ({
  id: 'exchange',
  group: 'Exchange',
  title: 'Token exchange',
  permission: 'iam:GetRole, or ssm:GetParametersByPath on the own folder',
  needs: ['config', 'aws-credentials'],
  causedBy: [],
  run: async () => {
    const identity = await context.identity();
    const settings = await context.settings();
    const { accountId } = identity;
    const account = settings.accounts.find(({ id }) => id === accountId);
    if (account === undefined) return notListed(context.stage, accountId);
    const roleName = roleNameOfSession(identity);
    if (roleName === undefined) return notRole(identity);
    const ref = { partition: 'aws', accountId, roleName };
    const targets = await targetsOf(context, ref);
    const obstacle = cannotExchange(ref, namedRoles, targets);
    if (obstacle !== undefined) return obstacle;
    const { provider } = account;
    const results: ExchangeResult[] = [];
    for (const target of targets)
      results.push({ target, exchanged: await exchange(settings, provider, target) });
    return checkExchange(context.stage, roleName, results);
  },
});

interface ExchangeResult {
  readonly target: Target;
  readonly exchanged: Exchanged;
}

/** The role of an assumed-role session; undefined for users, root and federated users. */
export const roleNameOfSession = ({ arn }: CallerIdentity): string | undefined =>
  /^arn:aws:sts::\d{12}:assumed-role\/([^/]+)\//.exec(arn)?.[1];

export const notRole = ({ arn }: CallerIdentity): Finding =>
  unknown(`Not tried: this command runs as ${arn}, which is not a session of a role.`, whereToRun);

export const notListed = (stage: string, accountId: string): Finding =>
  unknown(
    `Not tried: this command runs in AWS account ${accountId}, which rolebridge.yml does not list.`,
    `If the account should use rolebridge, add it: ${rolebridge(stage, 'accounts --write')}`,
  );

const whereToRun = 'Run it where the role runs: on an instance or in a task that has it.';

/** The accounts that a role may act as, by its tags or its published configs. A function acts as rolebridge itself. */
const targetsOf = async (context: Context, ref: RoleRef): Promise<readonly Target[]> => {
  const settings = await context.settings();
  const isFunction = functionRoleNames(context.stage, settings).includes(ref.roleName);
  if (isFunction && ref.accountId === homeOf(settings))
    return [accountTarget(settings.google.serviceAccount)];
  const tagged = await taggedTargets(context, ref).catch(() => []);
  return tagged.length > 0 ? tagged : (await publishedEmails(context, ref)).map(accountTarget);
};

/** The role reads its own tags. In another account than the home account, it can assume no viewer role. */
const taggedTargets = async ({ aws, settings, now }: Context, ref: RoleRef): Promise<readonly Target[]> => {
  const role = await aws.role(ref.roleName);
  if (role.kind === 'absent') return [];
  const { grants } = desiredOf({ ...role, kind: 'present', ref }, await settings(), now);
  return [...new Map(grants.map(({ target }) => [targetText(target), target])).values()];
};

const accountTarget = (email: string): Target => ({ kind: 'serviceAccount', email });

/** Workload roles can read their published configs, but rarely their own tags. */
const publishedEmails = async (context: Context, ref: RoleRef): Promise<readonly string[]> => {
  const settings = await context.settings();
  const { accountId } = ref;
  // Each region has the same configs.
  const [region] = regionsOf(settings, accountId);
  if (region === undefined) return [];
  const emails: string[] = [];
  for (const prefix of watchedPrefixes(settings))
    for (const { value } of await context.aws.parameters({ accountId, region }, parameterPath(prefix, ref))) {
      const published = readPublished(settings, value);
      if (published.kind === 'impersonates') emails.push(published.email);
    }
  return [...new Set(emails)];
};

/** Why the exchange cannot be tried; undefined if it can, because the role runs here and has a grant. */
export const cannotExchange = (
  { accountId, roleName }: Pick<RoleRef, 'accountId' | 'roleName'>,
  namedRoles: readonly string[],
  targets: readonly Target[],
): Finding | undefined => {
  const isItself = (name: string): boolean =>
    [roleName, `${accountId}/${roleName}`].some((own) => keyName(own) === keyName(name));
  if (namedRoles.length > 0 && !namedRoles.some(isItself))
    return unknown(
      `Not tried: this command runs as role ${roleName}, not as ${listed(namedRoles)}.`,
      whereToRun,
    );
  return targets.length === 0
    ? unknown(
        `Not tried: this command runs as role ${roleName}, which has no grant and no published config.`,
        whereToRun,
      )
    : undefined;
};

export const checkExchange = (
  stage: string,
  roleName: string,
  results: readonly ExchangeResult[],
): Finding => {
  const refused = results.flatMap(({ target, exchanged }) =>
    exchanged.kind === 'refused' ? [{ target, ...exchanged }] : [],
  );
  if (refused.length > 0)
    return failed(
      refused
        .map(({ target, step, reason }) => `Google refused the ${step} for ${targetText(target)}: ${reason}`)
        .join('\n'),
      `To see what that means: ${rolebridge(stage, 'explain')} "<Google's words>"\nA binding takes 2 to 7 minutes until it works everywhere.`,
    );
  const unproven = results.flatMap(({ target, exchanged }) =>
    exchanged.kind === 'unproven' ? [`Not proven for ${targetText(target)}: ${exchanged.reason}`] : [],
  );
  const given = results.filter(({ exchanged }) => exchanged.kind === 'given').map(({ target }) => target);
  const emails = given.flatMap((target) => (target.kind === 'serviceAccount' ? [target.email] : []));
  const direct = given.filter(({ kind }) => kind === 'direct').map(targetText);
  const tokens = [...(emails.length === 0 ? ['the pool'] : []), ...emails];
  return ok(
    [
      `Google gave role ${roleName} a token of ${listed(tokens)}.`,
      ...(direct.length === 0 ? [] : [`With its own token, it has ${listed(direct)}.`]),
    ].join(' '),
    unproven.length === 0 ? undefined : unproven.join('\n'),
  );
};
