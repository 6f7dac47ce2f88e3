import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  GetAccountAuthorizationDetailsCommand,
  GetInstanceProfileCommand,
  ListInstanceProfilesForRoleCommand,
  RemoveRoleFromInstanceProfileCommand,
} from '@aws-sdk/client-iam';
import { began, failureOf, type Harness, startHarness } from '../testing/aws-harness.ts';
import { accountId } from '../testing/settings.ts';

let at: Harness;
beforeEach(async () => {
  at = await startHarness();
  for (const RoleName of ['Reports', 'other'])
    await at.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: '{}' }));
});
afterEach(() => at.close());

const create = (InstanceProfileName: string, more: object = {}) =>
  at.iam.send(new CreateInstanceProfileCommand({ InstanceProfileName, ...more }));
const add = (InstanceProfileName: string, RoleName = 'reports') =>
  at.iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }));
const takeOut = (InstanceProfileName: string, RoleName = 'reports') =>
  at.iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }));
const remove = (InstanceProfileName: string) =>
  at.iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName }));
const ofRole = async (RoleName: string) =>
  (await at.iam.send(new ListInstanceProfilesForRoleCommand({ RoleName }))).InstanceProfiles;

it('a role may be in many profiles, but a profile has one role', async () => {
  expect(await ofRole('reports')).toEqual([]);
  await create('web', { Path: '/team/' });
  await create('batch');
  await add('web');
  await add('batch', 'REPORTS');
  expect(await ofRole('reports')).toMatchObject([
    { InstanceProfileName: 'batch' },
    {
      InstanceProfileName: 'web',
      Path: '/team/',
      Arn: `arn:aws:iam::${accountId}:instance-profile/team/web`,
      InstanceProfileId: expect.stringMatching(/^AIPA[0-9A-Z]{17}$/),
      CreateDate: began,
      Roles: [{ RoleName: 'Reports', Arn: `arn:aws:iam::${accountId}:role/Reports` }],
    },
  ]);
  expect(await ofRole('other')).toEqual([]);
  expect(await failureOf(add('web', 'other'))).toBe('LimitExceededException 409');
  await takeOut('web');
  expect(await ofRole('reports')).toHaveLength(1);
  await add('web', 'other');
  expect(await ofRole('other')).toMatchObject([{ InstanceProfileName: 'web' }]);
});

it('reports missing roles and profiles', async () => {
  await create('web');
  const noSuch = 'NoSuchEntityException 404';
  expect(await failureOf(ofRole('missing'))).toBe(noSuch);
  expect(await failureOf(add('nothing'))).toBe(noSuch);
  expect(await failureOf(add('web', 'missing'))).toBe(noSuch);
  expect(await failureOf(takeOut('web'))).toBe(noSuch);
  expect(await failureOf(remove('nothing'))).toBe(noSuch);
  const get = new GetInstanceProfileCommand({ InstanceProfileName: 'nothing' });
  expect(await failureOf(at.iam.send(get))).toBe(noSuch);
  expect(await failureOf(create('WEB'))).toBe('EntityAlreadyExistsException 409');
  expect(await failureOf(create('a b'))).toBe('ValidationError 400');
});

it('deletes neither a role nor a profile while the profile contains the role', async () => {
  await create('web');
  await add('web');
  const removeRole = () => at.iam.send(new DeleteRoleCommand({ RoleName: 'reports' }));
  expect(await failureOf(removeRole())).toBe('DeleteConflictException 409');
  expect(await failureOf(remove('web'))).toBe('DeleteConflictException 409');
  await takeOut('web');
  await removeRole();
  await remove('web');
});

it("appear in the account's details and in CloudTrail", async () => {
  await create('web');
  expect(at.aws.bus.history.at(-1)?.detail).toMatchObject({
    eventName: 'CreateInstanceProfile',
    requestParameters: { instanceProfileName: 'web' },
    responseElements: {
      instanceProfile: {
        instanceProfileName: 'web',
        path: '/',
        createDate: 'Nov 24, 2026 12:00:00 PM',
        roles: [],
      },
    },
  });
  await add('web');
  expect(at.aws.bus.history.at(-1)?.detail).toMatchObject({
    requestParameters: { roleName: 'reports', instanceProfileName: 'web' },
    responseElements: null,
  });
  const { RoleDetailList } = await at.iam.send(
    new GetAccountAuthorizationDetailsCommand({ Filter: ['Role'] }),
  );
  expect(RoleDetailList).toMatchObject([
    { RoleName: 'other', InstanceProfileList: [] },
    { RoleName: 'Reports', InstanceProfileList: [{ InstanceProfileName: 'web' }] },
  ]);
});
