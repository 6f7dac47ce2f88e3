/**
 * A failure reaches someone: its message comes back, or an outcome names it. A failure of something else of the same role does not
 * hide it.
 */
import type { Delivery } from '../../shared/app/role-run.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import {
  asked,
  bucket,
  bucketWorld,
  creator,
  direct,
  tagFor,
  viewer,
  withCreator,
} from '../support/bucket-world.ts';
import { type MemoryWorld, setPolicy, unavailable } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { reader, settings, writer } from '../support/settings.ts';
import { readerPolicy } from '../support/snapshot.ts';
import { entriesOf } from '../support/table.ts';
import {
  advance,
  bindingsOf,
  createWorld,
  failCalls,
  failReread,
  hour,
  isBound,
  member,
  tagRole,
  takeReports,
} from '../support/world.ts';

const key = settings.tagKey;
const denied = (what: string): PermanentError => new PermanentError(`${what}: AccessDeniedException.`);
const last = [requestFor('reports', { delivery: 'last' })];
const over = 'That was the last try: the message goes to the dead-letter queue.';
const notClosed = 'The ledger item of the role could not be closed:';
const nobody = 'nobody@acme-data.iam.gserviceaccount.com';

/** A role that had access, by the default grant and `more`, and whose tags are these now. */
const after = async (
  tags: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>> = {},
): Promise<MemoryWorld> => {
  const world = createWorld();
  tagRole(world, { [key]: reader, ...more });
  await runReconcile(world);
  takeReports(world);
  tagRole(world, tags);
  return world;
};

describe('a failure for good', () => {
  it('of reading the folder of access that ended: the config may still be there', async () => {
    const world = await after({});
    failCalls(world, /^GetParametersByPath eu-west-1/, denied('listing /google-access/reports in eu-west-1'));
    const [report] = await runReconcile(world);
    expect(report?.retry).toBeUndefined();
    expect(world.parameters.has('eu-west-1 /google-access/reports/default')).toBe(true);
    expect(world.outcomes.map(({ detail }) => detail.parameters)).toContainEqual([
      { region: 'eu-west-1', name: '/google-access/reports' },
    ]);
    expect(takeReports(world)).toEqual([
      ['Revoked', 'default', expect.stringContaining('No new tokens within minutes')],
      ['Failed', undefined, 'listing /google-access/reports in eu-west-1: AccessDeniedException.'],
    ]);
  });

  it('of reading the folder of access that moved: the failed config names it, and nothing repeats it', async () => {
    const world = await after({ [key]: writer });
    failCalls(world, /^GetParametersByPath eu-west-1/, denied('listing'));
    await runReconcile(world);
    expect(takeReports(world).map(([type, grant]) => [type, grant])).toEqual([
      ['Revoked', 'default'],
      ['Granted', 'default'],
    ]);
  });

  it('of closing the ledger item: the access is gone, and a later run says so, too', async () => {
    const world = await after({});
    failCalls(world, /^DeleteItem role/, denied('deleting the item'));
    const [report] = await runReconcile(world);
    expect(report?.retry).toBeUndefined();
    expect(isBound(world)).toBe(false);
    expect(entriesOf(world)).toHaveLength(1);
    expect(takeReports(world)).toEqual([
      ['Failed', undefined, `${notClosed} deleting the item: AccessDeniedException.`],
    ]);
    advance(world, hour);
    await runReconcile(world);
    expect(takeReports(world)).toEqual([
      [
        'Failed',
        'default',
        `The access is gone, but the ledger still lists it. ${notClosed} deleting the item: AccessDeniedException.`,
      ],
    ]);
  });

  it.each(['first', 'again', 'last'] as const)(
    'of reading the role once more after its changes (delivery: %s)',
    async (delivery) => {
      const world = createWorld();
      tagRole(world, { [key]: reader });
      failReread(world, denied('reading role reports'));
      const [report] = await runReconcile(world, [requestFor('reports', { delivery })]);
      expect(report?.retry).toBeUndefined();
      expect(takeReports(world)).toEqual([
        ['Granted', 'default', 'Granted; effective within minutes.'],
        ['Failed', undefined, 'reading role reports: AccessDeniedException.'],
      ]);
    },
  );
});

describe('another failure of the role as a whole', () => {
  /** A first pass that reports one failure, and the recheck of it, which meets another one. */
  const rechecked = async (failure: Error, delivery: Delivery): Promise<MemoryWorld> => {
    const world = createWorld();
    tagRole(world, { [key]: reader, [`${key}/z`]: writer });
    failReread(world, denied('reading role reports'));
    const [first] = await runReconcile(world);
    tagRole(world, { [key]: reader });
    failCalls(world, /^(DeleteItem|PutItem) role/, failure);
    if (first === undefined) throw new Error('nothing was reported');
    const second = { pass: 'second', reported: first.reported, needsRecheck: false, delivery } as const;
    await runReconcile(world, [requestFor('reports', second)]);
    return world;
  };

  it.each([
    ['for good', denied('writing the item'), 'first'],
    ['on the last try', unavailable('DynamoDB'), 'last'],
  ] as const)('is news for the recheck, with an id of its own (%s)', async (_, failure, delivery) => {
    const world = await rechecked(failure, delivery);
    const failed = world.outcomes.filter(({ type }) => type === 'Failed').map(({ detail }) => detail);
    expect(failed.map(({ reason }) => reason)).toEqual([
      'reading role reports: AccessDeniedException.',
      expect.stringContaining(`${notClosed} ${failure.message}`),
    ]);
    expect(new Set(failed.map(({ id }) => id)).size).toBe(2);
  });

  it('each has an outcome, and thirty long ones are not cut', async () => {
    const world = bucketWorld();
    tagRole(world, {});
    const resources = Array.from({ length: 30 }, (_, n) => `buckets/acme-${n}`);
    world.before = (call) => {
      const [, resource] = /^getIamPolicy (buckets\/\S+)/.exec(call) ?? [];
      if (resource === 'buckets/acme-29') throw unavailable(resource);
      if (resource !== undefined) throw denied(`reading the allow policy of ${resource}: ${'x'.repeat(250)}`);
    };
    const [report] = await runReconcile(
      world,
      [requestFor('reports', { delivery: 'last', resources, namedKeys: [] })],
      direct,
    );
    expect(report?.retry).toBeDefined();
    expect(new Set(world.outcomes.map(({ detail }) => detail.id)).size).toBe(30);
    const reasons = world.outcomes.map(({ detail }) => detail.reason ?? '');
    for (const resource of resources) expect(reasons.filter((one) => one.includes(resource))).not.toEqual([]);
    expect(reasons.filter((one) => one.includes(over))).toEqual([
      `buckets/acme-29 is not available (503). ${over}`,
    ]);
  });

  it('of an earlier round is reported, even if a later round cannot read the role', async () => {
    const world = await after({ [`${key}/x`]: nobody, [`${key}/y`]: 'nonsense' });
    let reads = 0;
    world.before = (call) => {
      if (!call.startsWith('GetRole')) return;
      reads += 1;
      if (reads === 2) tagRole(world, { [`${key}/x`]: nobody, [`${key}/y`]: 'nonsense', other: '1' });
      if (reads === 3) throw denied('reading role reports');
    };
    await runReconcile(world);
    expect(takeReports(world).map(([type, grant]) => [type, grant])).toEqual([
      ['Revoked', 'default'],
      ['Refused', 'y'],
      ['Failed', 'x'],
      ['Failed', undefined],
    ]);
  });

  it('with the same text as the failure of a grant is reported, too: the item could be neither opened nor closed', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader, [`${key}/y`]: writer });
    await runReconcile(world);
    takeReports(world);
    tagRole(world, { [`${key}/y`]: writer, [`${key}/x`]: `${reader} until 2026-12-31` });
    failCalls(world, /^PutItem role/, denied('writing the item'));
    await runReconcile(world);
    expect(takeReports(world)).toContainEqual([
      'Failed',
      undefined,
      `${notClosed} writing the item: AccessDeniedException.`,
    ]);
  });
});

it('access that the role keeps through another grant is not called gone', async () => {
  const world = createWorld();
  const until = `${reader} until 2026-12-31`;
  tagRole(world, { [key]: reader, [`${key}/x`]: until });
  await runReconcile(world);
  takeReports(world);
  const bindings = bindingsOf(world).filter(({ condition }) => condition === undefined);
  setPolicy(world, readerPolicy, { bindings });
  tagRole(world, { [key]: reader });
  advance(world, hour);
  failCalls(world, /^(DeleteItem|PutItem) role/, denied('writing the item'));
  await runReconcile(world);
  expect(takeReports(world)).toContainEqual([
    'Failed',
    'x',
    expect.stringMatching(/^Access may still be there\./),
  ]);
});

it('access that the role keeps through a binding that someone made by hand is not called gone', async () => {
  const world = bucketWorld([]);
  tagFor(world);
  await runReconcile(world, [requestFor()], direct);
  takeReports(world);
  advance(world, hour);
  const condition = { title: 'by hand', expression: 'true' };
  setPolicy(world, bucket, { bindings: [{ role: viewer, members: [member], condition }] });
  tagRole(world, {});
  failCalls(world, /^(DeleteItem|PutItem) role/, denied('deleting the item'));
  await runReconcile(world, [requestFor()], direct);
  expect(takeReports(world)).toContainEqual([
    'Failed',
    'in',
    expect.stringMatching(/^Access may still be there\./),
  ]);
});

it('a grant that could not be listed is reported beside one whose item could not be closed', async () => {
  const world = await after({ [`${key}/y`]: writer, [`${key}/x`]: writer }, { [`${key}/y`]: writer });
  advance(world, hour);
  setPolicy(world, readerPolicy, { bindings: [] });
  failCalls(world, /^PutItem role/, denied('writing the item'));
  await runReconcile(world);
  expect(takeReports(world)).toContainEqual([
    'Failed',
    undefined,
    'writing the item: AccessDeniedException.',
  ]);
});

it('a grant that the ledger could not list names that step', async () => {
  const world = bucketWorld();
  tagRole(world, { [key]: asked, [`${key}/y`]: `${creator} on ${bucket}` });
  await runReconcile(world, [requestFor()], withCreator);
  takeReports(world);
  tagRole(world, { [key]: `${creator} on ${bucket}`, [`${key}/y`]: `${creator} on ${bucket}` });
  failCalls(world, /^PutItem role/, denied('writing the item'));
  await runReconcile(world, [requestFor()], withCreator);
  expect(takeReports(world)).toContainEqual([
    'Failed',
    'default',
    'The access is there. The ledger could not list it under this grant: writing the item: AccessDeniedException.',
  ]);
});

describe('beside a grant that fails for good, the last try reports', () => {
  const failing = `${nobody} does not exist`;

  it('an item that could not be closed', async () => {
    const world = await after({ [`${key}/x`]: nobody });
    failCalls(world, /^(DeleteItem|PutItem) role/, unavailable('DynamoDB'));
    const [report] = await runReconcile(world, last);
    expect(report?.retry).toBeDefined();
    expect(takeReports(world)).toEqual([
      ['Failed', 'x', expect.stringContaining(failing)],
      ['Failed', undefined, `${notClosed} DynamoDB is not available (503). ${over}`],
    ]);
  });

  it('a folder that could not be read', async () => {
    const world = await after({ [`${key}/x`]: nobody });
    failCalls(world, /^GetParametersByPath eu-west-1/, unavailable('SSM'));
    await runReconcile(world, last);
    expect(takeReports(world)).toEqual([
      ['Revoked', 'default', expect.stringContaining('No new tokens')],
      ['Failed', undefined, `SSM is not available (503). ${over}`],
      ['Failed', 'x', expect.stringContaining(failing)],
    ]);
  });

  it('a role that keeps changing', async () => {
    const world = createWorld();
    let turn = 0;
    const change = (): void =>
      tagRole(world, { [key]: turn % 2 === 1 ? writer : reader, [`${key}/x`]: nobody });
    change();
    world.after = (call) => {
      if (!call.startsWith('GetRole')) return;
      turn += 1;
      change();
    };
    await runReconcile(world, last);
    expect(takeReports(world)).toContainEqual([
      'Failed',
      undefined,
      `The role keeps changing while it is being reconciled. ${over}`,
    ]);
  });

  it('no other outcome as the cause of the last try', async () => {
    const world = await after({ [`${key}/x`]: nobody });
    failCalls(world, /^(DeleteItem|PutItem) role/, unavailable('DynamoDB'));
    await runReconcile(world, last);
    expect(takeReports(world).find(([, grant]) => grant === 'x')?.[2]).not.toContain(over);
  });
});
