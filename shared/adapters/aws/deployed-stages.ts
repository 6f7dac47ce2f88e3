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
import { isAwsException, tried } from './failure.ts';
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
      const policy = await policyOf(clients, stage, abortSignal);
      const accountIds = accountsIn(policy, accountId);
      stages.push({ stage, accountId, accountIds, prefixes: prefixesIn(policy), tagKey: tagKeyOf(rule) });
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

/** The policy of a stage's reconcile; undefined if it has no function or no role, because then it writes no parameter. */
const policyOf = async (clients: StageClients, stage: string, abortSignal: AbortSignal): Promise<unknown> => {
  const name = stackNames(stage).reconcileFunction;
  const found = await tried(`reading the function ${name}`, () =>
    functionConfiguration(clients.lambda, name, abortSignal),
  );
  if (found === undefined) return undefined;
  // Another rolebridge.yml may have set a path and a prefix.
  const RoleName = found.Role?.split('/').at(-1) ?? '';
  if (RoleName === '') throw new RetryableError(`The answer of Lambda lacks the role of ${name}. Try again.`);
  return readPolicy(clients, RoleName, abortSignal);
};

const readPolicy = ({ iam }: StageClients, RoleName: string, abortSignal: AbortSignal): Promise<unknown> =>
  tried(`reading the policy of role ${RoleName}`, async () => {
    try {
      const { PolicyDocument } = await iam.send(
        new GetRolePolicyCommand({ RoleName, PolicyName: 'reconcile' }),
        { abortSignal },
      );
      return parseJson(policyText(PolicyDocument, `role ${RoleName}`));
    } catch (thrown) {
      if (isAwsException(thrown, NoSuchEntityException)) return undefined;
      throw thrown;
    }
  });

/** The prefixes of the parameters that the stage may write. */
const prefixesIn = (policy: unknown): readonly string[] => [
  ...new Set(textsIn(policy, 'Resource').flatMap((arn) => /:parameter(\/.+)\/\*$/.exec(arn)?.[1] ?? [])),
];

/** Where the stage may assume its roles (stack/function-policies.ts), besides the account deployed to. */
const accountsIn = (policy: unknown, home: string): StageResources['accountIds'] =>
  textsIn(policy, 'aws:ResourceOrgID').length > 0
    ? 'unknown'
    : [home, ...textsIn(policy, 'aws:ResourceAccount')];

/** All texts under a key, at any depth; also those in a list. */
const textsIn = (value: unknown, key: string): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap((entry) => textsIn(entry, key));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === key ? [inner].flat().filter((text) => typeof text === 'string') : textsIn(inner, key),
  );
};
