import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { busyPolicy, memberText } from '../app/convergence/foreign.ts';
import { user } from '../app/convergence/targets.ts';
import { reader, writer } from '../support/settings.ts';
import { configOf } from '../support/snapshot.ts';

const events: readonly unknown[] = readdirSync('events').map((name): unknown =>
  JSON.parse(readFileSync(`events/${name}`, 'utf8')),
);

/** Bodies of the queue's messages, like those in events/. */
export const bodies: readonly unknown[] = events.flatMap((event) => {
  const { Records = [] } = event as { readonly Records?: readonly { readonly body: string }[] };
  return Records.map(({ body }): unknown => JSON.parse(body));
});

/** Inputs of the sweep's invocation. */
export const sweepEvents: readonly unknown[] = [
  ...events.filter((event) => !Object.hasOwn(Object(event), 'Records')),
  {},
  { approve: '0123456789abcdef' },
];

/** Tags of a role, good and bad. */
export const tags: readonly unknown[] = [
  [{ key: 'google-access', value: reader }],
  [
    { key: 'google-access', value: `${reader} until 2026-12-31` },
    { key: 'google-access/w', value: `${writer} until 2026-12-31T18:00:00Z` },
    { key: 'Google-Access', value: reader },
    { key: 'Team', value: 'data' },
  ],
  [
    { key: 'google-access/own', value: 'rolebridge@acme-identity.iam.gserviceaccount.com' },
    { key: 'google-access/d', value: 'roles/iam.serviceAccountTokenCreator on projects/acme-data' },
    { key: 'google-access/n', value: '123456789012-compute@developer.gserviceaccount.com' },
    { key: 'google-access/l', value: 'a@legacy.example.com.iam.gserviceaccount.com' },
  ],
];

export const files: readonly string[] = ['rolebridge.yml', 'rolebridge.example.yml'].map((name) =>
  readFileSync(name, 'utf8'),
);
export const parsedFiles: readonly unknown[] = files.map((text): unknown => parse(text));

export const policies: readonly unknown[] = [
  {},
  { etag: 'BwXhqDkAAAA=', version: 1 },
  { ...busyPolicy, etag: 'BwXhqDkAAAA=' },
  {
    etag: 'BwXhqDkAAAA=',
    bindings: [
      { role: user, members: [memberText('reports'), memberText('app-1'), 'user:eve@example.com'] },
      {
        role: user,
        members: [memberText('reports')],
        condition: {
          title: 'rolebridge-until',
          expression: 'request.time < timestamp("2026-12-31T00:00:00Z")',
        },
      },
      { role: user, members: [memberText('reports', '999988887777')] },
    ],
  },
];

export const parameterValues: readonly unknown[] = [configOf(reader), configOf(writer)].map((text): unknown =>
  JSON.parse(text),
);

/** Bodies of scope entries, and of what the file lacks. */
export const scopes: readonly unknown[] = [
  { version: 1, kind: 'project', name: 'acme-data', since: '2026-11-24T12:00:00Z' },
  {
    version: 1,
    kind: 'account',
    name: '111122223333',
    provider: 'aws-1',
    regions: ['us-east-1'],
    since: 'x',
  },
  { version: 1, kind: 'region', name: 'eu-west-3', droppedAt: '2026-11-24T12:00:00Z' },
];

/** Bodies of roles' items in the ledger. */
export const ledgerItems: readonly unknown[] = [
  {
    version: 1,
    role: { partition: 'aws', accountId: '111122223333', roleName: 'reports' },
    entries: [
      {
        googleRole: 'roles/iam.workloadIdentityUser',
        resource: 'projects/acme-data/serviceAccounts/reader@acme-data.iam.gserviceaccount.com',
        member: 'principalSet://iam.googleapis.com/x',
        condition: {
          title: 'rolebridge-until',
          expression: 'request.time < timestamp("2030-01-01T00:00:00Z")',
        },
        grants: ['default', 'night'],
        since: '2026-11-24T12:00:00Z',
        announcedAt: '2026-11-24T12:00:00Z',
        requesters: [{ grant: 'night', requestedBy: 'alice', eventId: 'e-1', eventName: 'TagRole' }],
      },
    ],
  },
];
