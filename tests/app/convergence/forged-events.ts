import type { RoleRef } from '../../../shared/core/model.ts';
import { settings as base } from '../../support/settings.ts';

/** Records that the administrator of a member account makes up. */
export interface Forgery {
  /** EventBridge stamps it on the envelope. */
  readonly from: string;
  readonly about: RoleRef;
  readonly eventName: 'TagRole' | 'UntagRole' | 'CreateRole' | 'DeleteRole';
  readonly how: 'names another account' | 'has another source';
}

/**
 * Every key that the histories use: if this record counted, it would permit the removal of all of the role's access.
 */
const keys = [base.tagKey, `${base.tagKey}/night`];

export const forgedBody = ({ from, about, eventName, how }: Forgery): string => {
  const isOther = how === 'names another account';
  const named =
    eventName === 'UntagRole'
      ? { tagKeys: keys }
      : { tags: keys.map((key) => ({ key, value: 'reader@acme-data.iam.gserviceaccount.com' })) };
  const detail = {
    eventSource: 'iam.amazonaws.com',
    eventName,
    eventID: `forged-by-${from}`,
    eventTime: '2026-11-24T12:00:00Z',
    recipientAccountId: isOther ? about.accountId : from,
    requestParameters: { roleName: about.roleName, ...named },
    userIdentity: { arn: `arn:aws:iam::${about.accountId}:user/forged` },
  };
  return JSON.stringify({
    source: isOther ? 'aws.iam' : 'acme.iam',
    account: from,
    region: 'us-east-1',
    detail,
  });
};
