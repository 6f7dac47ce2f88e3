import {
  CreateRoleCommand,
  DeleteRoleCommand,
  GetRoleCommand,
  TagRoleCommand,
  UntagRoleCommand,
} from '@aws-sdk/client-iam';
import { failureOf, type Harness, startHarness, tagList } from '../testing/aws-harness.ts';
import { accountId } from '../testing/settings.ts';
import type { BusEvent } from './event-bus.ts';

let at: Harness;
beforeEach(async () => {
  at = await startHarness();
});
afterEach(() => at.close());

const RoleName = 'reports';
const Tags = tagList({ 'google-access': 'reader@acme-data.iam.gserviceaccount.com' });
const tags = [{ key: 'google-access', value: 'reader@acme-data.iam.gserviceaccount.com' }];
const create = (more: object = {}) =>
  at.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: '{}', ...more }));
const detailOf = (event: BusEvent | undefined): unknown => event?.detail;
const last = () => detailOf(at.aws.bus.history.at(-1));

it('an event has EventBridge’s envelope and a CloudTrail record with caller, parameters and time', async () => {
  await create();
  await at.iam.send(new TagRoleCommand({ RoleName, Tags }));
  expect(at.aws.bus.history.at(-1)).toEqual({
    version: '0',
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    'detail-type': 'AWS API Call via CloudTrail',
    source: 'aws.iam',
    account: accountId,
    time: '2026-11-24T12:00:00Z',
    region: 'us-east-1',
    resources: [],
    detail: {
      eventVersion: '1.09',
      userIdentity: {
        type: 'AssumedRole',
        principalId: 'AROAADMIN:alice',
        arn: `arn:aws:sts::${accountId}:assumed-role/Administrator/alice`,
        accountId,
        accessKeyId: at.aws.admin.accessKeyId,
        sessionContext: {
          sessionIssuer: {
            type: 'Role',
            principalId: 'AROAADMIN',
            arn: `arn:aws:iam::${accountId}:role/Administrator`,
            accountId,
            userName: 'Administrator',
          },
          attributes: { creationDate: '2026-11-24T12:00:00Z', mfaAuthenticated: 'false' },
        },
      },
      eventTime: '2026-11-24T12:00:00Z',
      eventSource: 'iam.amazonaws.com',
      eventName: 'TagRole',
      awsRegion: 'us-east-1',
      sourceIPAddress: '127.0.0.1',
      userAgent: expect.stringContaining('aws-sdk-js'),
      requestParameters: { roleName: RoleName, tags },
      responseElements: null,
      requestID: expect.any(String),
      eventID: expect.any(String),
      readOnly: false,
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: accountId,
      eventCategory: 'Management',
      tlsDetails: expect.any(Object),
    },
  });
});

it('reports tags and path of a new role only if they were sent, in request and response', async () => {
  await create();
  const plain = {
    requestParameters: { roleName: RoleName, assumeRolePolicyDocument: '{}' },
    responseElements: {
      role: {
        path: '/',
        roleName: RoleName,
        roleId: at.aws.iam.role(RoleName)?.roleId,
        arn: `arn:aws:iam::${accountId}:role/${RoleName}`,
        createDate: 'Nov 24, 2026 12:00:00 PM',
        assumeRolePolicyDocument: '%7B%7D',
      },
    },
  };
  expect(last()).toMatchObject(plain);
  expect(Object.keys(Reflect.get(Object(last()), 'requestParameters') as object)).toEqual(
    Object.keys(plain.requestParameters),
  );
  await at.iam.send(new DeleteRoleCommand({ RoleName }));
  await create({ Path: '/a/', Tags, MaxSessionDuration: 7200, Description: 'd' });
  expect(last()).toMatchObject({
    requestParameters: { path: '/a/', roleName: RoleName, description: 'd', maxSessionDuration: 7200, tags },
    responseElements: { role: { path: '/a/', tags } },
  });
});

it('echoes the name as the caller typed it, and reports removed keys and deleted roles', async () => {
  await create();
  await at.iam.send(new UntagRoleCommand({ RoleName: 'REPORTS', TagKeys: ['a', 'b'] }));
  expect(last()).toMatchObject({
    eventName: 'UntagRole',
    requestParameters: { roleName: 'REPORTS', tagKeys: ['a', 'b'] },
    responseElements: null,
  });
  await at.iam.send(new DeleteRoleCommand({ RoleName }));
  expect(last()).toMatchObject({ eventName: 'DeleteRole', requestParameters: { roleName: RoleName } });
});

it('reports a failed write with its error, and an unauthorized one without its parameters', async () => {
  expect(await failureOf(at.iam.send(new TagRoleCommand({ RoleName, Tags })))).toBe(
    'NoSuchEntityException 404',
  );
  expect(last()).toMatchObject({
    errorCode: 'NoSuchEntityException',
    errorMessage: 'The role with name reports cannot be found.',
    requestParameters: { roleName: RoleName, tags },
    responseElements: null,
  });
  at.aws.intercept(({ principalArn }) => ({
    kind: 'error',
    status: 403,
    code: 'AccessDenied',
    message: `User: ${principalArn} is not authorized to perform: iam:TagRole`,
  }));
  expect(await failureOf(at.iam.send(new TagRoleCommand({ RoleName, Tags })))).toBe('AccessDenied 403');
  expect(last()).toMatchObject({ errorCode: 'AccessDenied', requestParameters: null });
});

it('does not report reads, even failed ones', async () => {
  await create();
  await at.iam.send(new GetRoleCommand({ RoleName }));
  await failureOf(at.iam.send(new GetRoleCommand({ RoleName: 'missing' })));
  expect(at.aws.bus.history).toHaveLength(1);
});
