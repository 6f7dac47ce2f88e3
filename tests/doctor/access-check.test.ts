import { plan } from '../../shared/app/plan.ts';
import { checkAccess } from '../../shared/doctor/access-check.ts';
import { memorySweepPorts } from '../support/memory.ts';
import { reader, settings } from '../support/settings.ts';
import { readerPolicy, writerPolicy } from '../support/snapshot.ts';
import { settleAll } from '../support/sweeping.ts';
import { createWorld, sharedBinding, tagRole } from '../support/world.ts';

const settled = async () => {
  const made = createWorld({ readerBindings: [sharedBinding] });
  tagRole(made, { [settings.tagKey]: reader });
  await settleAll(made);
  return made;
};
const check = async (made: ReturnType<typeof createWorld>, using = settings, isHeldReported = false) =>
  checkAccess('test', await plan(using, memorySweepPorts(made)), isHeldReported);
/** The role is also bound on the other account. */
const bindByHand = (made: ReturnType<typeof createWorld>) => {
  const stored = made.policies.get(readerPolicy);
  if (stored === undefined) throw new Error('no policy');
  made.policies.set(writerPolicy, stored);
};
const fix =
  'See all of it: rolebridge plan --stage test\nLet rolebridge repair it: rolebridge sweep --stage test';

it('passes if all access is what the tags request', async () => {
  expect(await check(await settled())).toEqual({
    status: 'ok',
    message: 'All bindings and configs are what the tags request.',
  });
});

it('a binding that someone made by hand is a failure', async () => {
  const made = await settled();
  bindByHand(made);
  expect(await check(made)).toEqual({
    status: 'failed',
    message: expect.stringMatching(
      /^Access differs from the tags\. The sweep would change: reports: unbind writer@/,
    ),
    fix,
  });
});

it('so is a missing binding or config, but in mode dry-run no one expects a repair', async () => {
  const made = createWorld({ readerBindings: [sharedBinding] });
  tagRole(made, { [settings.tagKey]: reader });
  expect(await check(made)).toMatchObject({
    status: 'failed',
    message: expect.stringContaining(`reports: bind ${reader}`),
  });
  expect((await check(made, { ...settings, mode: 'dry-run' })).status).toBe('warning');
});

it('a wrong status is a warning, because no access differs', async () => {
  const made = await settled();
  const on = { ...settings, accountOutcomes: { mirror: false, status: true } };
  expect(await check(made, on)).toEqual({
    status: 'warning',
    message:
      'Statuses differ from the access. The sweep would change: reports: writeStatus us-east-1 /google-access/reports/default.status and reports: writeStatus eu-west-1 /google-access/reports/default.status.',
    fix,
  });
  expect((await check(made, { ...on, mode: 'dry-run' })).status).toBe('ok');
  bindByHand(made);
  expect((await check(made, on)).message).toMatch(
    /^Access differs from the tags\. The sweep would change: reports: unbind writer@\S+\.\n/,
  );
});

it('anything unseen is unknown, and is named beside the differences', async () => {
  const made = await settled();
  const blindSpots = [{ what: 'the roles of account 1', reason: 'Throttling' }];
  const found = await plan(settings, memorySweepPorts(made));
  expect(checkAccess('test', { ...found, blindSpots }, false)).toEqual({
    status: 'unknown',
    message: 'Nothing differs from the tags in what was seen.\nNot seen: the roles of account 1 (Throttling)',
    fix: 'See all of it: rolebridge plan --stage test',
  });
  bindByHand(made);
  const differs = await plan(settings, memorySweepPorts(made));
  expect(checkAccess('test', { ...differs, blindSpots }, false)).toMatchObject({
    status: 'failed',
    message: expect.stringContaining('\nNot seen: the roles of account 1 (Throttling)'),
  });
});

it('held revocations are a warning, unless the check of the ledger reports them', async () => {
  const made = await settled();
  tagRole(made, { [settings.tagKey]: 'nonsense' });
  const using = { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } };
  expect(await check(made, using)).toMatchObject({
    status: 'warning',
    message: expect.stringContaining(`held by the revocation limit: reports: unbind ${reader}`),
  });
  expect((await check(made, using, true)).status).toBe('ok');
});

it('accounts that could not be read and that nothing names appear in a note', async () => {
  const found = await plan(settings, memorySweepPorts(await settled()));
  expect(checkAccess('test', { ...found, notReadable: [readerPolicy, writerPolicy] }, false)).toMatchObject({
    status: 'ok',
    note: '2 service accounts could not be read; no tag and no ledger entry names them.',
  });
});
