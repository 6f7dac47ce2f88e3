import { colors } from '../../colors.ts';
import { profilesText } from './profiles-text.ts';
import type { Written } from './run-until-end.ts';

export interface EmptyPlaces extends Written {
  readonly accountId: string;
  /** The project for the pool. */
  readonly project: string;
  /** The project with the service accounts. */
  readonly target: string;
  readonly googleUrl: string;
}

/** How to install rolebridge in the empty world. */
export const emptyText = (places: EmptyPlaces): string => {
  const { environmentFile, accountId, project, target, googleUrl, accounts = [] } = places;
  const reader = `reader@${target}.iam.gserviceaccount.com`;
  const [, member] = accounts;
  return `Both clouds run on this machine, without rolebridge. In another terminal, in a folder of your own in which the package is installed
(docs/deploy.md, "Adopt it in your own repository"):

  ${colors.bold(`. ${environmentFile}`)}

You are an administrator of the AWS account ${accountId} (roles reports and app-batch) and of the Google projects ${project}, for the pool,
and ${target} (${reader}). Go through the first hour (docs/first-hour.md):

  npx rolebridge init
  npx rolebridge setup --opt-in ${reader}
  npx rolebridge deploy
  aws iam tag-role --role-name reports --tags Key=google-access,Value=${reader}
  npx rolebridge wait --role reports
  npx rolebridge doctor
${
  member === undefined
    ? ''
    : `
${profilesText(accounts)} Each has the same two roles. Then add the other accounts (from a checkout, with all accounts in one go: docs/organization.md, "Try it on
your machine"):

  npx rolebridge accounts --write
  npx rolebridge setup --only-providers
  npx rolebridge deploy
  npx rolebridge member --print cloudformation > member.yml
  aws --profile ${member.profile} cloudformation deploy --region us-east-1 --stack-name rolebridge-prod-member --template-file member.yml \\
    --capabilities CAPABILITY_NAMED_IAM --parameter-overrides OperatorArns=arn:aws:iam::${accountId}:role/Administrator
  npx rolebridge doctor --account ${member.accountId}
  aws --profile ${member.profile} iam tag-role --role-name reports --tags Key=google-access,Value=${reader}
  npx rolebridge wait --role ${member.accountId}/reports
`
}
To exchange tokens here, rolebridge.yml also needs, under google:

  endpoints: { sts: "${googleUrl}", iamcredentials: "${googleUrl}" }

Time runs ten times as fast. Ctrl-C stops it and removes everything. To leave it in the other terminal: deactivate`;
};
