import { isAllowed } from '../../local/testing/is-allowed.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { memberRole } from '../../shared/core/stack.ts';
import { type PersonalJob, personalStatements } from '../../shared/permissions/person.ts';
import { policyDocument } from '../../shared/permissions/policy.ts';
import { accountId as home } from '../support/settings.ts';
import { deployment } from './deployment.ts';

const [member, stranger] = ['444455556666', '999999999999'] as const;
const jobs = ['plan', 'operator', 'doctor'] as const satisfies readonly PersonalJob[];

const withAccounts = (count: number, organization?: string): Settings => ({
  ...deployment.settings,
  home,
  ...(organization === undefined ? {} : { organization }),
  accounts: [
    home,
    member,
    ...Array.from({ length: count - 2 }, (_, index) => String(500_000_000_000 + index)),
  ].map((id) => ({ id, provider: `aws-${id}` })),
});

const statementsOf = (job: PersonalJob, settings: Settings) =>
  personalStatements(job, { ...deployment, settings });

const mayAssume = (
  job: PersonalJob,
  settings: Settings,
  {
    accountId,
    kind,
    organization = 'o-ours',
  }: {
    readonly accountId: string;
    readonly kind: 'viewer' | 'member';
    readonly organization?: string;
  },
): Promise<boolean> =>
  isAllowed({
    // In the same account, so that only the person's own policy decides; the trust policy is evaluated with the member template.
    principal: `arn:aws:iam::${accountId}:role/Operator`,
    action: 'sts:AssumeRole',
    resource: memberRole('prod', settings, accountId, kind).arn,
    resourceAccountId: accountId,
    context: { 'aws:ResourceAccount': accountId, 'aws:ResourceOrgID': organization },
    identityPolicies: [policyDocument(statementsOf(job, settings))],
  });

describe.each(jobs)('permissions --print %s', (job) => {
  it('names no viewer role with one account', () => {
    const statements = statementsOf(job, deployment.settings);
    expect(JSON.stringify(statements)).not.toMatch(/sts:|event-bus|member-events/);
  });

  it('lets a person assume the viewer roles of the listed accounts, and nothing else', async () => {
    const settings = withAccounts(3);
    expect(await mayAssume(job, settings, { accountId: member, kind: 'viewer' })).toBe(true);
    expect(await mayAssume(job, settings, { accountId: member, kind: 'member' })).toBe(false);
    expect(await mayAssume(job, settings, { accountId: stranger, kind: 'viewer' })).toBe(false);
  });

  it('names the organization instead of a thousand accounts', async () => {
    const settings = withAccounts(1000, 'o-ours');
    expect(JSON.stringify(statementsOf(job, settings)).length).toBeLessThan(6144);
    expect(await mayAssume(job, settings, { accountId: member, kind: 'viewer' })).toBe(true);
    expect(
      await mayAssume(job, settings, { accountId: stranger, kind: 'viewer', organization: 'o-other' }),
    ).toBe(false);
  });

  it('fits into a managed policy with the most accounts that are listed', () => {
    expect(JSON.stringify(statementsOf(job, withAccounts(100))).length).toBeLessThan(6144);
  });
});
