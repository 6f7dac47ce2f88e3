import { ourBindings } from '../core/iam-policy.ts';
import type { Settings } from '../core/settings.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';
import { unknown } from './finding.ts';
import { checkMaker } from './google-check.ts';
import { checkLedger, checkLedgerMembers } from './ledger.ts';
import type { GoogleView } from './ports.ts';
import { needsAws } from './stack-check.ts';

/** Policies that are read for it; only if the table is empty. */
const mostAccounts = 200;

/** A service account that a member of our pool is bound on. */
const someBinding = async (settings: Settings, google: GoogleView): Promise<string | undefined> => {
  const emails: string[] = [];
  for (const project of settings.google.projects) emails.push(...(await google.serviceAccounts(project)));
  for (const email of emails.filter((one) => one !== settings.google.serviceAccount).slice(0, mostAccounts)) {
    const policy = await google.accountPolicy(email);
    if (policy !== undefined && ourBindings(settings, policy).length > 0) return email;
  }
  return undefined;
};

export const ledgerChecks = (context: Context): readonly Check[] => {
  const { aws, names, stage } = context;
  const state = () => aws.ledger(names.sweepFunction);
  return [
    {
      id: 'ledger',
      group: 'Stack',
      title: 'Ledger',
      permission:
        'lambda:GetFunctionConfiguration, dynamodb:DescribeTable, dynamodb:DescribeContinuousBackups, dynamodb:Scan',
      needs: needsAws,
      causedBy: ['functions'],
      run: async () => checkLedger(stage, await state()),
    },
    checkMaker(context)(
      'ledger-members',
      'Ledger and pool',
      'iam.serviceAccounts.list, iam.serviceAccounts.getIamPolicy',
      async ({ settings, google }) => {
        const ledger = await state();
        if (ledger.kind === 'absent') return unknown('There is no table.');
        const boundOn = ledger.isEmpty ? await someBinding(settings, google) : undefined;
        return checkLedgerMembers(stage, ledger, boundOn);
      },
      { needs: [...needsAws, 'ledger'] },
    ),
  ];
};
