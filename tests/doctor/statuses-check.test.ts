import { memberOf } from '../../shared/core/member.ts';
import type { ObservedFolder } from '../../shared/core/observed.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { checkStatuses } from '../../shared/doctor/statuses-check.ts';
import { now, reader, reports, settings } from '../support/settings.ts';
import { key, roleCaseOf, sweepFix } from './role-case.ts';

const on: Settings = { ...settings, accountOutcomes: { mirror: false, status: true } };
const path = '/google-access/reports';
const since = now.toISOString();
const granted = JSON.stringify({ version: 1, state: 'granted', since });
const resource = serviceAccountResource(reader);
const binding = {
  googleRole: 'roles/iam.workloadIdentityUser',
  resource,
  member: memberOf(on, reports),
} as const;
const entry = { ...binding, grants: ['default'], since, announcedAt: since };
const bindings = [{ role: binding.googleRole, members: [binding.member] }];
const bound = new Map([[resource, { kind: 'read', policy: { bindings } }]] as const);

const folder = (region: string, values: Readonly<Record<string, string>>): ObservedFolder => ({
  kind: 'read',
  region,
  path,
  parameters: Object.entries(values).map(([name, value]) => ({
    name: `${path}/${name}`,
    value,
    type: 'String',
  })),
});
const inBoth = (values: Readonly<Record<string, string>>) =>
  ['us-east-1', 'eu-west-1'].map((region) => folder(region, values));
const roleCase = roleCaseOf({ [key]: reader }, on);
const right = { status: 'ok', message: 'The statuses of its grants are as they should be.' };

describe('the statuses of a role', () => {
  it('are correct', () => {
    expect(checkStatuses(roleCase, inBoth({ 'default.status': granted }), bound, [entry])).toEqual(right);
  });

  it('are missing, wrong or left over: a warning, because no access differs', () => {
    const folders = [
      folder('us-east-1', { 'default.status': granted.replace('2026', '2020'), 'old.status': granted }),
      folder('eu-west-1', {}),
    ];
    expect(checkStatuses(roleCase, folders, bound, [entry])).toEqual({
      status: 'warning',
      message: `The status ${path}/default.status in us-east-1 is wrong, ${path}/default.status in eu-west-1 is missing and ${path}/old.status in us-east-1 is left over.`,
      fix: sweepFix,
    });
  });

  it('are also required for a refused tag', () => {
    const refused = roleCaseOf({ [key]: 'nonsense' }, on);
    expect(checkStatuses(refused, inBoth({}), new Map(), [])).toMatchObject({ status: 'warning' });
  });

  it('of access that is not bound or not listed yet are part of that problem', () => {
    const folders = inBoth({});
    const unbound = new Map([[resource, { kind: 'read', policy: {} }]] as const);
    expect(checkStatuses(roleCase, folders, unbound, [])).toEqual(right);
    expect(checkStatuses(roleCase, folders, bound, [])).toEqual(right);
    const unreadable = new Map([[resource, { kind: 'unreadable' }]] as const);
    expect(checkStatuses(roleCase, folders, unreadable, [entry])).toEqual(right);
  });

  it('cannot be read in one region', () => {
    const folders = [
      folder('us-east-1', { 'default.status': granted }),
      { kind: 'unreadable', region: 'eu-west-1', path } as const,
    ];
    expect(checkStatuses(roleCase, folders, bound, [entry])).toEqual({
      status: 'unknown',
      message: 'Not checked: the statuses in eu-west-1 cannot be read.',
    });
  });

  it('are not written in mode dry-run', () => {
    const dry = roleCaseOf({ [key]: reader }, { ...on, mode: 'dry-run' });
    expect(checkStatuses(dry, inBoth({}), bound, [entry])).toEqual({
      status: 'ok',
      message: 'The mode is dry-run: rolebridge writes no statuses.',
    });
  });
});
