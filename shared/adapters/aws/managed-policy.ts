import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  type IAMClient,
  NoSuchEntityException,
} from '@aws-sdk/client-iam';
import { PermanentError } from '../../core/errors.ts';
import { parseJson } from '../../core/json.ts';
import { isAwsException, tried } from './failure.ts';
import { policyText } from './policy-document.ts';

/**
 * The document of a managed policy: of the version in effect.
 * @throws PermanentError if there is no such policy, and Failure if it cannot be read
 */
export const managedPolicy = (
  iam: IAMClient,
  PolicyArn: string,
  abortSignal: AbortSignal,
): Promise<unknown> =>
  tried(`reading the policy ${PolicyArn} (iam:GetPolicy, iam:GetPolicyVersion)`, async () => {
    try {
      const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }), { abortSignal });
      const VersionId = Policy?.DefaultVersionId;
      const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }), {
        abortSignal,
      });
      return parseJson(policyText(PolicyVersion?.Document, PolicyArn));
    } catch (thrown) {
      if (!isAwsException(thrown, NoSuchEntityException)) throw thrown;
      throw new PermanentError(
        `There is no policy ${PolicyArn}. Create it first ("rolebridge permissions --print boundary" prints one), or correct deploy.permissionsBoundary.`,
        { cause: thrown },
      );
    }
  });
