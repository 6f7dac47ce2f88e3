/** A policy document of AWS IAM, in its own spelling. */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

interface Statement {
  readonly Sid: string;
  readonly Effect: 'Deny';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html: characters of one policy. */
export const maxPolicyLength = 5120;

/** Including quotes and commas; the other half of the policy is left for the exempted principals. */
const maxPatternsLength = maxPolicyLength / 2;

export interface ControlPolicyOptions {
  readonly tagKey: string;
  readonly functions: readonly string[];
  readonly functionRoles: readonly string[];
  /** With several accounts: our roles in the others, and the rule that forwards role events. */
  readonly members?: { readonly roles: readonly string[]; readonly rule: string };
  /** ARNs, with wildcards, of the exempted principals: those who tag, and those who deploy. */
  readonly taggers: readonly string[];
  readonly deployers: readonly string[];
}

/**
 * The service control policy that reserves everything that leads to access. First, the tag keys, in any casing, because AWS
 * ignores it. Second, the names of the functions' AWS roles, which Google trusts by name, and the names of the functions.
 */
export const controlPolicy = ({
  tagKey,
  functions,
  functionRoles,
  members,
  taggers,
  deployers,
}: ControlPolicyOptions): PolicyDocument => {
  const tagging = ['iam:TagRole', 'iam:UntagRole', 'iam:CreateRole'];
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'ReserveTheTag',
        Effect: 'Deny',
        Action: tagging,
        Resource: '*',
        Condition: { 'ForAnyValue:StringEqualsIgnoreCase': { 'aws:TagKeys': [tagKey] }, ...unless(taggers) },
      },
      {
        Sid: 'ReserveTheNamedTags',
        Effect: 'Deny',
        Action: tagging,
        Resource: '*',
        Condition: {
          'ForAnyValue:StringLike': { 'aws:TagKeys': inAnyCasing(tagKey).map((key) => `${key}/*`) },
          ...unless(taggers),
        },
      },
      {
        Sid: 'ReserveTheFunctionRoles',
        Effect: 'Deny',
        Action: [
          'iam:CreateRole',
          'iam:PassRole',
          'iam:UpdateAssumeRolePolicy',
          'iam:AttachRolePolicy',
          'iam:PutRolePolicy',
        ],
        // With and without a path.
        Resource: [...functionRoles, ...(members?.roles ?? [])].flatMap((role) => [
          `arn:aws:iam::*:role/${role}`,
          `arn:aws:iam::*:role/*/${role}`,
        ]),
        Condition: unless(deployers),
      },
      {
        // Anyone who changes the code can run as the role, without iam:PassRole.
        Sid: 'ReserveTheFunctions',
        Effect: 'Deny',
        Action: ['lambda:UpdateFunctionCode', 'lambda:UpdateFunctionConfiguration'],
        Resource: functions.map((name) => `arn:aws:lambda:*:*:function:${name}`),
        Condition: unless(deployers),
      },
      ...(members === undefined
        ? []
        : [
            {
              Sid: 'ReserveTheForwarding',
              Effect: 'Deny' as const,
              Action: [
                'events:DeleteRule',
                'events:DisableRule',
                'events:PutRule',
                'events:PutTargets',
                'events:RemoveTargets',
              ],
              Resource: `arn:aws:events:*:*:rule/${members.rule}`,
              Condition: unless(deployers),
            },
          ]),
    ],
  };
};

const unless = (principals: readonly string[]) =>
  principals.length === 0 ? {} : { ArnNotLike: { 'aws:PrincipalArn': principals } };

/**
 * Patterns of a text in every casing, for operators with wildcards that cannot ignore case. As many letters as fit are
 * written in both casings; a `?` stands for each of the others.
 */
const inAnyCasing = (text: string): readonly string[] => {
  let patterns = [''];
  for (const character of text) {
    const casings = isLetter(character) ? [character.toLowerCase(), character.toUpperCase()] : [character];
    const isOpen = patterns.length * casings.length * (text.length + 5) <= maxPatternsLength;
    const next = isOpen ? casings : ['?'];
    patterns = patterns.flatMap((pattern) => next.map((casing) => pattern + casing));
  }
  return patterns;
};

const isLetter = (character: string): boolean => character.toLowerCase() !== character.toUpperCase();
