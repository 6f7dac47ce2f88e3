import type { Settings } from '../core/settings.ts';
import { usualStage } from '../core/stack.ts';

/** Commands as a person types them: without `--stage` for the default stage. */

export const stageFlag = (stage: string): string => (stage === usualStage ? '' : ` --stage ${stage}`);

/** `rolebridge sweep --stage test` */
export const rolebridge = (stage: string, command: string): string =>
  `rolebridge ${command}${stageFlag(stage)}`;

export const deploy = (stage: string): string =>
  `npm run deploy${stage === usualStage ? '' : ` --${stageFlag(stage)}`}`;

/** Prints what every other AWS account needs. */
export const memberTemplate = (stage: string): string => rolebridge(stage, 'member --print cloudformation');

/** CloudFormation does not notice that a role of its stack was deleted: an update would change nothing. */
export const restoreMember = (stage: string): string =>
  `Deploy the member template there: ${memberTemplate(stage)}\nIf its stack exists there, delete the stack first: an update does not restore what someone deleted.`;

/** A text as one word of a shell's command. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** A command on the pool. */
export const poolCommand = ({ google }: Settings, verb: string, flags = ''): string =>
  `gcloud iam workload-identity-pools ${verb} ${google.pool} --project ${google.project} --location global${flags}`;

/** A command on a provider of the pool. */
export const providerCommand = ({ google }: Settings, verb: string, provider: string, flags = ''): string =>
  `gcloud iam workload-identity-pools providers ${verb} ${provider} --project ${google.project} --location global --workload-identity-pool ${google.pool}${flags}`;
