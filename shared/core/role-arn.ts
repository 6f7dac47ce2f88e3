/**
 * The role's name of `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION` (who calls) and of `arn:aws:iam::ACCOUNT:role/PATH/ROLE`;
 * undefined for whoever is no role: a user, the root of an account.
 */
export const roleNameOfArn = (arn: string): string | undefined => {
  const match =
    /^arn:[a-z-]+:sts::\d{12}:assumed-role\/([\w+=,.@-]{1,64})\/[^/]+$/.exec(arn) ??
    /^arn:[a-z-]+:iam::\d{12}:role\/(?:[^/]+\/)*([\w+=,.@-]{1,64})$/.exec(arn);
  return match?.[1];
};
