import fc from 'fast-check';
import { adversaryAct } from './adversary-arbitraries.ts';
import { type AwsAccounts, accounts, handMadeMembers, handMadeValues, roleNames } from './by-hand.ts';
import type { Act } from './noise.ts';
import type { Part, Step } from './steps.ts';
import { bucket, directResources, directTargets, googleRoles, secret, user } from './targets.ts';
import { faults } from './turns.ts';

/** Events are lost, delivered once, or delivered twice. */
const deliveries = fc.constantFrom(1, 1, 1, 0, 2);
const until = fc.constantFrom(
  undefined,
  undefined,
  '2026-11-24T12:45:00Z',
  '2026-11-25T00:00:00Z',
  '2026-12-24T00:00:00Z',
);

/** Service accounts, and as often Google roles on resources. */
const target = fc.oneof(fc.constantFrom(...accounts), fc.constantFrom(...directTargets));

const asks = fc
  .uniqueArray(fc.record({ grant: fc.constantFrom('default', 'night'), target, until }), {
    maxLength: 2,
    selector: ({ grant }) => grant,
  })
  .map((list) =>
    list.map(({ grant, target: asked, until: date }) => ({
      grant,
      target: asked,
      ...(date === undefined ? {} : { until: date }),
    })),
  );

const roleIn = ({ refs }: AwsAccounts) => fc.constantFrom(...refs);
const tags = (within: AwsAccounts): fc.Arbitrary<Act> =>
  fc.record({ kind: fc.constant('tags'), role: roleIn(within), asks, deliveries });
const deletion = (within: AwsAccounts): fc.Arbitrary<Act> =>
  fc.record({ kind: fc.constant('delete'), role: roleIn(within), deliveries });

const accountEdit = (within: AwsAccounts): fc.Arbitrary<Act> =>
  fc.record({
    kind: fc.constant('policy'),
    resource: fc.constantFrom(...accounts),
    edit: fc.oneof(
      { weight: 1, arbitrary: fc.constant({ kind: 'withoutOurs' } as const) },
      {
        weight: 3,
        arbitrary: fc
          .record({
            kind: fc.constantFrom('add', 'remove'),
            role: fc.constantFrom(user, user, 'roles/iam.serviceAccountTokenCreator'),
            member: fc.constantFrom(...handMadeMembers(within)),
            title: fc.constantFrom(undefined, undefined, 'rolebridge-until', 'by hand'),
          })
          .map(({ title, ...edit }) => ({ ...edit, ...(title === undefined ? {} : { title }) })),
      },
    ),
  });

const directEdit = (within: AwsAccounts): fc.Arbitrary<Act> =>
  fc.constantFrom(...directResources).chain((resource) =>
    fc.record({
      kind: fc.constant('policy'),
      resource: fc.constant(resource),
      edit: fc.oneof(
        { weight: 1, arbitrary: fc.constant({ kind: 'withoutOurs' } as const) },
        {
          weight: 3,
          arbitrary: fc
            .record({
              kind: fc.constantFrom('add', 'add', 'remove'),
              role: fc.constantFrom(...rolesOn(resource), 'roles/viewer.legacy'),
              member: fc.constantFrom(...handMadeMembers(within)),
              title: fc.constantFrom(undefined, ...(takesConditions(resource) ? [undefined, 'by hand'] : [])),
            })
            .map(({ title, ...edit }) => ({ ...edit, ...(title === undefined ? {} : { title }) })),
        },
      ),
    }),
  );
const rolesOn = (resource: string): readonly string[] =>
  googleRoles.filter((googleRole) => directTargets.includes(`${googleRole} on ${resource}`));
const takesConditions = (resource: string): boolean => resource === bucket || resource === secret;

const permissions: fc.Arbitrary<Act> = fc.record({
  kind: fc.constant('permissions'),
  googleRole: fc.constantFrom(...googleRoles),
  permitted: fc.constantFrom('granted', 'granted', 'unknown', 'never'),
});

const regions = ({ ids }: AwsAccounts): readonly string[] => [
  'us-east-1',
  'eu-west-1',
  'ap-south-1',
  ...(ids.length > 1 ? ['eu-central-1'] : []),
];
const parameterEdit = (within: AwsAccounts): fc.Arbitrary<Act> =>
  fc.constantFrom(...within.ids).chain((accountId) =>
    fc
      .record({
        accountId: fc.constant(accountId),
        region: fc.constantFrom(...regions(within)),
        name: fc.constantFrom(
          'reports/default',
          'reports/night',
          'app..a/default',
          'zombie/default',
          'reports/deep/er',
          'reports/default.status',
          'app..a/night.status',
          'zombie/default.status',
          'reports/default.project',
          'zombie/night.project',
          // Folders in another casing: they belong to no role.
          'REPORTS/default',
          'Reports/night',
          'App..A/default',
        ),
        value: fc.constantFrom(undefined, ...handMadeValues(accountId)),
        type: fc.constantFrom('String', 'String', 'StringList', 'SecureString'),
      })
      .map(({ value, type, ...place }) => ({
        kind: 'parameter',
        ...place,
        // In memory, any ciphertext reads like the name of a project.
        type: place.name.endsWith('.project') ? 'String' : type,
        ...(value === undefined ? {} : { value }),
      })),
  );

/** Whether each grant has a status beside its config. */
export const hasStatuses = fc.boolean();

const configuration = ({ ids, members }: AwsAccounts): fc.Arbitrary<Act> =>
  fc
    .record({
      members: fc.constantFrom(...members),
      hasStatuses,
      regions: fc.constantFrom<readonly [string, ...string[]]>(
        ['us-east-1', 'eu-west-1'],
        ['us-east-1'],
        ['ap-south-1', 'us-east-1'],
        ['eu-west-1', 'us-east-1', 'ap-south-1'],
      ),
      prefix: fc.constantFrom('/google-access', '/google-access', '/gcp'),
      projects: fc.constantFrom(
        ['acme-data', 'acme-apps', 'acme-identity'],
        ['acme-data'],
        ['acme-apps', 'acme-identity'],
      ),
      allow: fc.record({
        emails: fc.constantFrom(accounts, accounts.slice(0, 1), accounts.slice(1)),
        direct: fc.constantFrom(directTargets, directTargets.slice(0, 2), directTargets.slice(1), []),
        roles: fc.constantFrom(['reports', 'app.a'], roleNames, ['app.a']),
        ghosts: fc.constant('ghost*@acme-data.iam.gserviceaccount.com'),
        accounts: fc.constantFrom<readonly string[] | undefined>(
          undefined,
          ...(ids.length > 1 ? [undefined, ids.slice(0, 1), ids.slice(0, 2)] : []),
        ),
      }),
    })
    .map(({ allow: { accounts: admitted, ...allow }, ...intent }) => ({
      kind: 'configure',
      intent: { ...intent, allow: { ...allow, ...(admitted === undefined ? {} : { accounts: admitted }) } },
    }));

/** Actions of the owners of roles, accounts and configuration; `plan` is also compared with these. */
export const actIn = (within: AwsAccounts): fc.Arbitrary<Act> =>
  fc.oneof(
    { weight: 6, arbitrary: tags(within) },
    { weight: 2, arbitrary: deletion(within) },
    { weight: 2, arbitrary: accountEdit(within) },
    { weight: 2, arbitrary: directEdit(within) },
    { weight: 1, arbitrary: permissions },
    { weight: 2, arbitrary: parameterEdit(within) },
    { weight: within.ids.length > 1 ? 2 : 1, arbitrary: configuration(within) },
  );

const anyActIn = (within: AwsAccounts): fc.Arbitrary<Act> =>
  fc.oneof(
    { weight: 14, arbitrary: actIn(within) },
    { weight: 6, arbitrary: adversaryAct(within, asks, deliveries) },
  );

const partIn = (anyAct: fc.Arbitrary<Act>): fc.Arbitrary<Part> =>
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('reconcile'),
        picks: fc.array(fc.nat(9), { minLength: 1, maxLength: 3 }),
        isStale: fc.constantFrom(false, false, true),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('sweep') }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('act'), act: anyAct }) },
  );

const sceneIn = (anyAct: fc.Arbitrary<Act>): fc.Arbitrary<Step> =>
  fc.record({
    kind: fc.constant('scene'),
    parts: fc.array(partIn(anyAct), { minLength: 1, maxLength: 4 }),
    order: fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 12 })), { maxLength: 8 }),
    faults: fc.array(fc.tuple(fc.nat(40), fc.constantFrom(...faults)), { maxLength: 3 }),
  });

export const stepIn = (within: AwsAccounts): fc.Arbitrary<Step> => {
  const anyAct = anyActIn(within);
  return fc.oneof(
    { weight: 5, arbitrary: anyAct.map((one) => ({ kind: 'act', act: one }) as const) },
    { weight: 4, arbitrary: sceneIn(anyAct) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('duel'),
        role: fc.constantFrom(...within.refs.filter(({ roleName }) => roleName === roleName.toLowerCase())),
        target,
        before: fc.integer({ min: 2, max: 12 }),
        between: fc.integer({ min: 1, max: 24 }),
        fault: fc.constantFrom('killed after', 'killed after', 'killed before', 'answer lost'),
        at: fc.nat(2),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('unreadableFolders'),
        role: fc.constantFrom(...within.refs.filter(({ roleName }) => roleName === roleName.toLowerCase())),
        target,
        calls: fc.integer({ min: 1, max: 6 }),
      }),
    },
    ...directSteps(within),
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('quiet'), isSwept: fc.constantFrom(false, false, true) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('wait'), minutes: fc.constantFrom(20, 61, 60 * 24) }),
    },
  );
};

const directSteps = (within: AwsAccounts): readonly fc.WeightedArbitrary<Step>[] => [
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('drain'),
      target: fc.constantFrom(...directTargets),
      member: fc.constantFrom(...handMadeMembers(within).slice(1)),
      role: roleIn(within),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('adopt'),
      resource: fc.constantFrom(...directResources),
      verdict: fc.constantFrom('keep', 'remove'),
    }),
  },
];

/** The revocation limit is out of the way, except in some runs. */
export const maxRevocations = fc.constantFrom(100, 100, 100, 0, 1);
export const mode = fc.constantFrom(
  'sync',
  'sync',
  'sync',
  'sync',
  'sync',
  'sync',
  'upsert-only',
  'upsert-only',
  'dry-run',
);
