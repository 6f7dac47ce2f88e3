import { tryResource } from '../../shared/adapters/google/try-resource.ts';
import { denied, googleSession, httpError } from '../support/google-session.ts';

const googleRole = 'roles/storage.objectViewer';
const onBucket = { kind: 'direct', googleRole, resource: 'buckets/acme-in' } as const;
const permissions = ['storage.objects.get', 'storage.objects.list'];
const role = { name: googleRole, includedPermissions: [...permissions, 'resourcemanager.projects.get'] };
const session = (held: unknown, ofRole: unknown = role) =>
  googleSession((url) => {
    const answer = url.includes('testPermissions') ? held : ofRole;
    if (answer instanceof Error) throw answer;
    return answer;
  });

describe('the permissions of a federated role on a resource', () => {
  it('are those that Google returns, of the permissions that the resource knows', async () => {
    expect(await tryResource(session({ permissions }), onBucket)).toEqual({ kind: 'given' });
    expect(await tryResource(session({ permissions: ['storage.objects.get'] }), onBucket)).toEqual({
      kind: 'refused',
      step: 'access',
      reason: 'Google does not give it storage.objects.list there.',
    });
    expect(await tryResource(session({}), onBucket)).toMatchObject({ kind: 'refused' });
  });
  it('are refused if Google refuses the question', async () => {
    const missing = httpError(404, { error: { code: 404, message: 'The specified bucket does not exist.' } });
    expect(await tryResource(session(denied), onBucket)).toMatchObject({ kind: 'refused', step: 'access' });
    expect(await tryResource(session(missing), onBucket)).toMatchObject({
      reason: '404 The specified bucket does not exist.',
    });
  });
  it('are not proven for a dataset, for a role that cannot be read, and for a role of another kind', async () => {
    const onDataset = { ...onBucket, resource: 'projects/acme-data/datasets/sales' };
    expect(await tryResource(session({ permissions }), onDataset)).toMatchObject({ kind: 'unproven' });
    expect(await tryResource(session({ permissions }, denied), onBucket)).toMatchObject({
      kind: 'unproven',
      reason: `The role itself may not read the permissions of ${googleRole}.`,
    });
    const onTopic = { ...onBucket, resource: 'projects/acme-data/topics/orders' };
    expect(await tryResource(session({ permissions }), onTopic)).toMatchObject({
      reason: `${googleRole} has no permission that a topic can be asked for.`,
    });
  });
  it('are an error if the response is not a list of permissions', async () => {
    await expect(tryResource(session('a page'), onBucket)).rejects.toThrow('not a list of permissions');
  });
});
