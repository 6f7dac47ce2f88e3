/**
 * EventBridge's pattern for the IAM writes that can change which roles request access. The home account's rules use it, and the
 * rule of every other account.
 */
export const roleEventPattern = (tagKey: string) => ({
  source: ['aws.iam'],
  'detail-type': ['AWS API Call via CloudTrail'],
  detail: {
    eventSource: ['iam.amazonaws.com'],
    // CloudTrail also records failed calls, which changed nothing.
    errorCode: [{ exists: false }],
    $or: [
      {
        eventName: ['TagRole', 'CreateRole'],
        // Any casing: a tag in the wrong casing is refused with a reason, not ignored.
        requestParameters: { tags: { key: [{ prefix: { 'equals-ignore-case': tagKey } }] } },
      },
      {
        eventName: ['UntagRole'],
        requestParameters: { tagKeys: [{ prefix: { 'equals-ignore-case': tagKey } }] },
      },
      { eventName: ['DeleteRole'] },
    ],
  },
});
