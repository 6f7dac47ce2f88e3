/** The examples of docs/outcomes.md: what reconcile sends with the settings of rolebridge.example.yml. */

import { forgottenOutcomes } from '../../shared/app/summarize.ts';
import { loadSettings } from '../../shared/config/config.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { Cause } from '../../shared/core/model.ts';
import type { Outcome } from '../../shared/core/outcome.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { type MemoryWorld, setPolicy, setRole } from './memory.ts';
import { requestFor, runReconcile } from './reconciling.ts';
import { email, reader, reports, writer } from './settings.ts';
import { bindingsOf, createWorld, failCalls } from './world.ts';

const example = loadSettings('rolebridge.example.yml');
const alice = 'arn:aws:sts::111122223333:assumed-role/Administrator/alice';
const roleId = 'AROAEXAMPLEEXAMPLE02';
const until = `${reader} until 2026-12-31`;

const causeOf = (number: number, eventName: string): Cause => ({
  eventId: `07dcf958-5664-4de1-9ff4-99c76de8900${number}`,
  eventName,
  requestedBy: alice,
});

const tagExample = (world: MemoryWorld, tags: Readonly<Record<string, string>>): void =>
  setRole(
    world,
    reports,
    Object.entries(tags).map(([key, value]) => ({ key, value })),
    roleId,
  );

const worldWith = (tags: Readonly<Record<string, string>>): MemoryWorld => {
  const world = createWorld({ at: new Date('2026-11-24T09:21:44.000Z'), serviceAccounts: [] });
  for (const account of [reader, writer]) setPolicy(world, serviceAccountResource(account), {});
  tagExample(world, tags);
  return world;
};

/** The outcome of the last of several events of one role. */
const sent = async (
  world: MemoryWorld,
  cause: Cause,
  more: Parameters<typeof requestFor>[1] = {},
  settings: Settings = example,
): Promise<readonly Outcome[]> => {
  world.outcomes.length = 0;
  await runReconcile(world, [requestFor('reports', { cause, ...more })], settings);
  return world.outcomes;
};

const first = ([one]: readonly Outcome[]): Outcome => {
  if (one === undefined) throw new Error('Nothing was sent.');
  return one;
};

const tagRole = causeOf(1, 'TagRole');
const untagRole = causeOf(2, 'UntagRole');
const aDayLater = (world: MemoryWorld): void => {
  world.now = new Date('2026-11-25T09:21:44.000Z');
};

const withAccess = async (tags: Readonly<Record<string, string>> = { 'google-access': until }) => {
  const world = worldWith(tags);
  await sent(world, tagRole);
  return world;
};

/** The examples by heading. */
export const outcomeExamples: Readonly<Record<string, () => Promise<Outcome>>> = {
  Granted: async () => first(await sent(worldWith({ 'google-access': until }), tagRole)),
  'Granted, in part': async () => {
    const world = worldWith({ 'google-access': until });
    failCalls(
      world,
      /^PutParameter eu-west-1/,
      new PermanentError(
        'writing parameter /google-access/reports/default in eu-west-1: AccessDeniedException.',
      ),
    );
    return first(await sent(world, tagRole));
  },
  Revoked: async () => {
    const world = await withAccess();
    aDayLater(world);
    tagExample(world, {});
    return first(await sent(world, untagRole));
  },
  Refused: async () => first(await sent(worldWith({ 'google-access': reader }), causeOf(3, 'TagRole'))),
  Failed: async () => {
    const world = worldWith({ 'google-access': `${email('missing')} until 2026-12-31` });
    const missing = [serviceAccountResource(email('missing'))];
    return first(await sent(world, causeOf(4, 'TagRole'), { absent: missing }));
  },
  Confirmed: async () => first(await sent(await withAccess(), tagRole, { delivery: 'again' })),
  'Confirmed, with what is left': async () => {
    const world = await withAccess();
    aDayLater(world);
    tagExample(world, {});
    return first(await sent(world, untagRole, { delivery: 'again' }, { ...example, mode: 'upsert-only' }));
  },
  'Confirmed, of one grant': async () => {
    const world = await withAccess({ 'google-access': until, 'google-access/night': until });
    aDayLater(world);
    tagExample(world, { 'google-access': until });
    return first(await sent(world, untagRole));
  },
  'Confirmed, of one grant, and another binding stays': async () => {
    const world = await withAccess();
    const resource = serviceAccountResource(reader);
    const ours = bindingsOf(world, resource);
    const byHand = {
      title: 'until the migration',
      expression: 'request.time < timestamp("2027-03-01T00:00:00Z")',
    };
    setPolicy(world, resource, {
      bindings: [...ours, ...ours.map((one) => ({ ...one, condition: byHand }))],
    });
    aDayLater(world);
    tagExample(world, {});
    return first(await sent(world, untagRole, { namedKeys: ['google-access'] }));
  },
  Forgotten: () => {
    const account = 'reader@acme-old.iam.gserviceaccount.com';
    const cause = { eventId: causeOf(6, '').eventId ?? '', eventName: 'Google Access Drift Detected' };
    const context = {
      settings: example,
      cause,
      approved: [],
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
    return Promise.resolve(first(forgottenOutcomes(context, planned)));
  },
};
