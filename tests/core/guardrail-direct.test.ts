import fc from 'fast-check';
import { reasonOfDenial } from '../../shared/core/denied-permissions.ts';
import type { GoogleRoleState } from '../../shared/core/google-role.ts';
import { desiredOf } from '../../shared/core/guardrail.ts';
import type { GrantRule, Settings } from '../../shared/core/settings.ts';
import { now, reports, roleRef, settings } from '../support/settings.ts';

const objectViewer = 'roles/storage.objectViewer';
const bucket = 'buckets/acme-in';
const rule: GrantRule = {
  grant: objectViewer,
  on: [bucket],
  roles: ['app-*', 'reports'],
  clientProject: 'acme-data',
};
const readable: GoogleRoleState = {
  kind: 'read',
  permissions: ['storage.objects.get', 'storage.objects.list'],
};
const retaining: GoogleRoleState = {
  kind: 'read',
  permissions: ['storage.objects.get', 'storage.objects.setRetention'],
};

const using = (allow: Settings['allow'], roles?: Readonly<Record<string, GoogleRoleState>>): Settings => ({
  ...settings,
  allow,
  google: { ...settings.google, ...(roles === undefined ? {} : { roles: new Map(Object.entries(roles)) }) },
});
const ask = (
  value: string,
  allow: Settings['allow'] = [rule],
  state: GoogleRoleState | undefined = readable,
  ref = reports,
) =>
  desiredOf(
    { kind: 'present', ref, roleId: 'AROA1', arn: 'arn', tags: [{ key: 'google-access/in', value }] },
    using(allow, {
      [objectViewer]: state,
      'roles/pubsub.publisher': { kind: 'read', permissions: ['pubsub.topics.publish'] },
    }),
    now,
  );
const reasonOf = (...args: Parameters<typeof ask>) => ask(...args).refusals[0]?.reason;
const wish = `${objectViewer} on ${bucket}`;

describe('a Google role on a resource', () => {
  it('is granted by the rule that names both, with the project that clients use', () => {
    expect(ask(wish)).toEqual({
      grants: [
        {
          name: 'in',
          target: { kind: 'direct', googleRole: objectViewer, resource: bucket },
          rule: `allow[0] grant ${objectViewer} on ${bucket}`,
          clientProject: 'acme-data',
          tag: { key: 'google-access/in', value: wish },
        },
      ],
      refusals: [],
    });
  });

  it.each<[string, Partial<GrantRule>, string, string]>([
    [
      "the resource's",
      { on: ['projects/acme-app/topics/orders'] },
      'projects/acme-app/topics/orders',
      'acme-app',
    ],
    [
      "the rule's",
      { on: ['projects/acme-app/topics/orders'], clientProject: 'acme-ops' },
      'projects/acme-app/topics/orders',
      'acme-ops',
    ],
  ])('clients use %s project', (_, more, resource, project) => {
    const { clientProject: __, ...rest } = rule;
    const allow = [{ ...rest, grant: 'roles/pubsub.publisher', ...more }];
    expect(ask(`roles/pubsub.publisher on ${resource}`, allow).grants[0]?.clientProject).toBe(project);
  });

  it('is granted by a rule that names more resources, and is called by all of them', () => {
    const [grant] = ask(wish, [{ ...rule, on: [bucket, 'buckets/acme-out'] }]).grants;
    expect(grant?.rule).toBe(`allow[0] grant ${objectViewer} on ${bucket}, buckets/acme-out`);
  });

  it('for a bucket whose rule names no project, clients use rolebridge’s project', () => {
    const { clientProject: _, ...rest } = rule;
    expect(ask(wish, [rest]).grants[0]?.clientProject).toBe('acme-identity');
  });

  it('ends with the tag, within the limit of the rule', () => {
    const allow = [{ ...rule, maxDays: 10 }];
    expect(ask(`${wish} until 2026-12-01`, allow).grants[0]?.expiresAt).toBe('2026-12-02T00:00:00Z');
    expect(ask(wish, allow).refusals[0]).toMatchObject({
      code: 'expiry',
      reason: expect.stringContaining(`write ${wish} until 2026-12-04`),
    });
    expect(ask(`${wish} until 2026-11-20`).refusals[0]?.code).toBe('expired');
  });
});

describe('a request that no rule names exactly is refused, and the reason names similar rules', () => {
  it('if nothing is similar', () => {
    expect(ask(wish, []).refusals[0]).toMatchObject({
      code: 'guardrail',
      reason: `The guardrail does not let role reports of account 111122223333 ask for this: no rule under "allow" names ${wish}. Ask the owners of rolebridge.yml for a rule.`,
    });
  });

  it('service accounts are not similar', () => {
    expect(reasonOf(wish, [{ to: '*', roles: ['*'] }])).toMatch(/for a rule\.$/);
  });

  it('another Google role on the same resource', () => {
    expect(reasonOf(`roles/storage.objectUser on ${bucket}`)).toMatch(
      /for a rule\. On buckets\/acme-in, rules name roles\/storage\.objectViewer\.$/,
    );
  });

  it('the same Google role on other resources, three at most', () => {
    const allow: GrantRule[] = [
      { ...rule, on: ['buckets/acme-a', 'buckets/acme-b'] },
      { ...rule, on: ['buckets/acme-b', 'buckets/acme-c', 'buckets/acme-d'] },
      { ...rule, grant: 'roles/storage.objectUser', on: ['buckets/acme-e'] },
    ];
    expect(reasonOf(wish, allow)).toMatch(
      /for a rule\. Rules name roles\/storage\.objectViewer on buckets\/acme-a, buckets\/acme-b, buckets\/acme-c and 1 more\.$/,
    );
  });

  it('the same resource alone, if there are rules for both', () => {
    const allow: GrantRule[] = [
      { ...rule, grant: 'roles/storage.objectUser' },
      { ...rule, on: ['buckets/acme-a'] },
    ];
    expect(reasonOf(wish, allow)).toMatch(
      /for a rule\. On buckets\/acme-in, rules name roles\/storage\.objectUser\.$/,
    );
  });

  it('a rule for other roles is named once', () => {
    expect(reasonOf(wish, [{ ...rule, roles: ['app-*'] }])).toBe(
      `The guardrail does not let role reports of account 111122223333 ask for this: the rules under "allow" that name ${wish} are for other roles (app-*) or accounts. Ask the owners of rolebridge.yml for a rule.`,
    );
    expect(ask(wish, [{ ...rule, accounts: ['444455556666'] }]).refusals[0]?.code).toBe('guardrail');
  });
});

describe('conditions', () => {
  it.each(['topics', 'subscriptions'])(
    '"until" is refused for %s, because Google does not allow conditions there',
    (kind) => {
      const resource = `projects/acme-data/${kind}/orders`;
      const allow = [{ ...rule, grant: 'roles/pubsub.publisher', on: [resource] as const }];
      const name = kind.slice(0, -1);
      expect(ask(`roles/pubsub.publisher on ${resource} until 2026-12-01`, allow).refusals[0]).toMatchObject({
        code: 'conditions',
        reason: `Google takes no condition on a ${name}, so access to it cannot end by itself. Leave out "until", and remove the tag in time.`,
      });
      expect(ask(`roles/pubsub.publisher on ${resource}`, allow).grants).toHaveLength(1);
    },
  );
});

describe('the Google role is judged by its permissions', () => {
  it('a denied one is refused', () => {
    const state: GoogleRoleState = {
      kind: 'read',
      permissions: ['storage.objects.get', 'storage.objects.setIamPolicy'],
    };
    expect(ask(wish, [{ ...rule, alsoPermit: ['storage.objects.setIamPolicy'] }], state)).toMatchObject({
      grants: [],
      refusals: [
        {
          code: 'google-role',
          reason: expect.stringContaining('storage.objects.setIamPolicy, which is never granted'),
        },
      ],
    });
  });

  it('an unknown one is granted only where it is already bound', () => {
    expect(ask(wish, [rule], retaining).grants).toMatchObject([
      {
        clientProject: 'acme-data',
        blocked: { reason: expect.stringContaining('storage.objects.setRetention') },
      },
    ]);
    expect(ask(wish, [rule], retaining).grants[0]?.blocked).not.toHaveProperty('isPassing');
  });

  it.each<[string, Settings]>([
    ['was not read', using([rule])],
    ['could not be read', using([rule], { [objectViewer]: { kind: 'unreadable', reason: 'HTTP 503.' } })],
  ])('one that %s may be granted later', (_, with_) => {
    const role = {
      kind: 'present',
      ref: reports,
      roleId: 'A',
      arn: 'arn',
      tags: [{ key: 'google-access', value: wish }],
    } as const;
    expect(desiredOf(role, with_, now).grants).toMatchObject([{ blocked: { isPassing: true } }]);
  });

  it('a rule may permit more, and any rule that permits it is enough', () => {
    const permitting: GrantRule = {
      ...rule,
      roles: ['reports'],
      alsoPermit: ['storage.objects.setRetention'],
    };
    expect(ask(wish, [permitting], retaining).grants[0]).not.toHaveProperty('blocked');
    expect(ask(wish, [rule, permitting], retaining).grants).toMatchObject([
      { rule: `allow[1] grant ${objectViewer} on ${bucket}` },
    ]);
    expect(ask(wish, [rule, permitting], retaining).grants[0]).not.toHaveProperty('blocked');
    // A rule for another role counts for nothing.
    expect(ask(wish, [rule, permitting], retaining, roleRef('app-web')).grants[0]).toHaveProperty('blocked');
  });

  it('a rule that permits more, but not for as long, is not enough', () => {
    const permitting: GrantRule = { ...rule, maxDays: 5, alsoPermit: ['storage.objects.setRetention'] };
    expect(ask(wish, [rule, permitting], retaining).grants).toMatchObject([
      { rule: `allow[0] grant ${objectViewer} on ${bucket}`, blocked: {} },
    ]);
    expect(ask(wish, [permitting], retaining).refusals[0]?.code).toBe('expiry');
  });
});

describe('for any rules, tags and answers of Google', () => {
  const googleRole = fc.constantFrom(
    objectViewer,
    'roles/storage.objectUser',
    'roles/owner',
    'roles/bigquery.jobUser',
  );
  const resource = fc.constantFrom(
    bucket,
    'buckets/acme-out',
    'projects/acme-data',
    'projects/acme-data/topics/orders',
  );
  const permission = fc.constantFrom(
    'storage.objects.get',
    'storage.objects.setRetention',
    'storage.objects.setIamPolicy',
    'pubsub.topics.publish',
    'bigquery.jobs.create',
    'iam.serviceAccounts.actAs',
  );
  const anyRule = fc.record(
    {
      grant: googleRole,
      on: fc.uniqueArray(resource, { minLength: 1, maxLength: 3 }).map((all) => all as [string, ...string[]]),
      roles: fc.subarray(['reports', 'app-*', '*'], { minLength: 1 }),
      alsoPermit: fc.array(permission, { minLength: 1, maxLength: 2 }),
      maxDays: fc.constantFrom(5, 50),
      clientProject: fc.constant('acme-ops'),
    },
    { requiredKeys: ['grant', 'on', 'roles'], noNullPrototype: true },
  );
  const state: fc.Arbitrary<GoogleRoleState> = fc.oneof(
    fc.array(permission, { maxLength: 3 }).map((permissions) => ({ kind: 'read', permissions }) as const),
    fc.constant({ kind: 'absent' } as const),
    fc.constant({ kind: 'unreadable', reason: 'HTTP 503.' } as const),
  );

  it('nothing is granted that no rule names exactly, or that has a denied or unpermitted permission', () => {
    fc.assert(
      fc.property(
        fc.array(anyRule, { maxLength: 4 }),
        fc.tuple(googleRole, resource, fc.constantFrom('', ' until 2026-11-27', ' until 2027-12-01')),
        fc.option(state, { nil: undefined }),
        fc.constantFrom('reports', 'app-web', 'other'),
        (allow, [wanted, on, until], found, roleName) => {
          const role = {
            kind: 'present',
            ref: roleRef(roleName),
            roleId: 'A',
            arn: 'arn',
            tags: [{ key: 'google-access', value: `${wanted} on ${on}${until}` }],
          } as const;
          const { grants, refusals } = desiredOf(
            role,
            using(allow, found === undefined ? {} : { [wanted]: found }),
            now,
          );
          expect(grants.length + refusals.length).toBe(1);
          for (const grant of grants) {
            const named = allow.filter((one) => one.grant === wanted && one.on.includes(on));
            expect(
              named.some(({ roles }) =>
                roles.some(
                  (glob) => glob === '*' || glob === roleName || (glob === 'app-*' && roleName === 'app-web'),
                ),
              ),
            ).toBe(true);
            expect(wanted).not.toBe('roles/owner');
            expect(grant.clientProject).toBeDefined();
            if (grant.blocked !== undefined) continue;
            const permissions = found?.kind === 'read' ? found.permissions : [];
            expect(permissions).not.toEqual([]);
            expect(permissions.filter((one) => reasonOfDenial(one) !== undefined)).toEqual([]);
          }
          if (found?.kind === 'read' && found.permissions.some((one) => reasonOfDenial(one) !== undefined))
            expect(grants).toEqual([]);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
