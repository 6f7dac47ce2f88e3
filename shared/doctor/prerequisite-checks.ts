import { toFailure } from '../core/errors.ts';
import { allRegions, homeOf } from '../core/settings.ts';
import { stackRegion } from '../core/stack.ts';
import { counted } from '../counted.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

/** rolebridge.yml and the AWS credentials, on which most other checks depend. */
export const prerequisiteChecks = (context: Context): readonly Check[] => [
  {
    id: 'config',
    group: 'rolebridge.yml',
    title: 'Settings',
    permission: 'to read the file',
    needs: [],
    causedBy: [],
    run: () => checkConfig(context),
  },
  {
    id: 'aws-credentials',
    group: 'AWS',
    title: 'AWS credentials',
    permission: 'nothing',
    needs: [],
    causedBy: [],
    run: () => checkCredentials(context),
  },
  {
    id: 'aws-account',
    group: 'AWS',
    title: 'AWS account',
    permission: 'nothing',
    needs: ['aws-credentials'],
    causedBy: [],
    run: async () => {
      const { accountId } = await context.identity();
      const settings = await context.settingsIfAny();
      return checkAccount(accountId, settings === undefined ? undefined : homeOf(settings));
    },
  },
];

const checkConfig = async (context: Pick<Context, 'settings'>): Promise<Finding> => {
  try {
    const settings = await context.settings();
    const { mode, accounts, allow } = settings;
    const counts = [
      counted(accounts.length, 'account'),
      counted(allRegions(settings).length, 'region'),
      counted(allow.length, 'rule'),
    ].join(', ');
    if (mode === 'dry-run')
      return warning(
        `The mode is dry-run: rolebridge writes nothing (${counts}).`,
        'When you have seen enough, set mode: sync and deploy.',
      );
    return ok(
      `It is valid: ${counts}.`,
      mode === 'upsert-only' ? 'The mode is upsert-only: rolebridge revokes nothing.' : undefined,
    );
  } catch (thrown) {
    return failed(
      toFailure(thrown).message,
      'Correct the file; rolebridge.example.yml explains every setting.',
    );
  }
};

const checkCredentials = async ({ identity }: Pick<Context, 'identity'>): Promise<Finding> => {
  try {
    const { arn } = await identity();
    return ok(`Signed in as ${arn}. The stack is expected in ${stackRegion}.`);
  } catch (thrown) {
    return failed(
      `Cannot sign in to AWS: ${toFailure(thrown).message}`,
      'Sign in (aws sso login), or set AWS_PROFILE. To see who you are: aws sts get-caller-identity',
    );
  }
};

/** `configuredId` is that of rolebridge.yml, if the file can be read. */
export const checkAccount = (actualId: string, configuredId: string | undefined): Finding => {
  if (configuredId === undefined)
    return ok(`Account ${actualId}, not compared with rolebridge.yml, which cannot be read.`);
  return configuredId === actualId
    ? ok(`Account ${actualId}, as in rolebridge.yml.`)
    : failed(
        `You are signed in to account ${actualId}, but rolebridge.yml configures ${configuredId}.`,
        `Use credentials of account ${configuredId} (AWS_PROFILE), or correct accounts in rolebridge.yml.`,
      );
};
