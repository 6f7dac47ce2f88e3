import fc from 'fast-check';
import { credentialConfig } from '../../../shared/core/credential-config.ts';
import type { Tag } from '../../../shared/core/model.ts';
import { settings as base } from '../../support/settings.ts';
import type { AdversaryAct } from './adversary.ts';
import { type AwsAccounts, accounts, handMadeStatuses } from './by-hand.ts';
import { answerNames } from './google-answers.ts';
import { type Ask, providerIn } from './intent.ts';
import { placeOf } from './roles.ts';
import { directResources, googleRoles } from './targets.ts';

const email = fc.constantFrom(...accounts);
const project = fc.constantFrom('acme-data', 'acme-apps');

const long = (start: string): string => `${start}${'/x23456789'.repeat(10)}`.padEnd(900, 'y');

/** Names below a prefix: requested ones, other folders, other casings, no folder, 900 characters. */
const names = [
  ...['reports', 'Reports', 'REPORTS', 'app..a', 'App..a', 'APP..A', 'zombie'].flatMap((folder) => [
    `${folder}/default`,
    `${folder}/night`,
  ]),
  ...['reports/default', 'app..a/night', 'REPORTS/default', 'zombie/default'].flatMap((one) => [
    `${one}.status`,
    `${one}.project`,
  ]),
  'reports/notes',
  'reports/deep/er',
  'README',
  '.zz/default',
  'a.2bb/default',
  long('reports'),
  long('nobody'),
];

const config = (accountId: string, target?: string): string =>
  JSON.stringify(credentialConfig(base, providerIn(accountId), target));
const ghost = 'ghost1@acme-data.iam.gserviceaccount.com';
const otherPool = { ...base, google: { ...base.google, pool: 'other' } };

/** Values by kind; none: the parameter is deleted. */
const valuesIn = (accountId: string): Readonly<Record<string, readonly (string | undefined)[]>> => ({
  deleted: [undefined],
  'a config of ours that names an account': accounts.map((target) => config(accountId, target)),
  'a config of ours that names another account': [
    base.google.serviceAccount,
    ghost,
    'admin@far-away.iam.gserviceaccount.com',
  ].map((target) => config(accountId, target)),
  'a config of ours that names no account': [
    config(accountId),
    config(accountId, '114423456789012345678'),
    JSON.stringify({ ...credentialConfig(base, providerIn(accountId), accounts[0]), more: 'x'.repeat(7000) }),
  ],
  'a status': handMadeStatuses,
  'foreign JSON': [
    '{"type":"note"}',
    '[]',
    JSON.stringify(credentialConfig(otherPool, providerIn(accountId), accounts[0])),
    '{"type":"external_account","audience":"//iam.googleapis.com/elsewhere"}',
  ],
  'the name of a project': ['acme-data', 'acme-apps'],
  'an empty text': [''],
  'a huge text': ['x'.repeat(8192), '['.repeat(8000)],
});

const planting = ({ ids }: AwsAccounts): fc.Arbitrary<AdversaryAct> =>
  fc.constantFrom(...ids).chain((accountId) =>
    fc
      .record({
        region: fc.constantFrom(
          'us-east-1',
          'us-east-1',
          'eu-west-1',
          'ap-south-1',
          'us-west-2',
          ...(ids.length > 1 ? ['eu-central-1', 'eu-central-1'] : []),
        ),
        prefix: fc.constantFrom('/google-access', '/google-access', '/gcp'),
        name: fc.constantFrom(...names),
        value: fc.constantFrom(
          ...Object.entries(valuesIn(accountId)).flatMap(([what, list]) =>
            list.map((value) => ({ what, value })),
          ),
        ),
      })
      .map(({ region, prefix, name, value: { what, value } }) => ({
        kind: 'plant',
        place: placeOf({ accountId, region }, `${prefix}/${name}`),
        what,
        ...(value === undefined ? {} : { value }),
      })),
  );

/** Keys that are not ours, that are refused, or that no one may have. */
const foreignTags: readonly Tag[] = [
  { key: 'google-accessory', value: accounts[0] ?? '' },
  { key: 'GOOGLE-ACCESS/other', value: accounts[1] ?? '' },
  { key: 'google-access/UPPER', value: accounts[2] ?? '' },
  { key: 'google-access/', value: accounts[0] ?? '' },
  { key: 'google-access/bad', value: 'nobody' },
  { key: 'google-access/late', value: `${accounts[0]} until yesterday` },
  { key: 'google-access/own', value: base.google.serviceAccount },
  { key: 'google-access/far', value: 'admin@far-away.iam.gserviceaccount.com' },
  { key: 'google-access/direct', value: 'roles/storage.admin on projects/acme-data' },
  { key: 'Team', value: 'data' },
];
const ghostTags: readonly Tag[] = Array.from({ length: 50 }, (_, index) => ({
  key: `google-access/n${index + 1}`,
  value: `ghost${index + 1}@acme-data.iam.gserviceaccount.com`,
}));

export const adversaryAct = (
  within: AwsAccounts,
  asks: fc.Arbitrary<readonly Ask[]>,
  deliveries: fc.Arbitrary<number>,
): fc.Arbitrary<AdversaryAct> => {
  const role = fc.constantFrom(...within.refs);
  return fc.oneof(
    { weight: 6, arbitrary: planting(within) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('otherTags'),
        role,
        others: fc.oneof(
          { weight: 6, arbitrary: fc.subarray([...foreignTags, ...ghostTags.slice(0, 1)]) },
          { weight: 1, arbitrary: fc.constant(ghostTags) },
        ),
        deliveries,
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('recreate'), role, asks, deliveries }) },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('weather'),
        weather: fc.record({
          about: fc.oneof(
            { weight: 3, arbitrary: email },
            { weight: 3, arbitrary: fc.constantFrom(...directResources, ...googleRoles) },
            { weight: 1, arbitrary: project },
          ),
          on: fc.constantFrom('reads', 'writes', 'all'),
          answer: fc.constantFrom(...answerNames),
          calls: fc.constantFrom(1, 1, 3, Number.POSITIVE_INFINITY),
        }),
      }),
    },
    { weight: 1, arbitrary: fc.constant<AdversaryAct>({ kind: 'calm' }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('deleteAccount'), email }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('deleteProject'),
        project,
        answer: fc.constantFrom('CONSUMER_INVALID', 'IAM_PERMISSION_DENIED', '404'),
      }),
    },
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant('comeBack'),
        how: fc.constantFrom('as it was', 'as it was', 'new'),
      }),
    },
    { weight: 3, arbitrary: fc.constant<AdversaryAct>({ kind: 'emptyTable' }) },
    ...(within.ids.length > 1 ? inMembers(within) : []),
  );
};

/** Failures in one of several AWS accounts, and records that the administrator of a member account makes up. */
const inMembers = ({ ids, refs }: AwsAccounts): readonly fc.WeightedArbitrary<AdversaryAct>[] => {
  const [, ...members] = ids;
  const weather = fc.record({
    accountId: fc.constantFrom(...ids, ...members),
    on: fc.constantFrom('reads', 'writes', 'all', 'all'),
    answer: fc.constantFrom('denied', 'no answer'),
    skip: fc.constantFrom(0, 0, 0, 1, 3),
    calls: fc.constantFrom(1, 3, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY),
  });
  const forgery = fc
    .record({
      from: fc.constantFrom(...members),
      about: fc.constantFrom(...refs),
      eventName: fc.constantFrom('TagRole', 'UntagRole', 'CreateRole', 'DeleteRole'),
      how: fc.constantFrom('names another account', 'names another account', 'has another source'),
    })
    .filter(({ from, about, how }) => how === 'has another source' || from !== about.accountId);
  return [
    { weight: 10, arbitrary: fc.record({ kind: fc.constant('awsWeather'), weather }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('forge'), forgery }) },
  ];
};
