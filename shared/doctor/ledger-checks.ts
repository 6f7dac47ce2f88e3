import type { HeldNow } from '../core/held-now.ts';
import { ourBindings } from '../core/iam-policy.ts';
import { leftAccounts } from '../core/left-accounts.ts';
import { serviceAccountResource } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import { stackRegion } from '../core/stack.ts';
import type { Check } from './check.ts';
import { deploy, rolebridge } from './commands.ts';
import type { Context } from './context.ts';
import { type Finding, failed, listed, ok, okUnless, type Problem, unknown, warning } from './finding.ts';
import { googleCheck } from './google-check.ts';
import type { GoogleView, LedgerState } from './ports.ts';
import { needsAws, stackCheck } from './stack-check.ts';

/** The table itself, and whether it still knows the members of the pool. */
export const ledgerChecks = (context: Context): readonly Check[] => {
  const { aws, names, stage } = context;
  const readLedger = () => aws.ledger(names.sweepFunction);
  return [
    stackCheck(
      'ledger',
      'Ledger',
      'lambda:GetFunctionConfiguration, dynamodb:DescribeTable, dynamodb:DescribeContinuousBackups, dynamodb:Scan',
      async () => checkLedger(stage, await readLedger(), await context.settingsIfAny()),
    ),
    googleCheck(context)(
      'ledger-members',
      'Ledger and pool',
      'iam.serviceAccounts.list, iam.serviceAccounts.getIamPolicy',
      async ({ settings, google }) => {
        const ledger = await readLedger();
        if (ledger.kind === 'absent') return unknown('There is no table.');
        const boundOn = ledger.isEmpty ? await findBoundAccount(settings, google) : undefined;
        return checkLedgerMembers(stage, ledger, boundOn);
      },
      { needs: [...needsAws, 'ledger'] },
    ),
  ];
};

/** After `revoke --all`, rules are disabled and roles have no access: the failure follows from that. */
export const orRevoked = async (
  { aws, names, stage }: Pick<Context, 'aws' | 'names' | 'stage'>,
  finding: Finding,
): Promise<Finding> => {
  if (finding.status !== 'failed') return finding;
  const ledger = await aws.ledger(names.sweepFunction).catch(() => undefined);
  if (ledger?.kind !== 'there' || ledger.revokeAll === undefined) return finding;
  return {
    status: 'unknown',
    message: `${finding.message}\nThis follows from "Ledger": everything is revoked.`,
    fix: `To grant again: ${rolebridge(stage, 'resume')}`,
    because: 'ledger',
  };
};

/** The table must exist, be protected and be readable; held or revoked access is a warning, and so is an account that left the file. */
export const checkLedger = (stage: string, state: LedgerState, settings?: Settings): Finding => {
  if (state.kind === 'absent')
    return state.name === ''
      ? failed('The sweep function names no table for the ledger.', `Create it: ${deploy(stage)}`)
      : failed(
          `There is no table ${state.name}, so nothing can be bound.`,
          `Restore it under the same name: ${tableGone}`,
        );
  const problems = problemsOf(state);
  if (problems.length > 0) return okUnless(problems, '');
  const notes = notesOf(stage, state, settings);
  return notes.length > 0
    ? warning(notes.map(({ message }) => message).join('\n'), notes.map(({ fix }) => fix).join('\n'))
    : ok(
        `Table ${state.name} is protected from deletion, and can be restored to any second of the last 35 days.`,
      );
};

type ExistingLedger = Extract<LedgerState, { readonly kind: 'there' }>;

const problemsOf = ({
  name,
  isProtected,
  isRecoverable,
  unreadable = [],
}: ExistingLedger): readonly Problem[] => [
  ...(isProtected
    ? []
    : [
        {
          message: `Table ${name} is not protected from deletion.`,
          fix: `Protect it: aws dynamodb update-table --table-name ${name} --deletion-protection-enabled --region ${stackRegion}`,
        },
      ]),
  ...(isRecoverable
    ? []
    : [
        {
          message: `Table ${name} cannot be restored: point-in-time recovery is off.`,
          fix: `Turn it on: aws dynamodb update-continuous-backups --table-name ${name} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true --region ${stackRegion}`,
        },
      ]),
  ...(unreadable.length === 0
    ? []
    : [
        {
          message: `Table ${name} has items that this version cannot read: ${listed(unreadable)}.`,
          fix: `If no newer version wrote them, delete them: ${ledgerLost}`,
        },
      ]),
];

/** The decisions of people that stand or are due. After `revoke --all`, held revocations no longer matter. */
const notesOf = (
  stage: string,
  { revokeAll, held = [], accounts = [] }: ExistingLedger,
  settings: Settings | undefined,
): readonly Problem[] => {
  const notes: Problem[] = [];
  if (revokeAll !== undefined) notes.push(revokedNote(stage, revokeAll));
  else if (held.length > 0) notes.push(holds(stage, held));
  const left = settings === undefined ? [] : leftAccounts(settings, accounts);
  if (left.length > 0) notes.push(leftNote(stage, left));
  return notes;
};

const revokedNote = (
  stage: string,
  { at, answeredBy }: NonNullable<ExistingLedger['revokeAll']>,
): Problem => ({
  message: `${answeredBy} revoked everything at ${at}: rolebridge grants nothing.`,
  fix: `To grant again: ${rolebridge(stage, 'resume')}`,
});

const holds = (stage: string, held: readonly HeldNow[]): Problem => ({
  message: held
    .map(
      ({ accountId, count, limit, at }) =>
        `The sweep of ${at} held ${count} revocations in AWS account ${accountId}; sweep.maxRevocations is ${limit}.`,
    )
    .join('\n'),
  fix: `To see them: ${rolebridge(stage, 'plan')}. What to do: docs/operations.md, "Held revocations"`,
});

/** The sweep removes their bindings. Their parameters are out of our reach. */
const leftNote = (stage: string, left: readonly string[]): Problem => ({
  message: `The table still names AWS accounts that left rolebridge.yml: ${listed(left)}. Their parameters can no longer be read.`,
  fix: `Once nothing is left there: ${rolebridge(stage, 'forget --account ID')}`,
});

/** `boundOn` is a service account on which our pool has a member, if one was found. */
export const checkLedgerMembers = (
  stage: string,
  { isEmpty, name, emptiedAt }: ExistingLedger,
  boundOn: string | undefined,
): Finding => {
  if (emptiedAt !== undefined)
    return failed(
      `The sweep of ${emptiedAt} found that someone had emptied table ${name}, and no one has accepted that yet.`,
      acceptFix(stage),
    );
  if (!isEmpty) return ok(`Table ${name} is in use.`);
  return boundOn === undefined
    ? ok(`Table ${name} is empty, and our pool has no member.`)
    : failed(
        `Table ${name} is empty although our pool has members (on ${boundOn}): someone emptied it.`,
        acceptFix(stage),
      );
};

const ledgerLost = 'docs/operations.md, "The ledger is lost"';
const tableGone = 'docs/operations.md, "The ledger\'s table is gone"';

const acceptFix = (stage: string): string =>
  'Name the earlier projects, regions, prefixes and pools in rolebridge.yml again for one sweep ' +
  `(${rolebridge(stage, 'sweep')}), then ${rolebridge(stage, 'sweep --accept-table')}: ${ledgerLost}`;

/** A service account on which our pool has a member; only read if the table is empty. */
const findBoundAccount = async (settings: Settings, google: GoogleView): Promise<string | undefined> => {
  const emails: string[] = [];
  for (const project of settings.google.projects) emails.push(...(await google.serviceAccounts(project)));
  const targets = emails.filter((email) => email !== settings.google.serviceAccount);
  for (const email of targets) {
    const policy = await google.accountPolicy(email);
    if (policy !== undefined && ourBindings(settings, serviceAccountResource(email), policy).length > 0)
      return email;
  }
  return undefined;
};
