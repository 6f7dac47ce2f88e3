import type { LocalPolicy } from '../../local/google/policies.ts';
import { type GoogleWorld, startGoogle } from '../../local/google/world.ts';
import { type PolicyEdit, untilCondition } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { email, reader, roleRef, settings, writer } from '../support/settings.ts';

/**
 * `isAbsent`: there is nothing to remove. gcloud reports that and fails, rolebridge has nothing to do. Neither
 * changes anything.
 */
export type Step =
  | {
      readonly kind: 'edit';
      readonly title: string;
      readonly account: string;
      readonly edit: PolicyEdit;
      readonly isAbsent?: boolean;
    }
  | { readonly kind: 'read'; readonly title: string; readonly account: string }
  | { readonly kind: 'list'; readonly title: string };

const until2030 = untilCondition('2030-01-01T00:00:00Z');
const until2031 = untilCondition('2031-01-01T00:00:00Z');
const tokenCreator = 'roles/iam.serviceAccountTokenCreator';

/** Other people's rows: deleted principals, conditions of their own, and not in our order. */
const foreign: LocalPolicy = {
  auditConfigs: [{ service: 'iam.googleapis.com', auditLogConfigs: [{ logType: 'DATA_READ' }] }],
  bindings: [
    { role: tokenCreator, members: ['user:z@acme.com', 'deleted:user:x@acme.com?uid=1', 'user:a@acme.com'] },
    {
      role: workloadIdentityUser,
      members: ['serviceAccount:ci@acme-data.iam.gserviceaccount.com'],
      condition: { ...until2030, title: 'theirs', description: 'Until the move is done.' },
    },
    { role: workloadIdentityUser, members: ['serviceAccount:ci@acme-data.iam.gserviceaccount.com'] },
  ],
};

/** More than one page, regardless of the page size. */
const crowd = Array.from({ length: 230 }, (_, index) => email(`crowd-${index}`));

/** A stand-in in the state in which every scenario starts. */
export const startScenario = async (awsUrl: string): Promise<GoogleWorld> => {
  const { projectNumber, pool, serviceAccount } = settings.google;
  const google = await startGoogle({ awsUrl, projectNumber, projectId: 'acme-identity' });
  google.addProvider(pool, `aws-${settings.accounts[0]?.id ?? ''}`, settings.accounts[0]?.id ?? '');
  for (const account of [reader, writer, ...crowd]) {
    google.addServiceAccount(account, 'acme-data');
    google.optIn(account, serviceAccount);
  }
  google.policy(writer).replace(foreign);
  return google;
};

const member = (roleName: string): string => memberOf(settings, roleRef(roleName));
const step = (
  title: string,
  account: string,
  kind: PolicyEdit['kind'],
  row: Partial<Omit<PolicyEdit, 'kind'>>,
  isAbsent = false,
): Step => ({
  kind: 'edit',
  title,
  account,
  edit: { kind, role: workloadIdentityUser, member: member('reports'), ...row },
  isAbsent,
});
const read = (title: string, account: string): Step => ({ kind: 'read', title, account });

export const scenario: readonly Step[] = [
  read('a policy that was never set', reader),
  step('a first member', reader, 'add', {}),
  step('the same member again', reader, 'add', {}),
  step('a second member', reader, 'add', { member: member('app-web') }),
  step('a name with every character that IAM allows', reader, 'add', { member: member('app+=,.@-_') }),
  step('a name that differs only in case', reader, 'add', { member: member('Reports') }),
  step('a twin that expires', reader, 'add', { condition: until2030 }),
  step('a second member that expires with it', reader, 'add', {
    member: member('app-web'),
    condition: until2030,
  }),
  step('one that expires later', reader, 'add', { condition: until2031 }),
  step('another role', reader, 'add', { role: tokenCreator, member: 'user:a@acme.com' }),
  read('a policy with conditions', reader),
  step('only the twin without a condition is removed', reader, 'remove', {}),
  step('it is not there any more', reader, 'remove', {}, true),
  step(
    'a condition that differs in its title',
    reader,
    'remove',
    {
      condition: { ...until2030, title: 'other' },
    },
    true,
  ),
  step('one of two members that expire', reader, 'remove', { condition: until2030 }),
  step('the last member of its binding', reader, 'remove', { condition: until2031 }),
  step('a name in another case', reader, 'remove', { member: member('REPORTS') }, true),
  step('a member without a condition', reader, 'remove', { member: member('app-web') }),
  read('what is left', reader),
  read('other people’s rows', writer),
  step('beside other people’s rows', writer, 'add', {}),
  step('with a condition, beside other people’s', writer, 'add', { condition: until2030 }),
  step('a new date, first half', writer, 'remove', { condition: until2030 }),
  step('a new date, second half', writer, 'add', { condition: until2031 }),
  step('away again', writer, 'remove', { condition: until2031 }),
  step('the last of ours', writer, 'remove', {}),
  read('other people’s rows, untouched', writer),
  { kind: 'list', title: 'the service accounts of a project, over three pages' },
];
