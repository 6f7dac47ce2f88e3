import { homeIfKnown } from './account-problems.ts';
import type { Inconsistency } from './inconsistency.ts';
import type { ParsedSettings } from './schema.ts';

/** Values of `deploy` that AWS would refuse in the middle of a deploy, or that would harm. */
export const deployProblems = (settings: ParsedSettings): readonly Inconsistency[] => {
  const { deploy = {} } = settings;
  return [
    ...accountProblems(settings),
    ...repeatedIds('subnetIds', deploy.vpc?.subnetIds),
    ...repeatedIds('securityGroupIds', deploy.vpc?.securityGroupIds),
    ...tagProblems(settings),
  ];
};

/** Resources that AWS lets a role or a stack use only in its own account. */
const accountProblems = (settings: ParsedSettings): readonly Inconsistency[] => {
  const { deploy = {} } = settings;
  const home = homeIfKnown(settings);
  return (['permissionsBoundary', 'cloudFormationRole', 'kmsKey'] as const).flatMap((name) => {
    const account = deploy[name]?.split(':')[4];
    return account === undefined || home === undefined || account === home || account === 'aws'
      ? []
      : [
          {
            path: ['deploy', name],
            message: `is in account ${account}: it must be in the account deployed to, ${home}`,
          },
        ];
  });
};

const repeatedIds = (name: string, values: readonly string[] = []): readonly Inconsistency[] =>
  values.flatMap((value, index) =>
    values.indexOf(value) === index
      ? []
      : [{ path: ['deploy', 'vpc', name, index], message: `${value} is listed twice` }],
  );

/** AWS allows 50. `serverless` adds STAGE, and the functions have one of their own. */
const maxTags = 48;

const tagProblems = ({ deploy, tagKey }: ParsedSettings): readonly Inconsistency[] => {
  const keys = Object.keys(deploy?.stackTags ?? {});
  const path = ['deploy', 'stackTags'];
  return [
    ...(keys.length > maxTags
      ? [
          {
            path,
            message: `has ${keys.length} tags: at most ${maxTags} are possible, because AWS allows 50 and the stack adds two of its own`,
          },
        ]
      : []),
    ...keys.flatMap((key, index) => {
      const message = tagKeyProblem(key, keys.slice(0, index), tagKey);
      return message === undefined ? [] : [{ path: [...path, key], message }];
    }),
  ];
};

const tagKeyProblem = (key: string, earlier: readonly string[], tagKey: string): string | undefined => {
  const lower = key.toLowerCase();
  if (lower.startsWith('aws:'))
    return 'must not begin with "aws:" in any casing, which AWS reserves; choose another key';
  // osls allows no other characters, and IAM none besides these and "@".
  // A list has the keys 0, 1, 2.
  if (!/^(?=.*[A-Za-z])[\w./=+: -]{1,128}$/.test(key))
    return 'the key must have 1 to 128 letters, digits, spaces and _ . / = + : -, and at least one letter';
  // The stack's own roles would have the tag, and so request access.
  if (lower.startsWith(tagKey))
    return `must not begin with ${tagKey}, the tagKey: the functions' own roles would request access; choose another key`;
  const same = earlier.find((other) => other.toLowerCase() === lower);
  return same === undefined
    ? undefined
    : `differs from ${same} only in casing, which IAM ignores in the tags of a role; remove one`;
};
