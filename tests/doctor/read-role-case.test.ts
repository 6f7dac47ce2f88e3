import type { GoogleRoleState } from '../../shared/core/google-role.ts';
import type { AllowPolicy } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { Context } from '../../shared/doctor/context.ts';
import { readRoleCase } from '../../shared/doctor/role-case.ts';
import { accountId, now, reports, settings } from '../support/settings.ts';
import { key, withGrantRule } from './role-case.ts';

const googleRole = 'roles/storage.objectAdmin';
const resource = 'buckets/acme-in';
const denied: GoogleRoleState = { kind: 'read', permissions: ['storage.objects.setIamPolicy'] };
const unlisted: GoogleRoleState = { kind: 'read', permissions: ['storage.objects.newPermission'] };
const allowed: GoogleRoleState = { kind: 'read', permissions: ['storage.objects.get'] };
const bound: AllowPolicy = { bindings: [{ role: googleRole, members: [memberOf(settings, reports)] }] };
const read = async (state: GoogleRoleState, policy: () => Promise<AllowPolicy>) => {
  const tags = [{ key: `${key}/in`, value: `${googleRole} on ${resource}` }];
  const role = { kind: 'there', roleName: 'reports', roleId: 'AROAREPORTS', arn: '', tags, trust: '' };
  const context = {
    now,
    stage: 'prod',
    settings: async () => withGrantRule(googleRole, resource),
    account: async () => ({ id: accountId, provider: 'p' }),
    view: async () => ({ role: async () => role }),
    google: async () => ({
      googleRoles: async () => state,
      resourcePolicy: async () => ({ kind: 'read', policy: await policy() }),
    }),
  } as unknown as Context;
  const { desired } = await readRoleCase(context, 'reports');
  return desired;
};

describe("a role's case, with the permissions of the Google roles that its tags ask for", () => {
  it('grants what the kind of resource allows', async () => {
    expect(await read(allowed, async () => ({}))).toMatchObject({
      grants: [{ name: 'in', clientProject: settings.google.project }],
      refusals: [],
    });
  });
  it('refuses what is never granted, even if it is bound', async () => {
    expect(await read(denied, async () => bound)).toMatchObject({
      grants: [],
      refusals: [{ code: 'google-role', reason: expect.stringContaining('which is never granted') }],
    });
  });
  it('keeps access with a permission that no list knows, and refuses it if it is not bound', async () => {
    const kept = await read(unlisted, async () => bound);
    expect(kept.refusals).toEqual([]);
    expect(kept.grants[0]).not.toHaveProperty('blocked');
    expect(await read(unlisted, async () => ({}))).toMatchObject({
      grants: [],
      refusals: [{ code: 'google-role', reason: expect.stringContaining('storage.objects.newPermission') }],
    });
  });
  it('concludes nothing if the permissions or the policy cannot be read', async () => {
    const unread: GoogleRoleState = { kind: 'unreadable', reason: '503' };
    const undecided = { grants: [{ blocked: { reason: expect.any(String) } }], refusals: [] };
    expect(await read(unread, async () => ({}))).toMatchObject(undecided);
    expect(await read(unlisted, () => Promise.reject(new Error('503')))).toMatchObject(undecided);
  });
  it('does not count a member in another casing, which Google ignores', async () => {
    const member = memberOf(settings, { ...reports, roleName: 'Reports' });
    const other: AllowPolicy = { bindings: [{ role: googleRole, members: [member] }] };
    expect((await read(unlisted, async () => other)).refusals).toHaveLength(1);
  });
});
