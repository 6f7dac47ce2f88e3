import { directAccessIn } from '../../shared/app/direct-access.ts';
import type { AllowPolicy } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { ObservedPolicy } from '../../shared/core/observed.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { reports, roleRef, settings } from '../support/settings.ts';
import { readerPolicy } from '../support/snapshot.ts';

const viewer = 'roles/storage.objectViewer';
const buckets = ['buckets/acme-in', 'buckets/acme-out'] as const;
const secret = 'projects/acme-data/secrets/token';
const topic = 'projects/acme-data/topics/orders';
const accessor = 'roles/secretmanager.secretAccessor';
const rule = { roles: ['*'], clientProject: 'acme-data' } as const;
const direct: Settings = {
  ...settings,
  allow: [
    { ...rule, grant: viewer, on: buckets },
    { ...rule, grant: accessor, on: [secret] },
  ],
};

const member = memberOf(direct, reports);
const other = memberOf(direct, roleRef('app-a'));
const until = { title: 'rolebridge-until', expression: 'request.time < timestamp("2090-01-01T00:00:00Z")' };
const read = (bindings: AllowPolicy['bindings']): ObservedPolicy => ({
  kind: 'read',
  policy: { etag: 'e', bindings: bindings ?? [] },
});
const count = (policies: Readonly<Record<string, ObservedPolicy>>, unseen: readonly string[] = []) =>
  Object.fromEntries(
    directAccessIn(direct, { policies: new Map(Object.entries(policies)), unseen: new Set(unseen) }),
  );

describe('direct access by kind of resource', () => {
  it('counts each Google role of each role once, and no one else', () => {
    const policies = {
      [buckets[0]]: read([
        { role: viewer, members: [member, other, 'user:eve@example.com'] },
        { role: viewer, members: [member], condition: until },
        { role: 'roles/storage.admin', members: [member] },
      ]),
      [buckets[1]]: read([{ role: viewer, members: [member] }]),
      [secret]: read([]),
      [readerPolicy]: read([{ role: 'roles/iam.workloadIdentityUser', members: [member] }]),
    };
    expect(count(policies)).toEqual({ bucket: 3, secret: 0 });
  });

  it('counts nothing on a resource that is gone', () => {
    expect(count({ [secret]: { kind: 'absent' } })).toEqual({ secret: 0 });
  });

  it('leaves out a kind if one of its policies could not be read', () => {
    const one = read([{ role: viewer, members: [member] }]);
    expect(count({ [buckets[0]]: one, [buckets[1]]: { kind: 'unreadable' }, [secret]: read([]) })).toEqual({
      secret: 0,
    });
    expect(count({ [buckets[0]]: one, [secret]: read([]) }, [topic, buckets[1]])).toEqual({ secret: 0 });
  });
});
