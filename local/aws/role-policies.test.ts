import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetAccountAuthorizationDetailsCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
} from '@aws-sdk/client-iam';
import { failureOf, type Harness, startHarness, tagList } from '../testing/aws-harness.ts';
import { accountId } from '../testing/settings.ts';

const RoleName = 'reports';
const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
const own = `arn:aws:iam::${accountId}:policy/team/own`;
const document = JSON.stringify({ Version: '2012-10-17', Statement: [] });

let at: Harness;
beforeEach(async () => {
  at = await startHarness();
  await at.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: '{}' }));
});
afterEach(() => at.close());

const attach = (PolicyArn: string) => at.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
const detach = (PolicyArn: string) => at.iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
const put = (PolicyName: string, PolicyDocument = document) =>
  at.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
const remove = () => at.iam.send(new DeleteRoleCommand({ RoleName }));
const attached = async (more: object = {}) =>
  (await at.iam.send(new ListAttachedRolePoliciesCommand({ RoleName, ...more }))).AttachedPolicies;
const inline = async () => (await at.iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames;

it('lists each managed policy of a role once', async () => {
  expect(await attached()).toEqual([]);
  for (const arn of [own, readOnly, own]) await attach(arn);
  expect(await attached()).toEqual([
    { PolicyName: 'own', PolicyArn: own },
    { PolicyName: 'ReadOnlyAccess', PolicyArn: readOnly },
  ]);
  expect(await attached({ PathPrefix: '/team/' })).toMatchObject([{ PolicyName: 'own' }]);
  await detach(own);
  expect(await attached()).toHaveLength(1);
  expect(await failureOf(detach(own))).toBe('NoSuchEntityException 404');
  expect(await failureOf(attach('own'))).toBe('InvalidInputException 400');
});

it('attaches at most 10 managed policies', async () => {
  for (let index = 0; index < 10; index += 1) await attach(`${own}${index}`);
  expect(await failureOf(attach(own))).toBe('LimitExceededException 409');
  const first = await at.iam.send(new ListAttachedRolePoliciesCommand({ RoleName, MaxItems: 6 }));
  expect(first).toMatchObject({ IsTruncated: true });
  expect(await attached({ Marker: first.Marker })).toHaveLength(4);
});

it('stores inline policies', async () => {
  await put('b');
  await put('a');
  expect(await inline()).toEqual(['a', 'b']);
  const removed = new DeleteRolePolicyCommand({ RoleName, PolicyName: 'a' });
  await at.iam.send(removed);
  expect(await inline()).toEqual(['b']);
  expect(await failureOf(at.iam.send(removed))).toBe('NoSuchEntityException 404');
  expect(await failureOf(put('c', 'no json'))).toBe('MalformedPolicyDocumentException 400');
});

it("shows both kinds in the account's details", async () => {
  await attach(readOnly);
  await put('a');
  const { RoleDetailList } = await at.iam.send(
    new GetAccountAuthorizationDetailsCommand({ Filter: ['Role'] }),
  );
  expect(RoleDetailList).toMatchObject([
    {
      AttachedManagedPolicies: [{ PolicyName: 'ReadOnlyAccess', PolicyArn: readOnly }],
      RolePolicyList: [{ PolicyName: 'a', PolicyDocument: encodeURIComponent(document) }],
    },
  ]);
});

it('does not delete a role with policies, and keeps them when it is tagged', async () => {
  await attach(readOnly);
  await at.iam.send(new TagRoleCommand({ RoleName, Tags: tagList({ a: 'b' }) }));
  expect(await failureOf(remove())).toBe('DeleteConflictException 409');
  await detach(readOnly);
  await put('a');
  expect(await failureOf(remove())).toBe('DeleteConflictException 409');
  await at.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'a' }));
  await remove();
  expect(await failureOf(attached())).toBe('NoSuchEntityException 404');
});

it('reports changes to CloudTrail', async () => {
  await attach(readOnly);
  expect(at.aws.bus.history.at(-1)?.detail).toMatchObject({
    eventName: 'AttachRolePolicy',
    requestParameters: { roleName: RoleName, policyArn: readOnly },
    responseElements: null,
  });
});
