import { askGoogle } from '../../shared/report/ask-google.ts';
import { hostileTexts } from '../support/report-example.ts';
import { writer } from '../support/settings.ts';

const command = (project: string, account: string): string =>
  `gcloud asset analyze-iam-policy --organization ORGANIZATION_ID --full-resource-name //iam.googleapis.com/projects/${project}/serviceAccounts/${account} --permissions iam.serviceAccounts.getAccessToken`;

it('the command for Google names the selected service account, and its project if the e-mail has it', () => {
  expect(askGoogle(writer.toUpperCase())).toBe(command('acme-data', writer));
  const custom = 'service-1@gcp-sa-x.gserviceaccount.com';
  expect(askGoogle(custom)).toBe(command('PROJECT_ID', custom));
});

it('the command for Google has placeholders for anything else: no text of a link is in a command', () => {
  for (const to of [undefined, 'buckets/acme-in', `${writer};ls`, `$(ls)${writer}`, ...hostileTexts])
    expect(askGoogle(to)).toBe(command('PROJECT_ID', 'SERVICE_ACCOUNT_EMAIL'));
});
