import { readPublished } from '../core/credential-config.ts';
import { parameterPath } from '../core/parameter-name.ts';
import { watchedPrefixes } from '../core/settings.ts';
import type { Check } from './check.ts';
import type { Facts } from './context.ts';
import { cannotExchange, type Exchanged, judgeExchange, roleNameOfSession } from './exchange.ts';
import { unknown } from './finding.ts';
import type { DoctorPorts } from './ports.ts';
import { caseOf, emailsOf } from './role-case.ts';

/** By its published configs: a workload's role may seldom read its own tags. */
const publishedEmails = async (facts: Facts, roleName: string): Promise<readonly string[]> => {
  const settings = await facts.settings();
  const { id: accountId } = await facts.account();
  const ref = { partition: 'aws', accountId, roleName };
  const found: string[] = [];
  for (const prefix of watchedPrefixes(settings))
    for (const { value } of await facts.aws.parameters(settings.regions[0], parameterPath(prefix, ref))) {
      const published = readPublished(settings, value);
      if (published.kind === 'ours' && published.email !== undefined) found.push(published.email);
    }
  return [...new Set(found)];
};

/** Whom the role may act as: by its tags, else by what is published; the functions as rolebridge itself. */
const emailsFor = async (facts: Facts, roleName: string): Promise<readonly string[]> => {
  if (facts.names.functionRoles.includes(roleName)) return [(await facts.settings()).google.serviceAccount];
  const byTags = await caseOf(facts, roleName).then(emailsOf, () => []);
  return byTags.length > 0 ? byTags : publishedEmails(facts, roleName);
};

/** A real exchange, as the AWS identity that this process has. */
export const exchangeCheck = (
  facts: Facts,
  exchange: DoctorPorts['exchange'],
  named: readonly string[],
): Check => ({
  id: 'exchange',
  group: 'Exchange',
  title: 'Token exchange',
  permission: 'iam:GetRole, or ssm:GetParametersByPath on the own folder',
  needs: ['config', 'aws-credentials', 'aws-account'],
  excusedBy: [],
  run: async () => {
    const identity = await facts.identity();
    const settings = await facts.settings();
    const { provider } = await facts.account();
    const roleName = roleNameOfSession(identity);
    const emails = roleName === undefined ? [] : await emailsFor(facts, roleName);
    const obstacle = cannotExchange(identity, named, emails);
    if (obstacle !== undefined || roleName === undefined) return obstacle ?? unknown('Not tried.');
    const results: { email: string; exchanged: Exchanged }[] = [];
    for (const email of emails) results.push({ email, exchanged: await exchange(settings, provider, email) });
    return judgeExchange(facts.stage, roleName, results);
  },
});
