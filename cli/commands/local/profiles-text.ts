import type { Profile } from './profiles.ts';

const mostNamed = 5;

/** One sentence that names the AWS profiles, or the first of them. */
export const profilesText = ([home, ...members]: readonly Profile[]): string => {
  const names = members.map(({ profile }) => profile);
  const others =
    names.length <= mostNamed
      ? names.join(', ')
      : `${names.slice(0, mostNamed).join(', ')} and ${names.length - mostNamed} more (grep '^\\[' "$AWS_SHARED_CREDENTIALS_FILE")`;
  return `AWS profiles: home (account ${home?.accountId ?? ''}, which you use without --profile), and one for each other account: ${others}.`;
};
