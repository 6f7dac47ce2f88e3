import { googlePolicies } from '../../shared/adapters/google/policies.ts';
import type { GoogleSession } from '../../shared/adapters/google/session.ts';
import { readerPolicy } from '../support/snapshot.ts';

const answering = (data: unknown) => {
  const session = {
    identity: { signIn: () => Promise.resolve(), request: () => Promise.resolve({ data }) },
    endpoints: {},
    signal: new AbortController().signal,
  };
  return googlePolicies(session as unknown as GoogleSession);
};
const strange = 'The answer for reader@acme-data.iam.gserviceaccount.com is not an allow policy';

describe.each<[unknown]>([
  [''],
  [null],
  [[]],
  ['<html>404 Not Found</html>'],
  [{}],
  [{ etag: '' }],
  [{ bindings: [] }],
  [{ etag: 'x', bindings: {} }],
  [{ etag: 'x', bindings: [{ role: 'roles/viewer' }] }],
])('an allow policy that is %j', (data) => {
  it('is not read: we could not write any of it back as it was', async () => {
    await expect(answering(data).read(readerPolicy)).rejects.toMatchObject({
      name: 'PermanentError',
      message: expect.stringContaining(strange),
    });
  });
});

it('is a lost response to a write: the policy is read again', async () => {
  await expect(answering('').write(readerPolicy, { etag: 'x' })).rejects.toMatchObject({
    name: 'RetryableError',
    message: expect.stringContaining(strange),
  });
});
