import { paginateListRoles } from '@aws-sdk/client-iam';
import { attachmentSteps } from './aws-attachment-steps.ts';
import { numbered, type Steps, sorted, tag } from './aws-subject.ts';

const AssumeRolePolicyDocument = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});
const RoleName = 'reports';
const Missing = { RoleName: 'nobody' };
const email = 'reader@acme-data.iam.gserviceaccount.com';

export const iamSteps: Steps = {
  'creates a role with path and tags': ({ iam }) =>
    iam.createRole({ RoleName, AssumeRolePolicyDocument, Path: '/team/', Tags: [tag('Team', 'x')] }),
  'creates a role without': ({ iam }) => iam.createRole({ RoleName: 'app-1', AssumeRolePolicyDocument }),
  'does not create a role twice': ({ iam }) => iam.createRole({ RoleName, AssumeRolePolicyDocument }),
  'does not create a role with 51 tags': ({ iam }) =>
    iam.createRole({
      RoleName: 'app-2',
      AssumeRolePolicyDocument,
      Tags: numbered(51, (index) => tag(`k${index}`, '')),
    }),
  'gets a role with its tags': ({ iam }) => iam.getRole({ RoleName }),
  'gets a role without tags': ({ iam }) => iam.getRole({ RoleName: 'app-1' }),
  'does not get a role that is not there': ({ iam }) => iam.getRole(Missing),
  'tags a role': ({ iam }) =>
    iam.tagRole({ RoleName, Tags: [tag('google-access', email), tag('Team', 'y')] }),
  'lists the tags of a role': ({ iam }) => iam.listRoleTags({ RoleName }),
  'does not tag with a value that is too long': ({ iam }) =>
    iam.tagRole({ RoleName, Tags: [tag('a', 'x'.repeat(257))] }),
  'does not tag with a key that is too long': ({ iam }) =>
    iam.tagRole({ RoleName, Tags: [tag('x'.repeat(129), 'a')] }),
  'does not tag a role that is not there': ({ iam }) => iam.tagRole({ ...Missing, Tags: [tag('a', 'b')] }),
  'untags a role, of a key that it has not too': ({ iam }) =>
    iam.untagRole({ RoleName, TagKeys: ['Team', 'missing'] }),
  'does not untag a role that is not there': ({ iam }) => iam.untagRole({ ...Missing, TagKeys: ['a'] }),
  'lists the tags that are left': ({ iam }) => iam.listRoleTags({ RoleName }),
  'lists roles, without their tags': async ({ iam }) => sorted((await iam.listRoles({})).Roles),
  'lists roles of a path': async ({ iam }) => sorted((await iam.listRoles({ PathPrefix: '/team/' })).Roles),
  'lists roles page by page': async ({ iam: client }) => {
    const sizes: (number | undefined)[] = [];
    for await (const { Roles } of paginateListRoles({ client, pageSize: 1 }, {})) sizes.push(Roles?.length);
    return sizes;
  },
  'reads the account’s roles, with their tags': async ({ iam }) => {
    const { RoleDetailList, ...rest } = await iam.getAccountAuthorizationDetails({ Filter: ['Role'] });
    return { roles: sorted(RoleDetailList), ...rest };
  },
  'reads the account’s roles page by page': async ({ iam }) => {
    const { RoleDetailList, IsTruncated } = await iam.getAccountAuthorizationDetails({ MaxItems: 1 });
    return { count: RoleDetailList?.length, IsTruncated };
  },
  ...attachmentSteps,
  'deletes a role': ({ iam }) => iam.deleteRole({ RoleName }),
  'does not delete a role twice': ({ iam }) => iam.deleteRole({ RoleName }),
};
