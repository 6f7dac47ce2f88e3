import fc from 'fast-check';
import { adversaryAct } from './adversary-arbitraries.ts';
import { accounts, handMadeMembers, handMadeValues, roleNames } from './by-hand.ts';
import { user } from './foreign.ts';
import type { Act } from './noise.ts';
import type { Part, Step } from './steps.ts';
import { faults } from './turns.ts';

/** Events that are lost, come once, or twice. */
const told = fc.constantFrom(1, 1, 1, 0, 2);
const roleName = fc.constantFrom(...roleNames);
const until = fc.constantFrom(
  undefined,
  undefined,
  '2026-11-24T12:45:00Z',
  '2026-11-25T00:00:00Z',
  '2026-12-24T00:00:00Z',
);

const asks = fc
  .uniqueArray(
    fc.record({ grant: fc.constantFrom('default', 'night'), email: fc.constantFrom(...accounts), until }),
    {
      maxLength: 2,
      selector: ({ grant }) => grant,
    },
  )
  .map((list) =>
    list.map(({ grant, email, until: date }) => ({
      grant,
      email,
      ...(date === undefined ? {} : { until: date }),
    })),
  );

const tags: fc.Arbitrary<Act> = fc.record({ kind: fc.constant('tags'), roleName, asks, told });
const deletion: fc.Arbitrary<Act> = fc.record({ kind: fc.constant('delete'), roleName, told });

const policyEdit: fc.Arbitrary<Act> = fc.record({
  kind: fc.constant('policy'),
  email: fc.constantFrom(...accounts),
  edit: fc.oneof(
    { weight: 1, arbitrary: fc.constant({ kind: 'withoutOurs' } as const) },
    {
      weight: 3,
      arbitrary: fc
        .record({
          kind: fc.constantFrom('add', 'remove'),
          role: fc.constantFrom(user, user, 'roles/iam.serviceAccountTokenCreator'),
          member: fc.constantFrom(...handMadeMembers),
          title: fc.constantFrom(undefined, undefined, 'rolebridge-until', 'by hand'),
        })
        .map(({ title, ...edit }) => ({ ...edit, ...(title === undefined ? {} : { title }) })),
    },
  ),
});

const region = fc.constantFrom('us-east-1', 'eu-west-1', 'ap-south-1');
const parameterEdit: fc.Arbitrary<Act> = fc
  .record({
    region,
    name: fc.constantFrom(
      'reports/default',
      'reports/night',
      'app..a/default',
      'zombie/default',
      'reports/deep/er',
      // Folders in another casing: nobody's.
      'REPORTS/default',
      'Reports/night',
      'App..A/default',
    ),
    value: fc.constantFrom(undefined, ...handMadeValues),
    type: fc.constantFrom('String', 'String', 'StringList', 'SecureString'),
  })
  .map(({ value, ...place }) => ({ kind: 'parameter', ...place, ...(value === undefined ? {} : { value }) }));

const configuration: fc.Arbitrary<Act> = fc
  .record({
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
      roles: fc.constantFrom(['reports', 'app.a'], roleNames, ['app.a']),
      ghosts: fc.constant('ghost*@acme-data.iam.gserviceaccount.com'),
    }),
  })
  .map((intent) => ({ kind: 'configure', intent }));

/** What owners of roles, accounts and configuration do; what `plan` is compared with, too. */
export const act = fc.oneof(
  { weight: 6, arbitrary: tags },
  { weight: 2, arbitrary: deletion },
  { weight: 2, arbitrary: policyEdit },
  { weight: 2, arbitrary: parameterEdit },
  { weight: 1, arbitrary: configuration },
);

const anyAct = fc.oneof({ weight: 14, arbitrary: act }, { weight: 6, arbitrary: adversaryAct(asks, told) });

const part: fc.Arbitrary<Part> = fc.oneof(
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

const scene: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('scene'),
  parts: fc.array(part, { minLength: 1, maxLength: 4 }),
  order: fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 12 })), { maxLength: 8 }),
  faults: fc.array(fc.tuple(fc.nat(40), fc.constantFrom(...faults)), { maxLength: 3 }),
});

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: anyAct.map((one) => ({ kind: 'act', act: one }) as const) },
  { weight: 4, arbitrary: scene },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('duel'),
      roleName: fc.constantFrom('reports', 'app.a'),
      email: fc.constantFrom(...accounts),
      before: fc.integer({ min: 2, max: 12 }),
      between: fc.integer({ min: 1, max: 24 }),
      fault: fc.constantFrom('killed after', 'killed after', 'killed before', 'answer lost'),
      at: fc.nat(2),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('quiet'), isSwept: fc.constantFrom(false, false, true) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('wait'), minutes: fc.constantFrom(20, 61, 60 * 24) }),
  },
);

/** The brake is out of the way, except in some runs. */
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
