import { parameterPath } from '../../../shared/core/grant-parameters.ts';
import type { RoleRef } from '../../../shared/core/model.ts';

/** An IAM policy, in AWS's own spelling. */
export interface IamPolicy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly {
    readonly Sid: string;
    readonly Effect: 'Allow';
    readonly Action: string;
    readonly Resource: string;
  }[];
}

/**
 * The least that boot/fetch needs: one listing, which IAM authorizes by the requested path. It needs neither the paths below
 * that one, which no listing names, nor GetParameter. The policy covers every region, because an instance may run in any. An
 * encoded role name contains no wildcard.
 */
export const ownParametersPolicy = (prefix: string, ref: RoleRef): IamPolicy => ({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'FetchOwnGoogleAccess',
      Effect: 'Allow',
      Action: 'ssm:GetParametersByPath',
      Resource: `arn:${ref.partition}:ssm:*:${ref.accountId}:parameter${parameterPath(prefix, ref)}`,
    },
  ],
});
