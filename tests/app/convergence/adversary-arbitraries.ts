import fc from 'fast-check';
import { credentialConfig } from '../../../shared/core/credential-config.ts';
import type { Tag } from '../../../shared/core/model.ts';
import { accountId, settings as base } from '../../support/settings.ts';
import type { AdversaryAct } from './adversary.ts';
import { accounts, roleNames } from './by-hand.ts';
import { answerNames } from './google-answers.ts';
import type { Ask } from './intent.ts';

const roleName = fc.constantFrom(...roleNames);
const email = fc.constantFrom(...accounts);
const project = fc.constantFrom('acme-data', 'acme-apps');

const long = (start: string): string => `${start}${'/x23456789'.repeat(10)}`.padEnd(900, 'y');

/** Names below a prefix: requested ones, other folders, other casings, no folder at all, 900 characters. */
const names = [
  ...['reports', 'Reports', 'REPORTS', 'app..a', 'App..a', 'APP..A', 'zombie'].flatMap((folder) => [
    `${folder}/default`,
    `${folder}/night`,
  ]),
  'reports/notes',
  'reports/deep/er',
  'README',
  '.zz/default',
  'a.2bb/default',
  long('reports'),
  long('nobody'),
];

const config = (target?: string): string =>
  JSON.stringify(credentialConfig(base, `aws-${accountId}`, target));
const ghost = 'ghost1@acme-data.iam.gserviceaccount.com';
const otherPool = { ...base, google: { ...base.google, pool: 'other' } };

/** Values by what they are; none: the parameter is deleted. */
const values: Readonly<Record<string, readonly (string | undefined)[]>> = {
  deleted: [undefined],
  'a config of ours that names an account': accounts.map(config),
  'a config of ours that names another account': [
    base.google.serviceAccount,
    ghost,
    'admin@far-away.iam.gserviceaccount.com',
  ].map(config),
  'a config of ours that names no account': [
    config(),
    config('114423456789012345678'),
    JSON.stringify({ ...credentialConfig(base, `aws-${accountId}`, accounts[0]), more: 'x'.repeat(7000) }),
  ],
  'foreign JSON': [
    '{"type":"note"}',
    '[]',
    JSON.stringify(credentialConfig(otherPool, `aws-${accountId}`, accounts[0])),
    '{"type":"external_account","audience":"//iam.googleapis.com/elsewhere"}',
  ],
  'an empty text': [''],
  'a huge text': ['x'.repeat(8192), '['.repeat(8000)],
};

const planting: fc.Arbitrary<AdversaryAct> = fc
  .record({
    region: fc.constantFrom('us-east-1', 'us-east-1', 'eu-west-1', 'ap-south-1', 'us-west-2'),
    prefix: fc.constantFrom('/google-access', '/google-access', '/gcp'),
    name: fc.constantFrom(...names),
    value: fc.constantFrom(
      ...Object.entries(values).flatMap(([what, list]) => list.map((value) => ({ what, value }))),
    ),
  })
  .map(({ region, prefix, name, value: { what, value } }) => ({
    kind: 'plant',
    place: `${region} ${prefix}/${name}`,
    what,
    ...(value === undefined ? {} : { value }),
  }));

/** Keys that are not ours, that are refused, or that nobody may have. */
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
  asks: fc.Arbitrary<readonly Ask[]>,
  told: fc.Arbitrary<number>,
): fc.Arbitrary<AdversaryAct> =>
  fc.oneof(
    { weight: 6, arbitrary: planting },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('otherTags'),
        roleName,
        others: fc.oneof(
          { weight: 6, arbitrary: fc.subarray([...foreignTags, ...ghostTags.slice(0, 1)]) },
          { weight: 1, arbitrary: fc.constant(ghostTags) },
        ),
        told,
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('recreate'), roleName, asks, told }) },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('weather'),
        weather: fc.record({
          about: fc.oneof({ weight: 3, arbitrary: email }, { weight: 1, arbitrary: project }),
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
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('comeBack'),
        how: fc.constantFrom('as it was', 'as it was', 'anew'),
      }),
    },
    { weight: 3, arbitrary: fc.constant<AdversaryAct>({ kind: 'emptyTable' }) },
  );
