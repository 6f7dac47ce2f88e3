import { PermanentError } from '../../shared/core/errors.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { OutcomeDetail } from '../../shared/core/outcome.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { deleteRole, type MemoryWorld, setPolicy, unavailable } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { now, reader, reports, settings, writer } from '../support/settings.ts';
import { binding, readerPolicy, writerPolicy } from '../support/snapshot.ts';
import { setUsed } from '../support/table.ts';
import { createWorld, failCalls, tagRole, takeReports } from '../support/world.ts';

const key = 'google-access';
const member = memberOf(settings, reports);
const target = (email: string) => ({ kind: 'serviceAccount', email });
const both = (grant = 'default') =>
  settings.regions.map((region) => ({ region, name: `/google-access/reports/${grant}` }));
const details = (world: MemoryWorld) =>
  world.outcomes.splice(0).map(({ type, detail }) => ({ type, ...detail }));
const common = {
  version: 1,
  id: expect.any(String),
  role: { ...reports, roleId: 'AROAREPORTS' },
  cause: { eventId: 'e-1', eventName: 'TagRole' },
  requestedBy: 'alice',
  at: '2026-11-24T12:00:00.000Z',
} satisfies Partial<OutcomeDetail>;
/** No event names a key of it. */
const { requestedBy: _alice, ...unattributed } = common;
const noCaller = { ...unattributed, cause: { because: 'otherEvent' } } satisfies Partial<OutcomeDetail>;
const grant = {
  grant: 'default',
  tag: { key, value: reader },
  rule: 'allow[0] to *@acme-data.iam.gserviceaccount.com',
  target: target(reader),
  member,
  parameters: both(),
};
/** The world's clock stands still. */
const since = now.toISOString();
const granted = async (tags: Readonly<Record<string, string>> = { [key]: reader }): Promise<MemoryWorld> => {
  const world = createWorld();
  tagRole(world, tags);
  await runReconcile(world);
  world.outcomes.length = 0;
  return world;
};
const revoked = 'No new tokens within minutes; an access token already issued stays valid for up to an hour.';

describe('an outcome reports', () => {
  it('for access granted: by which rule, to what, as whom, and where its config is', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    await runReconcile(world);
    expect(details(world)).toStrictEqual([
      { type: 'Granted', ...common, ...grant, since, reason: 'Granted; effective within minutes.' },
    ]);
  });

  it('for access with an end: when', async () => {
    const world = createWorld();
    tagRole(world, { [key]: `${reader} until 2026-12-01` });
    await runReconcile(world);
    expect(details(world)).toMatchObject([{ type: 'Granted', expiresAt: '2026-12-02T00:00:00Z' }]);
  });

  it('for access revoked: what it was, and that tokens stay valid for a while', async () => {
    const world = await granted();
    tagRole(world, {});
    await runReconcile(world);
    const { rule: _, tag: __, ...rest } = grant;
    expect(details(world)).toStrictEqual([
      { type: 'Revoked', ...common, ...rest, parameters: both(), since, reason: revoked },
    ]);
  });

  it('for a role that is gone: no id', async () => {
    const world = await granted();
    deleteRole(world, reports);
    await runReconcile(world);
    expect(details(world)[0]?.role).toStrictEqual(reports);
  });

  it('for a binding that the ledger did not list: its account alone', async () => {
    const world = createWorld();
    tagRole(world, {});
    setPolicy(world, writerPolicy, { bindings: [binding([reports])] });
    await runReconcile(world, [requestFor('reports', { resources: [writerPolicy] })]);
    expect(details(world)).toStrictEqual([
      { type: 'Revoked', ...noCaller, target: target(writer), member, parameters: [], reason: revoked },
    ]);
  });

  it('for a binding that was already gone: from the ledger; a config that names no account is not one of its places', async () => {
    const world = await granted();
    for (const [place, { value }] of world.parameters) {
      const direct = value.replace(/,\s*"service_account_impersonation_url": "[^"]*"/, '');
      world.parameters.set(place, { value: direct, description: '' });
    }
    setPolicy(world, readerPolicy, {});
    tagRole(world, {});
    world.now = new Date(now.getTime() + 300_000);
    await runReconcile(world);
    expect(details(world)).toStrictEqual([
      {
        type: 'Revoked',
        ...common,
        at: world.now.toISOString(),
        grant: 'default',
        target: { kind: 'serviceAccount', email: reader },
        member,
        parameters: [],
        since,
        reason: revoked,
      },
    ]);
  });

  it('for several grants: each one separately', async () => {
    const world = await granted({ [key]: reader, [`${key}/w`]: writer, [`${key}/x`]: reader });
    tagRole(world, { [key]: reader, [`${key}/y`]: reader });
    await runReconcile(world);
    const stays = `The grant is gone. Access to ${reader} stays through default, y.`;
    expect(takeReports(world)).toEqual([
      ['Revoked', 'w', revoked],
      ['Confirmed', 'x', stays],
      ['Granted', 'y', 'Granted; effective within minutes.'],
    ]);
  });

  it('for a target that changed: the loss and the gain, under one name', async () => {
    const world = await granted();
    tagRole(world, { [key]: writer });
    await runReconcile(world);
    expect(details(world)).toMatchObject([
      { type: 'Revoked', grant: 'default', target: target(reader), parameters: [] },
      { type: 'Granted', grant: 'default', target: target(writer) },
    ]);
  });

  it('for several losses: each with its own parameters, and its own failure', async () => {
    const world = await granted({ [key]: reader, [`${key}/w`]: writer, [`${key}/x`]: reader });
    tagRole(world, {});
    failCalls(world, new RegExp(`^setIamPolicy ${readerPolicy}`), new PermanentError('no'));
    await runReconcile(world);
    expect(details(world)).toMatchObject([
      { type: 'Revoked', grant: 'w', target: target(writer), parameters: both('w') },
      { type: 'Failed', grant: 'default', target: target(reader), parameters: both() },
      { type: 'Failed', grant: 'x', target: target(reader), parameters: both('x') },
    ]);
  });

  it('for an unlisted binding on an account that the role may have: no loss', async () => {
    const world = createWorld();
    tagRole(world, { [key]: `${reader} until 2026-12-01` });
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    await runReconcile(world);
    expect(takeReports(world).map(([type]) => type)).toEqual(['Granted']);
  });

  it('for a second binding that a person made: the access stays', async () => {
    const world = await granted();
    const condition = { title: 'x', expression: 'true' };
    setPolicy(world, readerPolicy, {
      bindings: [binding([reports]), binding([reports], { condition })],
    });
    await runReconcile(world);
    expect(takeReports(world)).toEqual([
      [
        'Granted',
        'default',
        'The access stays. Another binding of the role for the same access was removed, which no tag asks for.',
      ],
    ]);
  });

  it('for an extra copy of a config that stays: nothing', async () => {
    const world = await granted();
    const place = { region: 'eu-west-3', name: '/google-access/reports/default' };
    setUsed(world, 'region', place.region);
    const { value } = world.parameters.get('us-east-1 /google-access/reports/default') ?? { value: '' };
    world.parameters.set(`${place.region} ${place.name}`, { value, description: '' });
    await runReconcile(world, [requestFor('reports', { strays: [place] })]);
    expect(world.parameters.has('eu-west-3 /google-access/reports/default')).toBe(false);
    expect(takeReports(world)).toEqual([]);
  });

  it('for a condition that changed: a grant, and no loss', async () => {
    const world = await granted();
    tagRole(world, { [key]: `${reader} until 2026-12-01` });
    await runReconcile(world);
    expect(takeReports(world).map(([type]) => type)).toEqual(['Granted']);
  });

  it('for a refusal: the tag as it was written, and the reason', async () => {
    const world = createWorld();
    tagRole(world, { [key]: 'x@other.iam.gserviceaccount.com', 'google-access/y': 'nonsense' });
    await runReconcile(world);
    const [unreadable, other] = details(world);
    expect(other).toStrictEqual({
      type: 'Refused',
      ...common,
      grant: 'default',
      tag: { key, value: 'x@other.iam.gserviceaccount.com' },
      target: target('x@other.iam.gserviceaccount.com'),
      parameters: [],
      reason: expect.stringMatching(
        /^Tag google-access = "x@other\.iam\.gserviceaccount\.com": x@other.* is in project other/,
      ),
    });
    expect(unreadable).not.toHaveProperty('target');
    expect(unreadable?.reason).toMatch(
      /^Tag google-access\/y = "nonsense": "nonsense" is not a service account/,
    );
  });

  it('for a revocation that failed: that the access may still exist, and each reason once', async () => {
    const world = await granted();
    tagRole(world, {});
    failCalls(world, /^setIamPolicy/, new PermanentError('Google says no.'));
    await runReconcile(world);
    expect(takeReports(world)).toEqual([['Failed', 'default', 'Access may still be there. Google says no.']]);
  });

  it('for several failures: all their reasons, each once', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    const regions = ['us-east-1', 'eu-west-1', 'eu-west-2', 'eu-west-3'] as const;
    world.before = (call) => {
      if (call.startsWith('PutParameter eu-west-1')) throw new PermanentError('No here.');
      if (call.startsWith('PutParameter eu-west')) throw new PermanentError('No there.');
    };
    await runReconcile(world, undefined, { ...settings, regions });
    const shortfall = 'Its config could not be published in';
    expect(takeReports(world)).toEqual([
      [
        'Granted',
        'default',
        `Granted; effective within minutes. ${shortfall} eu-west-1: No here. ${shortfall} eu-west-2, eu-west-3: No there.`,
      ],
    ]);
  });

  it('for a role that we may not read: that alone', async () => {
    const world = await granted();
    failCalls(world, /^GetRole/, new PermanentError('not permitted'));
    const [report] = await runReconcile(world);
    expect(details(world)).toStrictEqual([
      {
        type: 'Failed',
        ...common,
        role: reports,
        parameters: [],
        failed: [{ part: 'role', step: 'not permitted', reason: 'not permitted' }],
        reason: 'not permitted',
      },
    ]);
    expect(report?.retry).toBeUndefined();
  });

  it('for a role that cannot be read now: nothing yet', async () => {
    const world = await granted();
    failCalls(world, /^GetRole/, unavailable('IAM'));
    const [report] = await runReconcile(world);
    expect(details(world)).toEqual([]);
    expect(report?.retry?.message).toBe('IAM is not available (503).');
  });
});

describe('the complete state of a role', () => {
  const again = [requestFor('reports', { delivery: 'again' })];

  it('is reported when its message was delivered again', async () => {
    const world = await granted({ [key]: reader, [`${key}/w`]: writer });
    await runReconcile(world, again);
    const asked = { key: `${key}/w`, value: writer };
    const second = { ...grant, grant: 'w', tag: asked, target: target(writer), parameters: both('w') };
    expect(details(world)).toStrictEqual([
      {
        type: 'Confirmed',
        ...common,
        grants: [
          { ...grant, since },
          { ...second, since },
        ],
        parameters: [...both(), ...both('w')],
      },
    ]);
  });

  it('is reported after the changes made now, even if a drift named more', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    await runReconcile(world, [requestFor('reports', { delivery: 'again', resources: [writerPolicy] })]);
    expect(takeReports(world).map(([type]) => type)).toEqual(['Granted', 'Confirmed']);
  });

  it('is reported even for a role that has nothing', async () => {
    const world = createWorld();
    tagRole(world, {});
    await runReconcile(world, again);
    expect(details(world)).toMatchObject([{ type: 'Confirmed', grants: [], parameters: [] }]);
  });

  it.each<[string, RegExp, Error]>([
    ['temporarily', /^PutParameter eu-west-1/, unavailable('SSM')],
    ['permanently', /^PutParameter eu-west-1/, new PermanentError('no')],
  ])('is not reported if a part of it failed %s', async (_, pattern, error) => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    failCalls(world, pattern, error);
    await runReconcile(world, again);
    expect(takeReports(world).map(([type]) => type)).not.toContain('Confirmed');
  });

  it('is not reported if nothing may be written', async () => {
    const world = await granted();
    const dry: Settings = { ...settings, mode: 'dry-run' };
    await runReconcile(world, again, dry);
    expect(details(world)).toEqual([]);
  });

  it('changes that a dry run would make are reported as planned', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader, [`${key}/x`]: 'nonsense' });
    await runReconcile(world, again, { ...settings, mode: 'dry-run' });
    expect(details(world).map(({ type, planned }) => [type, planned])).toEqual([
      ['Granted', true],
      ['Refused', true],
    ]);
  });
});
