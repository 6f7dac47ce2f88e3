import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AwsAccount } from '../../../local/aws/world.ts';

type ProfileAccount = Pick<AwsAccount, 'accountId' | 'admin'>;

export interface Profile {
  readonly accountId: string;
  readonly profile: string;
}

/** The administrator's profile of each account: `home`, and the ids of the others. */
export const profilesOf = (
  home: Pick<ProfileAccount, 'accountId'>,
  members: readonly Pick<ProfileAccount, 'accountId'>[],
): readonly Profile[] => [
  { accountId: home.accountId, profile: homeProfile },
  ...members.map(({ accountId }) => ({ accountId, profile: accountId })),
];

/**
 * Writes a profile for each account, and returns the variables that lead to them. There are no keys among these: they would
 * silently override AWS_PROFILE.
 */
export const writeProfiles = (folder: string, home: ProfileAccount, members: readonly ProfileAccount[]) => {
  const credentials = join(folder, 'aws-credentials');
  const config = join(folder, 'aws-config');
  const profiles = profilesOf(home, members);
  const sections = [home, ...members].map(({ admin }, index) =>
    [
      `[${profiles[index]?.profile ?? ''}]`,
      `aws_access_key_id = ${admin.accessKeyId}`,
      `aws_secret_access_key = ${admin.secretAccessKey}`,
      `aws_session_token = ${admin.sessionToken}`,
      '',
    ].join('\n'),
  );
  writeFileSync(credentials, sections.join('\n'), { mode: 0o600 });
  // The person's own profiles must not mix with these.
  writeFileSync(config, '');
  return {
    AWS_SHARED_CREDENTIALS_FILE: credentials,
    AWS_CONFIG_FILE: config,
    AWS_PROFILE: homeProfile,
  };
};

const homeProfile = 'home';

/** They would override the profile. */
export const keyVariables = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const;
