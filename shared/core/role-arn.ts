export interface RoleArn {
  readonly accountId: string;
  readonly roleName: string;
}

/**
 * The account and name in `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION` (a caller) or
 * `arn:aws:iam::ACCOUNT:role/PATH/ROLE`; undefined for the ARN of anything else, such as a user or an account's root.
 */
export const parseRoleArn = (arn: string): RoleArn | undefined => {
  const [, accountId, roleName] =
    /^arn:[a-z-]+:sts::(\d{12}):assumed-role\/([\w+=,.@-]{1,64})\/[^/]+$/.exec(arn) ??
    /^arn:[a-z-]+:iam::(\d{12}):role\/(?:[^/]+\/)*([\w+=,.@-]{1,64})$/.exec(arn) ??
    [];
  return accountId === undefined || roleName === undefined ? undefined : { accountId, roleName };
};

/** Whether IAM would accept it as the name of a role, which is neither a path nor an ARN. */
export const isRoleName = (text: string): boolean => /^[\w+=,.@-]{1,64}$/.test(text);
