import { readPublished } from '../core/credential-config.ts';
import { parameterPath } from '../core/parameter-name.ts';
import { watchedPrefixes } from '../core/settings.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';
import { cannotExchange, checkExchange, roleNameOfSession } from './exchange.ts';
import { unknown } from './finding.ts';
import type { DoctorPorts, Exchanged } from './ports.ts';
import { caseOf, emailsOf } from './role-case.ts';

/** By its published configs: a workload's role may seldom read its own tags. */
const publishedEmails = async (context: Context, roleName: string): Promise<readonly string[]> => {
  const settings = await context.settings();
  const { id: accountId } = await context.account();
  const ref = { partition: 'aws', accountId, roleName };
  const found: string[] = [];
  for (const prefix of watchedPrefixes(settings))
    for (const { value } of await context.aws.parameters(settings.regions[0], parameterPath(prefix, ref))) {
      const published = readPublished(settings, value);
      if (published.kind === 'ours' && published.email !== undefined) found.push(published.email);
    }
  return [...new Set(found)];
};

/** Whom the role may act as: by its tags, else by what is published; the functions as rolebridge itself. */
const emailsFor = async (context: Context, roleName: string): Promise<readonly string[]> => {
  if (context.names.functionRoles.includes(roleName))
    return [(await context.settings()).google.serviceAccount];
  const byTags = await caseOf(context, roleName).then(emailsOf, () => []);
  return byTags.length > 0 ? byTags : publishedEmails(context, roleName);
};

/** A real exchange, as the AWS identity that this process has. */
export const exchangeCheck = (
  context: Context,
  exchange: DoctorPorts['exchange'],
  named: readonly string[],
): Check => ({
  id: 'exchange',
  group: 'Exchange',
  title: 'Token exchange',
  permission: 'iam:GetRole, or ssm:GetParametersByPath on the own folder',
  needs: ['config', 'aws-credentials', 'aws-account'],
  causedBy: [],
  run: async () => {
    const identity = await context.identity();
    const settings = await context.settings();
    const { provider } = await context.account();
    const roleName = roleNameOfSession(identity);
    const emails = roleName === undefined ? [] : await emailsFor(context, roleName);
    const obstacle = cannotExchange(identity, named, emails);
    if (obstacle !== undefined || roleName === undefined) return obstacle ?? unknown('Not tried.');
    const results: { email: string; exchanged: Exchanged }[] = [];
    for (const email of emails) results.push({ email, exchanged: await exchange(settings, provider, email) });
    return checkExchange(context.stage, roleName, results);
  },
});
