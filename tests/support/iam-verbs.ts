import {
  CreateRoleCommand,
  DeleteRoleCommand,
  IAMClient,
  TagRoleCommand,
  UntagRoleCommand,
} from '@aws-sdk/client-iam';
import type { AwsWorld } from '../../local/aws/world.ts';

export interface IamVerbs {
  readonly createRole: (name: string, tags?: Readonly<Record<string, string>>) => Promise<void>;
  readonly tag: (name: string, tags: Readonly<Record<string, string>>) => Promise<void>;
  readonly untag: (name: string, ...keys: readonly string[]) => Promise<void>;
  readonly deleteRole: (name: string) => Promise<void>;
}

/** The verbs of a person at the AWS command line. */
export const iamVerbs = ({ url: endpoint, admin: credentials }: AwsWorld): IamVerbs => {
  const iam = new IAMClient({ region: 'us-east-1', endpoint, credentials });
  return {
    createRole: async (RoleName, tags) => {
      await iam.send(
        new CreateRoleCommand({
          RoleName,
          AssumeRolePolicyDocument: '{}',
          ...(tags === undefined ? {} : { Tags: tagList(tags) }),
        }),
      );
    },
    tag: async (RoleName, tags) => {
      await iam.send(new TagRoleCommand({ RoleName, Tags: tagList(tags) }));
    },
    untag: async (RoleName, ...TagKeys) => {
      await iam.send(new UntagRoleCommand({ RoleName, TagKeys: [...TagKeys] }));
    },
    deleteRole: async (RoleName) => {
      await iam.send(new DeleteRoleCommand({ RoleName }));
    },
  };
};

const tagList = (tags: Readonly<Record<string, string>>) =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
