import { ListRulesCommand, type Rule } from '@aws-sdk/client-eventbridge';
import { GetRolePolicyCommand, NoSuchEntityException } from '@aws-sdk/client-iam';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { PermanentError, RetryableError } from '../../core/errors.ts';
import { isRecord, parseJson } from '../../core/json.ts';
import { stackNames, stackPrefix, stageOfRule } from '../../core/stack.ts';
import type { StageResources } from '../../core/stage-overlaps.ts';
import type { DeployedStages } from '../../stages/stage-conflicts.ts';
import { itemsOf } from '../items.ts';
import type { AwsClients } from './clients.ts';
import { tried } from './failure.ts';
import { functionConfiguration } from './function-configuration.ts';
import { pagesOf } from './pages-of.ts';
import { policyText } from './policy-document.ts';
import { assertOwnAccount } from './roles.ts';

type StageClients = Pick<AwsClients, 'events' | 'iam' | 'sts'> & { readonly lambda: LambdaClient };

/** Each deployed stage has a rule with its tag key, and a function whose role has a policy that names its parameters. */
export const awsDeployedStages = (clients: StageClients, abortSignal: AbortSignal): DeployedStages => ({
  besides: async (own, accountId) => {
    await assertOwnAccount(clients.sts, accountId, abortSignal);
    const stages: StageResources[] = [];
    for await (const rule of stageRules(clients, abortSignal)) {
      const stage = stageOfRule(rule.Name);
      if (stage === undefined || stage === own) continue;
      const prefixes = await prefixesOf(clients, stage, abortSignal);
      stages.push({ stage, accountId, prefixes, tagKey: tagKeyOf(rule) });
    }
    return stages;
  },
});

type NamedRule = Rule & { readonly Name: string };

const stageRules = async function* (
  { events }: StageClients,
  abortSignal: AbortSignal,
): AsyncIterable<NamedRule> {
  const pages = pagesOf('listing the event rules of all stages', {
    read: (NextToken) =>
      events.send(new ListRulesCommand({ NamePrefix: stackPrefix, NextToken }), { abortSignal }),
    nextOf: ({ NextToken }) => NextToken,
  });
  for await (const { Rules } of pages) yield* itemsOf('the event rules', Rules, ['Name']);
};

const tagKeyOf = ({ Name, EventPattern = '' }: NamedRule): string => {
  const [key] = textsIn(parseJson(EventPattern), 'equals-ignore-case');
  if (key !== undefined) return key;
  throw new PermanentError(`The event rule ${Name} names no tag key. Deploy its stage again.`);
};

/** The prefixes of the parameters that a stage may write; none if it has no function or no role, because then it writes none. */
const prefixesOf = async (
  clients: StageClients,
  stage: string,
  abortSignal: AbortSignal,
): Promise<readonly string[]> => {
  const name = stackNames(stage).reconcileFunction;
  const found = await tried(`reading the function ${name}`, () =>
    functionConfiguration(clients.lambda, name, abortSignal),
  );
  if (found === undefined) return [];
  // Another rolebridge.yml may have set a path and a prefix.
  const RoleName = found.Role?.split('/').at(-1) ?? '';
  if (RoleName === '') throw new RetryableError(`The answer of Lambda lacks the role of ${name}. Try again.`);
  return prefixesInPolicy(clients, RoleName, abortSignal);
};

const prefixesInPolicy = (
  { iam }: StageClients,
  RoleName: string,
  abortSignal: AbortSignal,
): Promise<readonly string[]> =>
  tried(`reading the policy of role ${RoleName}`, async () => {
    try {
      const { PolicyDocument } = await iam.send(
        new GetRolePolicyCommand({ RoleName, PolicyName: 'reconcile' }),
        { abortSignal },
      );
      const resources = textsIn(parseJson(policyText(PolicyDocument, `role ${RoleName}`)), 'Resource');
      const prefixes = resources.flatMap((arn) => /:parameter(\/.+)\/\*$/.exec(arn)?.[1] ?? []);
      return [...new Set(prefixes)];
    } catch (thrown) {
      if (thrown instanceof NoSuchEntityException) return [];
      throw thrown;
    }
  });

/** All texts under a key, at any depth; also those in a list. */
const textsIn = (value: unknown, key: string): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap((entry) => textsIn(entry, key));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === key ? [inner].flat().filter((text) => typeof text === 'string') : textsIn(inner, key),
  );
};
