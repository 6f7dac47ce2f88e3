import { PermanentError } from '../../shared/core/errors.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { OutcomeDetail } from '../../shared/core/outcome.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { deleteRole, type MemoryWorld, setPolicy, unavailable } from '../support/memory.ts';
import { failing, request, run, tag, told, world } from '../support/reconciling.ts';
import { now, reader, reports, settings, writer } from '../support/settings.ts';
import { binding, readerPolicy, writerPolicy } from '../support/snapshot.ts';
import { setUsed } from '../support/table.ts';

const key = 'google-access';
const member = memberOf(settings, reports);
const target = (email: string) => ({ kind: 'serviceAccount', email });
const both = (grant = 'default') =>
  settings.regions.map((region) => ({ region, name: `/google-access/reports/${grant}` }));
const details = (made: MemoryWorld) =>
  made.outcomes.splice(0).map(({ type, detail }) => ({ type, ...detail }));
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
const nobody = { ...unattributed, cause: { because: 'otherEvent' } } satisfies Partial<OutcomeDetail>;
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
  const made = world();
  tag(made, tags);
  await run(made);
  made.outcomes.length = 0;
  return made;
};
const revoked = 'No new tokens within minutes; an access token already issued lives on for up to an hour.';

describe('what is told', () => {
  it('of access given: by which rule, to what, as whom, and where its config is', async () => {
    const made = world();
    tag(made, { [key]: reader });
    await run(made);
    expect(details(made)).toStrictEqual([
      { type: 'Granted', ...common, ...grant, since, reason: 'Granted; effective within minutes.' },
    ]);
  });

  it('of access with an end: when', async () => {
    const made = world();
    tag(made, { [key]: `${reader} until 2026-12-01` });
    await run(made);
    expect(details(made)).toMatchObject([{ type: 'Granted', expiresAt: '2026-12-02T00:00:00Z' }]);
  });

  it('of access taken away: what it was, and that tokens live on', async () => {
    const made = await granted();
    tag(made, {});
    await run(made);
    const { rule: _, tag: __, ...rest } = grant;
    expect(details(made)).toStrictEqual([
      { type: 'Revoked', ...common, ...rest, parameters: both(), since, reason: revoked },
    ]);
  });

  it('of a role that is gone: no id', async () => {
    const made = await granted();
    deleteRole(made, reports);
    await run(made);
    expect(details(made)[0]?.role).toStrictEqual(reports);
  });

  it('of a binding that nothing recorded: its account alone', async () => {
    const made = world();
    tag(made, {});
    setPolicy(made, writerPolicy, { bindings: [binding([reports])] });
    await run(made, [request('reports', { resources: [writerPolicy] })]);
    expect(details(made)).toStrictEqual([
      { type: 'Revoked', ...nobody, target: target(writer), member, parameters: [], reason: revoked },
    ]);
  });

  it('of a binding that was gone already, and a config that names no account: by the ledger', async () => {
    const made = await granted();
    for (const [place, { value }] of made.parameters) {
      const direct = value.replace(/,\s*"service_account_impersonation_url": "[^"]*"/, '');
      made.parameters.set(place, { value: direct, description: '' });
    }
    setPolicy(made, readerPolicy, {});
    tag(made, {});
    made.now = new Date(now.getTime() + 300_000);
    await run(made);
    expect(details(made)).toStrictEqual([
      {
        type: 'Revoked',
        ...common,
        at: made.now.toISOString(),
        grant: 'default',
        target: { kind: 'serviceAccount', email: reader },
        member,
        parameters: settings.regions.map((region) => ({ region, name: '/google-access/reports/default' })),
        since,
        reason: revoked,
      },
    ]);
  });

  it('of several grants: each, in its own words', async () => {
    const made = await granted({ [key]: reader, [`${key}/w`]: writer, [`${key}/x`]: reader });
    tag(made, { [key]: reader, [`${key}/y`]: reader });
    await run(made);
    const stays = `The grant is gone. Access to ${reader} stays through default, y.`;
    expect(told(made)).toEqual([
      ['Revoked', 'w', revoked],
      ['Confirmed', 'x', stays],
      ['Granted', 'y', 'Granted; effective within minutes.'],
    ]);
  });

  it('of a target that changed: the loss and the gain, under one name', async () => {
    const made = await granted();
    tag(made, { [key]: writer });
    await run(made);
    expect(details(made)).toMatchObject([
      { type: 'Revoked', grant: 'default', target: target(reader), parameters: [] },
      { type: 'Granted', grant: 'default', target: target(writer) },
    ]);
  });

  it('of several losses: each with its own parameters, and its own failure', async () => {
    const made = await granted({ [key]: reader, [`${key}/w`]: writer, [`${key}/x`]: reader });
    tag(made, {});
    failing(made, new RegExp(`^setIamPolicy ${readerPolicy}`), new PermanentError('no'));
    await run(made);
    expect(details(made)).toMatchObject([
      { type: 'Revoked', grant: 'w', target: target(writer), parameters: both('w') },
      { type: 'Failed', grant: 'default', target: target(reader), parameters: both() },
      { type: 'Failed', grant: 'x', target: target(reader), parameters: both('x') },
    ]);
  });

  it('of a binding that nothing recorded, on an account that the role may have: no loss', async () => {
    const made = world();
    tag(made, { [key]: `${reader} until 2026-12-01` });
    setPolicy(made, readerPolicy, { bindings: [binding([reports])] });
    await run(made);
    expect(told(made).map(([type]) => type)).toEqual(['Granted']);
  });

  it('of a copy too many of a config that stays: nothing', async () => {
    const made = await granted();
    const place = { region: 'eu-west-3', name: '/google-access/reports/default' };
    setUsed(made, 'region', place.region);
    const { value } = made.parameters.get('us-east-1 /google-access/reports/default') ?? { value: '' };
    made.parameters.set(`${place.region} ${place.name}`, { value, description: '' });
    await run(made, [request('reports', { orphans: [place] })]);
    expect(made.parameters.has('eu-west-3 /google-access/reports/default')).toBe(false);
    expect(told(made)).toEqual([]);
  });

  it('of a condition that changed: a grant, and no loss', async () => {
    const made = await granted();
    tag(made, { [key]: `${reader} until 2026-12-01` });
    await run(made);
    expect(told(made).map(([type]) => type)).toEqual(['Granted']);
  });

  it('of a refusal: the tag as it was written, and why', async () => {
    const made = world();
    tag(made, { [key]: 'x@other.iam.gserviceaccount.com', 'google-access/y': 'nonsense' });
    await run(made);
    const [unreadable, other] = details(made);
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

  it('of a revocation that failed: that the access may still be there, and each reason once', async () => {
    const made = await granted();
    tag(made, {});
    failing(made, /^setIamPolicy/, new PermanentError('Google says no.'));
    await run(made);
    expect(told(made)).toEqual([['Failed', 'default', 'Access may still be there. Google says no.']]);
  });

  it('of several failures: all their reasons, each once', async () => {
    const made = world();
    tag(made, { [key]: reader });
    const regions = ['us-east-1', 'eu-west-1', 'eu-west-2', 'eu-west-3'] as const;
    made.before = (call) => {
      if (call.startsWith('PutParameter eu-west-1')) throw new PermanentError('No here.');
      if (call.startsWith('PutParameter eu-west')) throw new PermanentError('No there.');
    };
    await run(made, undefined, { ...settings, regions });
    const shortfall = 'Its config could not be published in';
    expect(told(made)).toEqual([
      [
        'Granted',
        'default',
        `Granted; effective within minutes. ${shortfall} eu-west-1: No here. ${shortfall} eu-west-2, eu-west-3: No there.`,
      ],
    ]);
  });

  it('of a role that may not be read: that alone', async () => {
    const made = await granted();
    failing(made, /^GetRole/, new PermanentError('not permitted'));
    const [report] = await run(made);
    expect(details(made)).toStrictEqual([
      { type: 'Failed', ...common, role: reports, parameters: [], reason: 'not permitted' },
    ]);
    expect(report?.retry).toBeUndefined();
  });

  it('of a role that cannot be read now: nothing yet', async () => {
    const made = await granted();
    failing(made, /^GetRole/, unavailable('IAM'));
    const [report] = await run(made);
    expect(details(made)).toEqual([]);
    expect(report?.retry?.message).toBe('IAM is not available (503).');
  });
});

describe('the whole state of a role', () => {
  const again = [request('reports', { delivery: 'again' })];

  it('is told when its message was delivered again', async () => {
    const made = await granted({ [key]: reader, [`${key}/w`]: writer });
    await run(made, again);
    const asked = { key: `${key}/w`, value: writer };
    const second = { ...grant, grant: 'w', tag: asked, target: target(writer), parameters: both('w') };
    expect(details(made)).toStrictEqual([
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

  it('is told after what was done now, and although a drift named more', async () => {
    const made = world();
    tag(made, { [key]: reader });
    await run(made, [request('reports', { delivery: 'again', resources: [writerPolicy] })]);
    expect(told(made).map(([type]) => type)).toEqual(['Granted', 'Confirmed']);
  });

  it('is told also of a role that has nothing', async () => {
    const made = world();
    tag(made, {});
    await run(made, again);
    expect(details(made)).toMatchObject([{ type: 'Confirmed', grants: [], parameters: [] }]);
  });

  it.each<[string, RegExp, Error]>([
    ['for now', /^PutParameter eu-west-1/, unavailable('SSM')],
    ['for good', /^PutParameter eu-west-1/, new PermanentError('no')],
  ])('is not told where something of it failed %s', async (_, pattern, error) => {
    const made = world();
    tag(made, { [key]: reader });
    failing(made, pattern, error);
    await run(made, again);
    expect(told(made).map(([type]) => type)).not.toContain('Confirmed');
  });

  it('is not told where nothing may be written', async () => {
    const made = await granted();
    const dry: Settings = { ...settings, mode: 'dry-run' };
    await run(made, again, dry);
    expect(details(made)).toEqual([]);
  });

  it('what a dry run would do is told as planned', async () => {
    const made = world();
    tag(made, { [key]: reader, [`${key}/x`]: 'nonsense' });
    await run(made, again, { ...settings, mode: 'dry-run' });
    expect(details(made).map(({ type, planned }) => [type, planned])).toEqual([
      ['Granted', true],
      ['Refused', true],
    ]);
  });
});
