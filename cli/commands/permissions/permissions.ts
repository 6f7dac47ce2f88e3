import { PermanentError } from '../../../shared/core/errors.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { boundaryStatements } from '../../../shared/permissions/boundary.ts';
import { cloudFormationStatements, deployerStatements } from '../../../shared/permissions/deployer.ts';
import { type GoogleJob, type GoogleRole, googleRoles } from '../../../shared/permissions/google.ts';
import { personalStatements } from '../../../shared/permissions/person.ts';
import {
  maxPolicyCharacters,
  type PolicyDocument,
  policyDocuments,
} from '../../../shared/permissions/policy.ts';
import type { Deployment } from '../../../shared/permissions/scopes.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { openRuntime } from '../../open-runtime.ts';
import type { Terminal } from '../../terminal.ts';
import { printControlPolicy } from '../guard/print-control-policy.ts';
import { checkBoundary } from './check-boundary.ts';
import { gcloudText } from './gcloud-text.ts';

export interface PermissionsOptions {
  readonly print: Job | 'scp';
  readonly cloud?: Cloud;
  readonly boundary?: string;
  readonly part?: string;
  readonly check?: string;
  readonly tagger?: readonly string[];
  readonly deployer?: readonly string[];
}

type Job = AwsJob | GoogleJob;
/** Jobs on AWS's side alone. */
type AwsJob = (typeof awsJobs)[number];
type Cloud = 'aws' | 'google';

const awsJobs = ['deployer', 'cloudformation', 'boundary', 'accounts', 'deploy-checks'] as const;

/** Prints the least permissions of a job. It makes no network call. */
export const permissions = async (terminal: Terminal, options: PermissionsOptions): Promise<ExitCode> => {
  assertOptions(options);
  const { print: job, boundary } = options;
  if (job === 'scp')
    return printControlPolicy(terminal, options, (policy) => ({
      job,
      policies: [policy],
      googleRoles: [],
    }));
  const runtime = await openRuntime(terminal);
  // Setup needs permissions itself, so the settings that it fills in may still be missing.
  const { settings } = runtime.settingsFile().complete();
  const deployment = { settings, stage: terminal.stage, names: runtime.names };
  if (options.check !== undefined) return checkBoundary(terminal, deployment, options.check);
  const policies = policiesOf(job, deployment, boundary);
  const roles = rolesOf(job, deployment);
  const printed = chosenPart(policies, options.part);
  const script = gcloudText(job, roles);
  const document = { job, policies: printed, googleRoles: roles, ...(roles.length === 0 ? {} : { script }) };
  const cloud = options.cloud ?? (policies.length > 0 ? 'aws' : 'google');
  for (const note of terminal.isJson ? [] : notesOn(job, deployment.settings, cloud, printed, roles))
    terminal.say(note);
  terminal.show(document, () => (cloud === 'aws' ? policyText(printed) : script), 'file');
  return exitCodes.done;
};

/** The options that only some jobs have. */
const jobsOf = {
  boundary: ['deployer', 'cloudformation'],
  part: ['deployer', 'cloudformation'],
  check: ['boundary'],
  cloud: ['plan', 'operator', 'doctor'],
  tagger: ['scp'],
  deployer: ['scp'],
} as const satisfies Partial<Record<keyof PermissionsOptions, readonly PermissionsOptions['print'][]>>;

const assertOptions = (options: PermissionsOptions): void => {
  for (const [option, jobs] of Object.entries(jobsOf)) {
    const isGiven = Object.hasOwn(options, option);
    if (isGiven && !jobs.some((job) => job === options.print))
      throw new PermanentError(
        `--${option} is for --print ${new Intl.ListFormat('en', { type: 'disjunction' }).format(jobs)}, not for --print ${options.print}.`,
      );
  }
  const { boundary } = options;
  if (boundary !== undefined && !/^arn:aws:iam::\d{12}:policy\/[\w+=,.@/-]+$/.test(boundary))
    throw new PermanentError(
      `--boundary must be the ARN of a managed policy (arn:aws:iam::111122223333:policy/NAME), not "${boundary}".`,
    );
};

const policiesOf = (
  job: Job,
  deployment: Deployment,
  boundary: string | undefined,
): readonly PolicyDocument[] => {
  switch (job) {
    case 'deployer':
      return policyDocuments(deployerStatements(deployment, boundary));
    case 'cloudformation':
      return policyDocuments(cloudFormationStatements(deployment, boundary));
    case 'boundary':
      return [onlyOne(policyDocuments(boundaryStatements(deployment)))];
    case 'setup':
      return [];
    case 'accounts':
    case 'deploy-checks':
    case 'plan':
    case 'operator':
    case 'doctor':
      return policyDocuments(personalStatements(job, deployment));
  }
};

/** A role can have several policies, but only one boundary. */
const onlyOne = (documents: readonly PolicyDocument[]): PolicyDocument => {
  const [first, ...others] = documents;
  if (first === undefined || others.length > 0)
    throw new PermanentError(
      `The boundary does not fit into the ${maxPolicyCharacters} characters of a managed policy. Name your AWS organization in rolebridge.yml, which replaces the list of accounts, or remove prefixes from formerParameterPrefixes under which nothing is left.`,
    );
  return first;
};

const rolesOf = (job: Job, { settings }: Deployment): readonly GoogleRole[] =>
  isAwsJob(job) ? [] : googleRoles(job, settings);

const isAwsJob = (job: Job): job is AwsJob => awsJobs.some((one) => one === job);

const chosenPart = (
  policies: readonly PolicyDocument[],
  part: string | undefined,
): readonly PolicyDocument[] => {
  if (part === undefined) return policies;
  const chosen = /^\d+$/.test(part) ? policies[Number(part) - 1] : undefined;
  if (chosen === undefined)
    throw new PermanentError(`--part must be a number from 1 to ${policies.length}, not "${part}".`);
  return [chosen];
};

/** On standard error, so that standard output can be redirected into a file. */
const notesOn = (
  job: Job,
  { deploy }: Settings,
  cloud: Cloud,
  policies: readonly PolicyDocument[],
  roles: readonly GoogleRole[],
): readonly string[] => [
  ...(policies.length > 1
    ? [
        `The permissions need ${policies.length} policies, because IAM allows ${maxPolicyCharacters} characters in each. Each line is one. --part 1 prints only the first.`,
      ]
    : []),
  ...(job === 'deployer' && deploy?.cloudFormationRole !== undefined
    ? [
        `CloudFormation works as ${deploy.cloudFormationRole}, which needs permissions of its own: rolebridge permissions --print cloudformation`,
      ]
    : []),
  ...(cloud === 'aws' && roles.length > 0
    ? [`This is the AWS side. For Google's side: rolebridge permissions --print ${job} --cloud google`]
    : []),
];

/** IAM ignores white space in a managed policy. Several documents stand on one line each. */
const policyText = (policies: readonly PolicyDocument[]): string =>
  policies.length === 1
    ? JSON.stringify(policies[0], null, 2)
    : policies.map((policy) => JSON.stringify(policy)).join('\n');
