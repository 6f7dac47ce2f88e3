import fc from 'fast-check';
import { compare } from '../../shared/core/compare.ts';
import type { GoogleRoleState } from '../../shared/core/google-role.ts';
import { grantParameters, isPublishedAs } from '../../shared/core/grant-parameters.ts';
import { desiredOf } from '../../shared/core/guardrail.ts';
import { ourBindings } from '../../shared/core/iam-policy.ts';
import { roleItemKey, writeLedgerItem } from '../../shared/core/ledger.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { PresentRole } from '../../shared/core/model.ts';
import { roleKey } from '../../shared/core/role-key.ts';
import { type GrantRule, poolPath, type Settings } from '../../shared/core/settings.ts';
import { readTable } from '../../shared/core/table-view.ts';
import { now, reader, reports, roleRef, settings } from '../support/settings.ts';
import {
  binding,
  everywhere,
  lines,
  policyOf,
  present,
  readerPolicy,
  snapshot,
} from '../support/snapshot.ts';
import { entryFor } from '../support/table.ts';

const grant = 'roles/storage.objectViewer';
const bucket = 'buckets/acme-in';
const access = `${grant} on ${bucket}`;
const rule: GrantRule = { grant, on: [bucket], roles: ['reports', 'app-*'], clientProject: 'acme-data' };
const readable: GoogleRoleState = { kind: 'read', permissions: ['storage.objects.get'] };
const using = (state: GoogleRoleState = readable, more: Partial<Settings['google']> = {}): Settings => ({
  ...settings,
  allow: [...settings.allow, rule],
  google: { ...settings.google, roles: new Map([[grant, state]]), ...more },
});
const tagged = present('reports', { 'google-access/in': access });
const bound = (refs = [reports]) => policyOf(binding(refs, { role: grant }));
const parametersFor = (role: PresentRole, of = using()) =>
  desiredOf(role, of, now).grants.flatMap((one) => grantParameters(of, role.ref, one));
const published = everywhere(
  Object.fromEntries(
    parametersFor(tagged).map(({ name, value }) => [name.slice('/google-access/'.length), value]),
  ),
);
/** The ledger lists the binding for the grant `in`. */
const table = readTable([
  {
    ...roleItemKey(roleKey(reports)),
    revision: 'r',
    body: writeLedgerItem({
      role: reports,
      entries: [
        {
          ...entryFor('', { resource: bucket, member: memberOf(settings, reports), grants: ['in'] }),
          googleRole: grant,
        },
      ],
    }),
  },
]);
const empty = readTable([]);
const drifts = (seen: ReturnType<typeof snapshot>, of = using()) => lines(compare(of, seen, now).drifted);

describe('the parameters of a grant', () => {
  it('are its config, and for a Google role on a resource the project of its clients', () => {
    expect(parametersFor(tagged)).toEqual([
      { kind: 'config', name: '/google-access/reports/in', value: expect.stringContaining('token_info_url') },
      { kind: 'project', name: '/google-access/reports/in.project', value: 'acme-data' },
    ]);
    expect(parametersFor(tagged)[0]?.value).not.toContain('impersonation');
    expect(parametersFor(present('reports', { 'google-access': reader })).map(({ kind }) => kind)).toEqual([
      'config',
    ]);
  });

  it('are none for a role whose account is not configured', () => {
    const target = { kind: 'serviceAccount', email: reader } as const;
    expect(
      grantParameters(settings, { ...reports, accountId: '999999999999' }, { name: 'in', target }),
    ).toEqual([]);
  });

  it('match in type and text; a config may be spelled differently', () => {
    const [config, project] = parametersFor(tagged);
    if (config === undefined || project === undefined) throw new Error('nothing to publish');
    const found = (value: string, type = 'String') => ({ name: 'x', value, type });
    expect(isPublishedAs(config, found(JSON.stringify(JSON.parse(config.value))))).toBe(true);
    expect(isPublishedAs(config, found(config.value, 'SecureString'))).toBe(false);
    expect(isPublishedAs(project, found('acme-data'))).toBe(true);
    expect(isPublishedAs(project, found(' acme-data'))).toBe(false);
    expect(isPublishedAs(project, found('acme-data', 'StringList'))).toBe(false);
  });
});

describe('a Google role on a resource, compared with its tag', () => {
  it('is bound, and published with its project', () => {
    const seen = snapshot({ roles: [tagged], table: empty }, { [bucket]: policyOf() });
    expect(drifts(seen)).toEqual([
      [
        'reports',
        `bind ${access}`,
        'publish us-east-1 /google-access/reports/in',
        'publish eu-west-1 /google-access/reports/in',
        'publish us-east-1 /google-access/reports/in.project',
        'publish eu-west-1 /google-access/reports/in.project',
      ],
    ]);
    const [one] = compare(using(), seen, now).drifted;
    const publishes = one?.drift.changes.filter(({ kind }) => kind === 'publish') ?? [];
    expect(publishes.map((change) => 'description' in change && change.description.slice(0, 24))).toEqual([
      'Google credential config',
      'Google credential config',
      'Google project of a gran',
      'Google project of a gran',
    ]);
    expect(publishes.every((change) => 'after' in change && change.after?.startsWith('bind '))).toBe(true);
  });

  it('does not drift if all of it exists', () => {
    expect(
      drifts(snapshot({ roles: [tagged], parameters: published, table }, { [bucket]: bound() })),
    ).toEqual([]);
  });

  it('ends with its tag: binding, config and project are one grant', () => {
    const seen = snapshot(
      { roles: [present('reports')], parameters: published, table },
      { [bucket]: bound() },
    );
    expect(drifts(seen)).toEqual([
      [
        'reports',
        `unbind ${access}`,
        'unpublish us-east-1 /google-access/reports/in',
        'unpublish us-east-1 /google-access/reports/in.project',
        'unpublish eu-west-1 /google-access/reports/in',
        'unpublish eu-west-1 /google-access/reports/in.project',
      ],
    ]);
    const [one] = compare(using(), seen, now).drifted;
    expect(one?.revocations).toEqual([{ role: reports, access }]);
    const unpublished =
      one?.drift.changes.flatMap((change) => (change.kind === 'unpublish' ? [change] : [])) ?? [];
    expect(unpublished.map(({ grants, behind }) => [grants, behind])).toEqual(
      Array.from({ length: 4 }, () => [['in'], [access]]),
    );
  });

  it('a config and a project under an earlier prefix wait for the new ones', () => {
    const moved = (prefix: string) => ({
      ...using(),
      parameterPrefix: prefix,
      formerParameterPrefixes: ['/google-access'],
    });
    const at = (prefix: string) => published.map((one) => ({ ...one, prefix: one.prefix, name: prefix }));
    const seen = snapshot(
      {
        roles: [tagged],
        parameters: [...at('old'), ...everywhere().map((one) => ({ ...one, prefix: '/new' }))],
        table,
      },
      { [bucket]: bound() },
    );
    const [one] = compare(moved('/new'), seen, now).drifted;
    const changes = one?.drift.changes ?? [];
    const publishes = changes.flatMap((change) => (change.kind === 'publish' ? [change] : []));
    const idsOf = (suffix: string) =>
      publishes.filter(({ name }) => name.endsWith(suffix)).map(({ id }) => id);
    const waiting = changes.flatMap((change) =>
      change.kind === 'unpublish' ? [[change.name, change.afterAny] as const] : [],
    );
    expect(waiting).toHaveLength(4);
    for (const [name, afterAny] of waiting)
      expect(afterAny).toEqual(idsOf(name.endsWith('.project') ? '/in.project' : '/in'));
  });

  it('two Google roles on one resource are two grants', () => {
    const seen = snapshot(
      { roles: [tagged], parameters: published, table },
      {
        [bucket]: policyOf(
          binding([reports], { role: grant }),
          binding([reports], { role: 'roles/storage.objectUser' }),
        ),
      },
    );
    // No rule names the other one.
    expect(drifts(seen)).toEqual([]);
    const formerSites = [{ googleRole: 'roles/storage.objectUser', resource: bucket }];
    expect(drifts(seen, using(readable, { formerSites }))).toEqual([
      ['reports', 'unbind roles/storage.objectUser on buckets/acme-in'],
    ]);
  });
});

describe('a Google role that may not be granted now', () => {
  const retaining: GoogleRoleState = { kind: 'read', permissions: ['storage.objects.setRetention'] };
  const denied: GoogleRoleState = { kind: 'read', permissions: ['storage.objects.setIamPolicy'] };
  const unread: GoogleRoleState = { kind: 'unreadable', reason: 'HTTP 503.' };
  const withConfigs = snapshot({ roles: [tagged], parameters: published, table }, { [bucket]: bound() });
  const missing = snapshot({ roles: [tagged], table: empty }, { [bucket]: policyOf() });

  it.each<[string, GoogleRoleState]>([
    ['unknown permissions', retaining],
    ['permissions that could not be read', unread],
  ])('with %s: it stays where it exists, and is not granted', (_, state) => {
    expect(drifts(withConfigs, using(state))).toEqual([]);
    expect(drifts(missing, using(state))).toEqual([]);
  });

  it('with a denied permission: it is removed, and counts as a revocation', () => {
    expect(compare(using(denied), withConfigs, now).drifted[0]?.revocations).toEqual([
      { role: reports, access },
    ]);
    expect(drifts(missing, using(denied))).toEqual([]);
  });
});

describe('members that a site had before', () => {
  const inherited = (members: 'all' | ReadonlySet<string>) => new Map([[access, members]]);
  const byHand = using(readable, { inherited: inherited(new Set([memberOf(settings, reports)])) });

  it('are marked, and no one else', () => {
    const { policy } = bound([reports, roleRef('app-web')]) as {
      readonly policy: Parameters<typeof ourBindings>[2];
    };
    expect(
      ourBindings(byHand, bucket, policy).map(({ ref, isInherited }) => [ref.roleName, isInherited]),
    ).toEqual([
      ['reports', true],
      ['app-web', undefined],
    ]);
    expect(ourBindings(byHand, 'buckets/acme-other', policy)).toEqual([]);
    expect(ourBindings(byHand, readerPolicy, policy)).toEqual([]);
  });

  it('include those of pools that the site does not cover', () => {
    const { policy } = bound([reports]) as { readonly policy: Parameters<typeof ourBindings>[2] };
    const covering = (pools: readonly string[]) =>
      ourBindings(using(readable, { coveredPools: new Map([[access, pools]]) }), bucket, policy);
    expect(covering([poolPath(settings)])).toMatchObject([{ ref: reports }]);
    expect(covering([poolPath(settings)])[0]).not.toHaveProperty('isInherited');
    expect(covering(['another pool'])).toMatchObject([{ ref: reports, isInherited: true }]);
  });

  it('stay without a tag, and are ours with one', () => {
    const of = (role: PresentRole, more: object = {}) =>
      drifts(snapshot({ roles: [role], table: empty, ...more }, { [bucket]: bound() }), byHand);
    expect(of(present('reports'))).toEqual([]);
    expect(of(tagged, { parameters: published })).toEqual([['reports', `list ${access}`]]);
    expect(drifts(snapshot({ roles: [present('reports')], table: empty }, { [bucket]: bound() }))).toEqual([
      ['reports', `unbind ${access}`],
    ]);
  });

  it('are ours if the ledger lists them', () => {
    const seen = snapshot({ roles: [present('reports')], table }, { [bucket]: bound() });
    expect(drifts(seen, byHand)).toEqual([['reports', `unbind ${access}`]]);
  });

  it('are not removed by any plan if neither a tag nor the ledger explains them, no matter what else exists', () => {
    const names = ['reports', 'app-a', 'app-b', 'other'];
    fc.assert(
      fc.property(
        fc.subarray(names, { minLength: 1 }),
        fc.subarray(names),
        fc.subarray(names),
        fc.constantFrom<GoogleRoleState>(readable, { kind: 'absent' }, { kind: 'unreadable', reason: 'x' }),
        fc.boolean(),
        (members, before, withTags, state, areAll) => {
          const roles = names.map((name) =>
            present(name, withTags.includes(name) ? { 'google-access/in': access } : {}),
          );
          const of = using(state, {
            inherited: inherited(
              areAll ? 'all' : new Set(before.map((name) => memberOf(settings, roleRef(name)))),
            ),
          });
          const seen = snapshot({ roles, table: empty }, { [bucket]: bound(members.map(roleRef)) });
          const removed = lines(compare(of, seen, now).drifted).flatMap(([name = '', ...changes]) =>
            changes.some((one) => one.startsWith('unbind')) ? [name] : [],
          );
          for (const name of removed) {
            const isAsked =
              withTags.includes(name) &&
              desiredOf(present(name, { 'google-access/in': access }), of, now).grants.length > 0;
            expect(isAsked).toBe(false);
            expect(areAll || before.includes(name)).toBe(false);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
