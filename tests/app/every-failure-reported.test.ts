/**
 * A failure reaches someone: its message comes back, or an outcome names it. A failure of something else of the same role does not
 * hide it.
 */
import { PermanentError } from '../../shared/core/errors.ts';
import { type MemoryWorld, unavailable } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { reader, settings, writer } from '../support/settings.ts';
import { entriesOf } from '../support/table.ts';
import {
  advance,
  createWorld,
  failCalls,
  failReread,
  hour,
  isBound,
  tagRole,
  takeReports,
} from '../support/world.ts';

const key = settings.tagKey;
const denied = (what: string): PermanentError => new PermanentError(`${what}: AccessDeniedException.`);
const last = [requestFor('reports', { delivery: 'last' })];
const over = 'That was the last try: the message goes to the dead-letter queue.';
const nobody = 'nobody@acme-data.iam.gserviceaccount.com';

/** A role that had access, and whose tags are these now. */
const after = async (tags: Readonly<Record<string, string>>): Promise<MemoryWorld> => {
  const world = createWorld();
  tagRole(world, { [key]: reader });
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
    expect(takeReports(world)).toEqual([['Failed', undefined, 'deleting the item: AccessDeniedException.']]);
    advance(world, hour);
    await runReconcile(world);
    expect(takeReports(world)).toEqual([
      [
        'Failed',
        'default',
        'The access is gone, but the ledger still lists it. deleting the item: AccessDeniedException.',
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

describe('beside a grant that fails for good, the last try reports', () => {
  const failing = `${nobody} does not exist`;

  it('an item that could not be closed', async () => {
    const world = await after({ [`${key}/x`]: nobody });
    failCalls(world, /^(DeleteItem|PutItem) role/, unavailable('DynamoDB'));
    const [report] = await runReconcile(world, last);
    expect(report?.retry).toBeDefined();
    expect(takeReports(world)).toEqual([
      ['Failed', 'x', expect.stringContaining(failing)],
      ['Failed', undefined, `DynamoDB is not available (503). ${over}`],
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
