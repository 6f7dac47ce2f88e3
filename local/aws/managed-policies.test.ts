import { CreatePolicyCommand, GetPolicyCommand, GetPolicyVersionCommand } from '@aws-sdk/client-iam';
import { failureOf, type Harness, startHarness } from '../testing/aws-harness.ts';
import { accountId } from '../testing/settings.ts';

const PolicyArn = `arn:aws:iam::${accountId}:policy/platform/boundary`;
const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [] });

let at: Harness;
beforeEach(async () => {
  at = await startHarness();
});
afterEach(() => at.close());

const create = (document = PolicyDocument) =>
  at.iam.send(
    new CreatePolicyCommand({ PolicyName: 'boundary', Path: '/platform/', PolicyDocument: document }),
  );
const version = (VersionId = 'v1') => at.iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));

it('returns the document of a managed policy as IAM does, percent-encoded', async () => {
  await create();
  const { Policy } = await at.iam.send(new GetPolicyCommand({ PolicyArn }));
  expect(Policy).toMatchObject({ Arn: PolicyArn, Path: '/platform/', DefaultVersionId: 'v1' });
  expect((await version()).PolicyVersion).toMatchObject({
    Document: encodeURIComponent(PolicyDocument),
    IsDefaultVersion: true,
  });
});

it('names the policy as the resource of each call', async () => {
  await create();
  await version();
  expect(at.aws.calls.map(({ action, resources }) => [action, resources])).toEqual([
    ['iam:CreatePolicy', [PolicyArn]],
    ['iam:GetPolicyVersion', [PolicyArn]],
  ]);
});

it('refuses a policy or version that does not exist, a second one of a name, and text that is not JSON', async () => {
  expect(await failureOf(at.iam.send(new GetPolicyCommand({ PolicyArn })))).toBe('NoSuchEntityException 404');
  await create();
  expect(await failureOf(version('v2'))).toBe('NoSuchEntityException 404');
  expect(await failureOf(create())).toBe('EntityAlreadyExistsException 409');
  expect(await failureOf(create('no'))).toBe('MalformedPolicyDocumentException 400');
});
