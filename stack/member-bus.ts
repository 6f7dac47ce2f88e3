import { roleEventPattern } from '../shared/core/role-event-pattern.ts';
import type { Settings } from '../shared/core/settings.ts';
import { stackNames } from '../shared/core/stack.ts';
import { otherIds } from './other-accounts.ts';

/**
 * The bus to which other accounts forward their role events, with its only rule; nothing if there are no others. The default bus does
 * not serve, because rules of other teams would match these events. Nor may others send to the queue: EventBridge stamps the sender's
 * account on what comes over a bus, and refuses the source aws.iam from PutEvents, while a message could say anything.
 */
export const memberBus = (settings: Settings): object => {
  if (settings.accounts.length === 1) return {};
  const names = stackNames('${sls:stage}');
  return {
    Resources: {
      MemberBus: { Type: 'AWS::Events::EventBus', Properties: { Name: names.memberBus } },
      MemberBusPolicy: busPolicy(settings),
      MemberEventsRule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          Name: names.memberEventsRule,
          Description: 'IAM writes of other accounts that can change which roles ask for Google access',
          EventBusName: { Ref: 'MemberBus' },
          EventPattern: roleEventPattern(settings.tagKey),
          Targets: [
            {
              Id: 'reconcile-queue',
              Arn: { 'Fn::GetAtt': ['ReconcileQueue', 'Arn'] },
              DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['ReconcileDeadLetterQueue', 'Arn'] } },
            },
          ],
        },
      },
      ReconcileQueuePolicy: alsoFromMemberRule,
      ReconcileDeadLetterQueuePolicy: alsoFromMemberRule,
    },
  };
};

/**
 * Admits every account of the organization, or those that rolebridge.yml lists (at most 100, so that the policy stays below 10 KB).
 * It names no role: PutTargets checks this policy, too, and AWS does not document as which principal.
 */
const busPolicy = (settings: Settings) => {
  const { organization } = settings;
  return {
    Type: 'AWS::Events::EventBusPolicy',
    Properties: {
      EventBusName: { Ref: 'MemberBus' },
      StatementId: 'OtherAccounts',
      Statement: {
        Effect: 'Allow',
        Principal:
          organization === undefined
            ? { AWS: otherIds(settings).map((id) => `arn:aws:iam::${id}:root`) }
            : '*',
        Action: 'events:PutEvents',
        Resource: { 'Fn::GetAtt': ['MemberBus', 'Arn'] },
        ...(organization === undefined
          ? {}
          : { Condition: { StringEquals: { 'aws:PrincipalOrgID': organization } } }),
      },
    },
  };
};

/** `serverless` merges lists by position: this is the third rule, behind those of serverless.yml. */
const alsoFromMemberRule = {
  Properties: {
    PolicyDocument: {
      Statement: [
        {
          Condition: {
            ArnEquals: { 'aws:SourceArn': [{}, {}, { 'Fn::GetAtt': ['MemberEventsRule', 'Arn'] }] },
          },
        },
      ],
    },
  },
};
