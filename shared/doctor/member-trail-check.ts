import { checkAccounts, type MemberAccount, summarizeAccounts } from './account-findings.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';
import type { Finding } from './finding.ts';
import { memberCheck } from './member-check.ts';
import { checkTrails, deliveryIn } from './trail-check.ts';

/** Without a trail in the account itself, its EventBridge receives no role changes. The organization's trail counts. */
export const memberTrailCheck = (context: Context): Check =>
  memberCheck(
    'member-trail',
    'Trails',
    'cloudtrail:DescribeTrails, cloudtrail:GetTrailStatus, cloudtrail:GetEventSelectors',
    async () =>
      summarizeAccounts(
        context.stage,
        await checkAccounts(context, (account) => readTrails(context, account)),
        'a trail logs management writes.',
      ),
  );

const readTrails = async (context: Context, { accountId, view }: MemberAccount): Promise<Finding> =>
  checkTrails(await view.trails(), await deliveryIn(context, accountId));
