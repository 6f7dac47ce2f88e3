import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { parse, stringify } from 'yaml';
import type { IsAllowed } from '../../local/aws/authorization.ts';
import type { AwsCall, AwsFault } from '../../local/aws/call.ts';
import { inAccount } from '../../local/aws/world.ts';
import type { Verdict } from '../../local/interception.ts';
import type { Member } from '../../local/members.ts';
import { isAllowed } from '../../local/testing/is-allowed.ts';
import type { LocalWorldOptions } from '../../local/world.ts';
import { type Cloud, startCloud } from './cloud.ts';
import { command, type Said, variablesOf } from './command-line.ts';
import { type IamVerbs, iamVerbs } from './iam-verbs.ts';
import { packageWith } from './package-with.ts';
import { accountId as home, reader, writer } from './settings.ts';

export { home };
/** The other accounts, whose configs are in other regions than home's. */
export const near = '444455556666';
export const far = '777788889999';
const accounts = [
  { id: home, provider: `aws-${home}` },
  { id: near, provider: `aws-${near}`, regions: ['eu-central-1'] },
  { id: far, provider: `aws-${far}`, regions: ['us-west-2', 'ap-southeast-2'] },
];
const allRegions = ['us-east-1', 'eu-west-1', 'eu-central-1', 'us-west-2', 'ap-southeast-2', 'af-south-1'];

/** Three accounts: the home account has the packaged stack, and the others what `rolebridge member` prints. */
export interface AccountsWorld extends Cloud {
  readonly member: (accountId: string) => Member;
  /** The verbs of a person in one of the accounts. */
  readonly in: (accountId: string) => IamVerbs;
  /** `ACCOUNT/ROLE` of everyone who may impersonate a service account. */
  readonly bound: (email: string) => readonly string[];
  /** `ACCOUNT REGION NAME` of every published config. */
  readonly configs: () => readonly string[];
  /** A command of a person of the home account. */
  readonly run: (...args: readonly string[]) => Promise<Said>;
  /** Deploys the output of `rolebridge member`. */
  readonly deployMember: (accountId: string) => Promise<void>;
  /**
   * While it runs, the stand-in decides differently about these calls in one account. It gets the calls decided so
   * far.
   */
  readonly faulty: (
    accountId: string,
    action: string,
    verdict: Verdict<AwsFault>,
    run: (decided: readonly AwsCall[]) => Promise<void>,
  ) => Promise<void>;
}

/** The evaluator, which only evaluates the same question once. */
const cachedEvaluator = (): IsAllowed => {
  const answers = new Map<string, Promise<boolean>>();
  return (question) => {
    const text = JSON.stringify(question);
    const answer = answers.get(text) ?? isAllowed(question);
    answers.set(text, answer);
    return answer;
  };
};

export const startAccountsWorld = async (
  options: Partial<LocalWorldOptions> = {},
  /** Settings of rolebridge.yml besides the accounts. */
  changes: Readonly<Record<string, unknown>> = {},
): Promise<AccountsWorld> => {
  const file = parse(readFileSync('rolebridge.yml', 'utf8')) as Readonly<Record<string, unknown>>;
  const packageFolder = await packageWith(
    stringify({ ...file, home, organization: 'o-a1b2c3d4e5', accounts, ...changes }),
  );
  const cloud = await startCloud({
    packageFolder,
    memberIds: [near, far],
    isAllowed: cachedEvaluator(),
    // The policies of the roles that the stack creates decide, so we need not evaluate the template, too.
    authorize: () => Promise.resolve(undefined),
    ...options,
  });
  cloud.reconfigure({ accounts, ...changes });
  for (const email of [reader, writer]) cloud.addServiceAccount(email);
  const member = (accountId: string): Member => {
    const found = cloud.members.find((one) => one.accountId === accountId);
    if (found === undefined) throw new Error(`${accountId} is no member account`);
    return found;
  };
  const run = (...args: readonly string[]): Promise<Said> => command(variablesOf(cloud), ...args);
  const world: AccountsWorld = {
    ...cloud,
    member,
    in: (accountId) => iamVerbs(inAccount(cloud.aws, accountId)),
    bound: (email) =>
      cloud
        .bindingsOf(email)
        .flatMap(({ members }) => members)
        .flatMap((one) => /:sts::(\d{12}):assumed-role(\/.+)$/.exec(one)?.slice(1).join('') ?? [])
        .toSorted(),
    configs: () =>
      accounts.flatMap(({ id }) =>
        allRegions
          .flatMap((region) =>
            [...cloud.aws.account(id).ssm.parameters(region).keys()].map((name) => `${id} ${region} ${name}`),
          )
          .toSorted(),
      ),
    run,
    deployMember: async (accountId) => {
      const { stdout, stderr, status } = await run('member', '--print', 'cloudformation');
      if (status !== 0) throw new Error(`rolebridge member failed: ${stderr}`);
      await member(accountId).deploy(stdout, { OperatorArns: `arn:aws:iam::${home}:role/Administrator` });
    },
    faulty: async (accountId, action, verdict, act) => {
      const decided: AwsCall[] = [];
      const release = cloud.aws.intercept((call) => {
        const isThere =
          call.action === 'sts:AssumeRole'
            ? call.resources.some((arn) => arn.includes(`::${accountId}:`))
            : call.accountId === accountId && call.principalArn.includes('/rolebridge-prod-');
        if (call.action !== action || !isThere) return undefined;
        decided.push(call);
        return verdict;
      });
      try {
        await act(decided);
      } finally {
        release();
      }
    },
    close: async () => {
      await cloud.close();
      rmSync(dirname(packageFolder), { recursive: true, force: true });
    },
  };
  for (const id of [near, far]) await world.deployMember(id);
  return world;
};
