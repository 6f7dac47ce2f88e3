import { AwsError, type Input, text } from './call.ts';
import type { IamAction, IamState } from './iam-common.ts';
import { checkDocument } from './role-policies.ts';

/** The account's own managed policies, each with its first version only. AWS's own ones have no documents here. */
export const managedPolicyActions = (
  policies: Map<string, ManagedPolicy>,
  accountId: string,
  { clock, ids }: Pick<IamState, 'clock' | 'ids'>,
): Readonly<Record<string, IamAction>> => {
  const find = (input: Input): ManagedPolicy => {
    const arn = text(input, 'PolicyArn');
    const found = policies.get(arn);
    if (found === undefined) throw new AwsError('NoSuchEntity', `Policy ${arn} was not found.`, 404);
    return found;
  };
  return {
    CreatePolicy: (input) => {
      const name = text(input, 'PolicyName');
      const path = text(input, 'Path') || '/';
      const document = text(input, 'PolicyDocument');
      checkDocument(document);
      const arn = `arn:aws:iam::${accountId}:policy${path}${name}`;
      if (policies.has(arn))
        throw new AwsError('EntityAlreadyExists', `A policy called ${name} already exists.`, 409);
      const policy = { name, path, arn, document, id: ids.unique('ANPA'), createDate: clock.now() };
      policies.set(arn, policy);
      return { Policy: shapeOf(policy) };
    },
    /** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html */
    GetPolicy: (input) => ({ Policy: shapeOf(find(input)) }),
    /** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html */
    GetPolicyVersion: (input) => {
      const { arn, document, createDate } = find(input);
      const VersionId = text(input, 'VersionId');
      if (VersionId !== onlyVersion)
        throw new AwsError('NoSuchEntity', `Policy ${arn} version ${VersionId} does not exist.`, 404);
      return {
        PolicyVersion: {
          Document: encodeURIComponent(document),
          VersionId,
          IsDefaultVersion: true,
          CreateDate: createDate,
        },
      };
    },
  };
};

export interface ManagedPolicy {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly document: string;
  readonly id: string;
  readonly createDate: Date;
}

const onlyVersion = 'v1';

const shapeOf = ({ name, path, arn, id, createDate }: ManagedPolicy) => ({
  PolicyName: name,
  PolicyId: id,
  Arn: arn,
  Path: path,
  DefaultVersionId: onlyVersion,
  IsAttachable: true,
  CreateDate: createDate,
});
