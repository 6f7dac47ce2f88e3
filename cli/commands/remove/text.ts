import { stackRegion } from '../../../shared/core/stack.ts';
import { rolebridge } from '../../../shared/doctor/commands.ts';
import { colors } from '../../colors.ts';

export interface Removal {
  readonly stage: string;
  readonly accountId: string;
  readonly keepAccess: boolean;
  /** The ledger's; undefined if there is no function that names it. */
  readonly tableName?: string;
}

/** Everything that goes, and everything that stays. */
export const beforeLines = ({ keepAccess, tableName }: Removal): readonly string[] => [
  'This removes the functions, their queues, rules, alarms and dashboard, and their logs. Export the logs first if they are your audit trail.',
  `The ledger's table${tableName === undefined ? '' : ` ${tableName}`} stays, and everything on Google's side: pool, service account, custom roles.`,
  ...(keepAccess
    ? [
        colors.yellow(
          'Access is not checked (--keep-access): every binding and config stays and keeps working, and no function revokes it.',
        ),
      ]
    : []),
];

export const removedText = ({ stage, accountId, keepAccess, tableName }: Removal): string =>
  [
    colors.green(`Removed the stack rolebridge-${stage} of AWS account ${accountId}.`),
    ...(keepAccess ? [colors.yellow('Bindings and configs that existed stay, and keep working.')] : []),
    ...(tableName === undefined
      ? []
      : [
          "The ledger's table stays. To delete it:",
          `  aws dynamodb update-table --region ${stackRegion} --table-name ${tableName} --no-deletion-protection-enabled`,
          `  aws dynamodb delete-table --region ${stackRegion} --table-name ${tableName}`,
        ]),
    `To undo the setup on Google's side: ${rolebridge(stage, 'setup --undo')}`,
  ].join('\n');
