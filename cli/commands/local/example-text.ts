import { join } from 'node:path';
import { colors } from '../../colors.ts';
import type { Profile } from './profiles.ts';
import { profilesText } from './profiles-text.ts';

const reader = 'reader@acme-data.iam.gserviceaccount.com';

export interface ExamplePlaces {
  readonly folder: string;
  /** Home first; empty if it is the only account. */
  readonly accounts: readonly Profile[];
  /** Where the first of the other accounts publishes its configs. */
  readonly memberRegion: string;
}

/** How to use the world with the packaged stack and example roles. */
export const exampleText = ({ folder, accounts, memberRegion }: ExamplePlaces): string => {
  const [, member] = accounts;
  return `Both clouds run on this machine, with the packaged stack between them${member === undefined ? '' : ', and the template of "rolebridge member" in every other account'}. In another terminal:

  ${colors.bold(`. ${join(folder, 'environment')}`)}

and then, for example:

  rolebridge roles
  rolebridge doctor
  aws iam tag-role --role-name app-batch --tags Key=google-access,Value=${reader}
  rolebridge plan --role ${member === undefined ? '' : `${accounts[0]?.accountId ?? ''}/`}reports --untag google-access
  gcloud iam service-accounts get-iam-policy ${reader} --project acme-data
  rolebridge revoke --role ${member === undefined ? '' : `${accounts[0]?.accountId ?? ''}/`}reports
${
  member === undefined
    ? ''
    : `
${profilesText(accounts)} rolebridge itself runs with the profile home, and reads the other accounts through their viewer roles. A role of another account, from its tag to its end:

  aws --profile ${member.profile} iam tag-role --role-name app-batch --tags Key=google-access,Value=${reader}
  rolebridge wait --role ${member.accountId}/app-batch
  aws --profile ${member.profile} ssm get-parameter --region ${memberRegion} --name /google-access/app-batch/default
  rolebridge doctor --account ${member.accountId}
  aws --profile ${member.profile} iam untag-role --role-name app-batch --tag-keys google-access
  rolebridge roles --role ${member.accountId}/app-batch
`
}
To be a workload on an instance that runs as the role reports, in yet another terminal:

  ${colors.bold(`. ${join(folder, 'instance')}`)}
  rolebridge credentials config --endpoint "$AWS_EC2_METADATA_SERVICE_ENDPOINT" --output "$GOOGLE_APPLICATION_CREDENTIALS"

and then run the programs of docs/use: node.md and python.md show how.

Time runs ten times as fast: a second look comes after 12 s, a sweep every 6 minutes. Ctrl-C stops it and removes everything. To leave it in the other terminal: deactivate`;
};
