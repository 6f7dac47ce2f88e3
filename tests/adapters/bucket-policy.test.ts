import { googlePolicies } from '../../shared/adapters/google/policies.ts';
import { googleSession, httpError } from '../support/google-session.ts';

const resource = 'buckets/acme-in';
const policy = { kind: 'storage#policy', etag: 'CAE=', version: 1, bindings: [] };
const bucket = {
  name: 'acme-in',
  projectNumber: '123456789012',
  iamConfiguration: { uniformBucketLevelAccess: { enabled: false } },
};
/** Storage answers like this: without a status. */
const storageError = (code: number, reason: string, message: string) =>
  httpError(code, { error: { code, message, errors: [{ message, domain: 'global', reason }] } });

const answering = (answers: {
  readonly policy?: unknown;
  readonly bucket?: unknown;
  readonly write?: unknown;
}) => {
  let reads = 0;
  const session = googleSession(() => ({}));
  const request = ({ url, method }: { readonly url: string; readonly method: string }) => {
    const data =
      method === 'PUT'
        ? answers.write
        : url.endsWith('/iam')
          ? (answers.policy ?? policy)
          : (answers.bucket ?? bucket);
    reads += 1;
    return data instanceof Error ? Promise.reject(data) : Promise.resolve({ data });
  };
  const store = googlePolicies({ ...session, identity: { ...session.identity, request } } as typeof session);
  return { store, reads: () => reads };
};

beforeEach(() => void jest.spyOn(Math, 'random').mockReturnValue(0));
afterEach(() => jest.restoreAllMocks());

const condition = {
  title: 'rolebridge-until',
  expression: 'request.time < timestamp("2030-01-01T00:00:00Z")',
};
const conditional = {
  ...policy,
  bindings: [{ role: 'roles/storage.objectViewer', members: ['user:a@acme.com'], condition }],
};

it.each([
  [
    false,
    { noBinds: expect.stringContaining('ignores federated roles. Its owner can turn that on: gcloud') },
  ],
  [true, {}],
])('a bucket whose uniform access is %s', async (enabled, more) => {
  const { store } = answering({
    bucket: { ...bucket, iamConfiguration: { uniformBucketLevelAccess: { enabled } } },
  });
  expect(await store.read(resource)).toEqual({ kind: 'read', policy, owner: '123456789012', ...more });
});

it('a 412 with the etag that was sent is a rejection, not a conflict that would be retried forever', async () => {
  const reason = "Request violates constraint 'constraints/iam.allowedPolicyMemberDomains'";
  const { store } = answering({ write: storageError(412, 'conditionNotMet', reason) });
  expect(await store.write(resource, policy)).toEqual({ kind: 'rejected', reason });
});

it('a 412 after another write is a conflict', async () => {
  const { store } = answering({
    policy: { ...policy, etag: 'CAI=' },
    write: storageError(412, 'conditionNotMet', 'Precondition Failed'),
  });
  expect(await store.write(resource, policy)).toEqual({ kind: 'conflict' });
});

it.each([400, 412])(
  'a condition that gets %d without uniform access is rejected with the next step',
  async (code) => {
    const { store } = answering({ write: storageError(code, 'conditionNotMet', 'no conditions') });
    expect(await store.write(resource, conditional)).toEqual({
      kind: 'rejected',
      reason: expect.stringMatching(
        /^no conditions Bucket acme-in takes no conditions .*--uniform-bucket-level-access$/,
      ),
    });
  },
);

it.each([
  [
    'the bucket has uniform access',
    { ...bucket, iamConfiguration: { uniformBucketLevelAccess: { enabled: true } } },
  ],
  ['the bucket cannot be read', storageError(403, 'forbidden', 'denied')],
])("a rejection keeps Google's text if %s", async (_, answer) => {
  const { store } = answering({ bucket: answer, write: storageError(400, 'invalid', 'no') });
  expect(await store.write(resource, conditional)).toEqual({ kind: 'rejected', reason: 'no' });
});

it.each([
  ['another bucket', { ...bucket, name: 'acme-out' }],
  ['no project', { name: 'acme-in' }],
  ['a project that is no number', { ...bucket, projectNumber: 'acme-data' }],
  ['a page', 'Welcome to nginx!'],
])('is unreadable if the answer for the bucket is %s', async (_, answer) => {
  await expect(answering({ bucket: answer }).store.read(resource)).rejects.toMatchObject({
    name: 'PermanentError',
    message: expect.stringContaining('bucket acme-in is not an allow policy'),
  });
});

it.each([
  [
    'forbidden',
    'x does not have storage.buckets.getIamPolicy access to the Google Cloud Storage bucket.',
    'notPermitted',
    'opt-in-resource',
  ],
  [
    'forbidden',
    "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: abc-1_2",
    undefined,
    'by its id abc-1_2',
  ],
  ['forbidden', 'Something else.', undefined, 'not about a permission of rolebridge'],
  ['accountDisabled', 'The billing account is disabled.', undefined, "Google's reason is accountDisabled."],
  ['<b>x</b>', 'Odd.', undefined, "Google's reason is not readable."],
  ['accessNotConfigured', 'Cloud Storage has not been used.', 'serviceDisabled', 'gcloud services enable'],
])('a 403 with the reason %s and "%s" is %s', async (reason, message, because, text) => {
  const failure = { name: 'PermanentError', because, message: expect.stringContaining(text) };
  await expect(
    answering({ policy: storageError(403, reason, message) }).store.read(resource),
  ).rejects.toMatchObject(failure);
});

it.each(['rateLimitExceeded', 'userRateLimitExceeded', 'quotaExceeded'])(
  'a 403 with %s is retried',
  async (reason) => {
    const { store, reads } = answering({ policy: storageError(403, reason, 'Exceeded rate limits') });
    await expect(store.read(resource)).rejects.toMatchObject({ name: 'RetryableError' });
    expect(reads()).toBe(5);
  },
);

it('a name that is not of a known kind is not read', async () => {
  await expect(answering({}).store.read('folders/1')).rejects.toMatchObject({
    message: expect.stringContaining('does not know the kind of folders/1'),
  });
});
