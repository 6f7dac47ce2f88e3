/** The examples of docs/outcomes.md: what reconcile sends with the settings of rolebridge.example.yml. */

import { forgottenOutcomes } from '../../shared/app/outcomes.ts';
import { loadSettings } from '../../shared/config.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import { workloadIdentityUser } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { Cause } from '../../shared/core/model.ts';
import type { Outcome } from '../../shared/core/outcome.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { type MemoryWorld, memoryWorld, setPolicy, setRole } from './memory.ts';
import { failing, request, run } from './reconciling.ts';
import { email, reader, reports, writer } from './settings.ts';

const example = loadSettings('rolebridge.example.yml');
const alice = 'arn:aws:sts::111122223333:assumed-role/Administrator/alice';
const roleId = 'AROAEXAMPLEEXAMPLE02';
const until = `${reader} until 2026-12-31`;

const causeOf = (number: number, eventName: string): Cause => ({
  eventId: `07dcf958-5664-4de1-9ff4-99c76de8900${number}`,
  eventName,
  requestedBy: alice,
});

const tag = (made: MemoryWorld, tags: Readonly<Record<string, string>>): void =>
  setRole(
    made,
    reports,
    Object.entries(tags).map(([key, value]) => ({ key, value })),
    roleId,
  );

const worldWith = (tags: Readonly<Record<string, string>>): MemoryWorld => {
  const made = memoryWorld(new Date('2026-11-24T09:21:44.000Z'));
  for (const account of [reader, writer]) setPolicy(made, serviceAccountResource(account), {});
  tag(made, tags);
  return made;
};

/** What the last of some events of one role brings. */
const sent = async (
  made: MemoryWorld,
  cause: Cause,
  more: Parameters<typeof request>[1] = {},
  settings: Settings = example,
): Promise<readonly Outcome[]> => {
  made.outcomes.length = 0;
  await run(made, [request('reports', { cause, ...more })], settings);
  return made.outcomes;
};

const first = ([one]: readonly Outcome[]): Outcome => {
  if (one === undefined) throw new Error('Nothing was sent.');
  return one;
};

const tagRole = causeOf(1, 'TagRole');
const untagRole = causeOf(2, 'UntagRole');
const aDayLater = (made: MemoryWorld): void => {
  made.now = new Date('2026-11-25T09:21:44.000Z');
};

const withAccess = async (tags: Readonly<Record<string, string>> = { 'google-access': until }) => {
  const made = worldWith(tags);
  await sent(made, tagRole);
  return made;
};

/** By the heading that an example stands under. */
export const outcomeExamples: Readonly<Record<string, () => Promise<Outcome>>> = {
  Granted: async () => first(await sent(worldWith({ 'google-access': until }), tagRole)),
  'Granted, in part': async () => {
    const made = worldWith({ 'google-access': until });
    failing(
      made,
      /^PutParameter eu-west-1/,
      new PermanentError(
        'writing parameter /google-access/reports/default in eu-west-1: AccessDeniedException.',
      ),
    );
    return first(await sent(made, tagRole));
  },
  Revoked: async () => {
    const made = await withAccess();
    aDayLater(made);
    tag(made, {});
    return first(await sent(made, untagRole));
  },
  Refused: async () => first(await sent(worldWith({ 'google-access': reader }), causeOf(3, 'TagRole'))),
  Failed: async () => {
    const made = worldWith({ 'google-access': `${email('missing')} until 2026-12-31` });
    const missing = [serviceAccountResource(email('missing'))];
    return first(await sent(made, causeOf(4, 'TagRole'), { reportedAbsent: missing }));
  },
  Confirmed: async () => first(await sent(await withAccess(), tagRole, { delivery: 'again' })),
  'Confirmed, with what is left': async () => {
    const made = await withAccess();
    aDayLater(made);
    tag(made, {});
    return first(await sent(made, untagRole, { delivery: 'again' }, { ...example, mode: 'upsert-only' }));
  },
  'Confirmed, of one grant': async () => {
    const made = await withAccess({ 'google-access': until, 'google-access/night': until });
    aDayLater(made);
    tag(made, { 'google-access': until });
    return first(await sent(made, untagRole));
  },
  Forgotten: () => {
    const account = 'reader@acme-old.iam.gserviceaccount.com';
    const cause = { eventId: causeOf(6, '').eventId ?? '', eventName: 'Google Access Drift Detected' };
    const telling = {
      settings: example,
      cause,
      events: [],
      entries: [],
      now: new Date('2026-11-24T09:21:44.000Z'),
    };
    const entry = {
      googleRole: workloadIdentityUser,
      resource: serviceAccountResource(account),
      member: memberOf(example, reports),
      grants: ['default'],
      since: '2026-06-01T08:00:00.000Z',
      announcedAt: '2026-06-01T08:00:00.000Z',
    };
    const role = { kind: 'absent', ref: reports } as const;
    const forgotten = [
      { entry, thing: { kind: 'project', name: 'acme-old' } as const, answeredBy: alice, sk: 'forget#x' },
    ];
    const planned = {
      role,
      folders: [],
      folderErrors: new Map(),
      ledger: { role: reports, entries: [] },
      changes: [],
      requesters: new Map(),
      mayDefer: true,
      forgotten,
    };
    return Promise.resolve(first(forgottenOutcomes(telling, planned)));
  },
};
