import { stripVTControlCharacters } from 'node:util';
import { forecastDocument } from '../../cli/commands/plan/document.ts';
import { forecastText as coloredText } from '../../cli/commands/plan/text.ts';
import { plan } from '../../shared/app/plan.ts';
import { sweep } from '../../shared/app/sweep.ts';
import { memorySweepPorts } from '../support/memory.ts';
import { reader, reports, roleRef, settings } from '../support/settings.ts';
import { binding } from '../support/snapshot.ts';
import { alice, settleAll } from '../support/sweeping.ts';
import { entriesOf, setEntries } from '../support/table.ts';
import { createWorld, sharedBinding, tagRole } from '../support/world.ts';

/** CI asks for colors. */
const forecastText = (...args: Parameters<typeof coloredText>): string =>
  stripVTControlCharacters(coloredText(...args));

/** A world in which the role has the access that its tag asks for, and one of its configs. */
const published = async () => {
  const world = createWorld({ readerBindings: [sharedBinding] });
  tagRole(world, { 'google-access': reader });
  await settleAll(world);
  const place = 'us-east-1 /google-access/reports/default';
  const found = world.parameters.get(place);
  if (found === undefined) throw new Error('nothing was published');
  return { world, place, found };
};

it('plan names the type of a parameter that is not a String', async () => {
  const { world, place, found } = await published();
  world.parameters.set(place, { ...found, type: 'SecureString' });
  const planned = await plan(settings, memorySweepPorts(world), {});
  expect(forecastText(planned, 'prod')).toContain(
    '/google-access/reports/default in us-east-1 (it is a SecureString; if AWS refuses to overwrite it, it is deleted and created again)',
  );
  expect(forecastDocument(planned).roles[0]?.changes).toMatchObject([
    { kind: 'publish', region: 'us-east-1', isNew: false, otherType: 'SecureString' },
  ]);
});

it('plan shows control characters in the title of a condition, and does not print them', async () => {
  const title = 'night\u001B[2K\nNothing to do: access matches the tags.';
  const bound = binding([reports], { condition: { title, expression: 'true' } });
  const world = createWorld({ readerBindings: [bound] });
  tagRole(world, {});
  const text = coloredText(await plan(settings, memorySweepPorts(world), {}), 'prod');
  expect(text).toContain('night[U+001B][2K Nothing to do');
});

it('plan names the fields in which a config differs', async () => {
  const { world, place, found } = await published();
  const value = found.value.replace('providers/aws-', 'providers/former-').replace('/v1/token', '/v2/token');
  world.parameters.set(place, { ...found, value });
  const planned = await plan(settings, memorySweepPorts(world), {});
  expect(forecastText(planned, 'prod')).toContain(
    '~ publish    /google-access/reports/default in us-east-1 (differs in audience, token_url)',
  );
  expect(forecastDocument(planned).roles[0]?.changes).toMatchObject([
    { kind: 'publish', differs: ['audience', 'token_url'] },
  ]);
});

it('plan does not count a binding that cannot be made', async () => {
  const world = createWorld({ readerBindings: [sharedBinding] });
  tagRole(world, { 'google-access': reader, 'google-access/x': 'gone@acme-data.iam.gserviceaccount.com' });
  const planned = await plan(settings, memorySweepPorts(world), {});
  const text = forecastText(planned, 'prod', ['Something else is deployed.']);
  expect(text).toContain('x cannot bind gone@acme-data.iam.gserviceaccount.com');
  expect(text).toContain('! gone@acme-data.iam.gserviceaccount.com: Google has no service account');
  expect(text).toContain(
    'Plan: 1 to bind (1 may fail), 0 to unbind, 2 to publish, 0 to unpublish. 1 binding cannot be made.',
  );
  expect(text).toMatch(/^Account 111122223333\n! Something else is deployed\.\n/);
  const document = forecastDocument(planned, ['Something else is deployed.']);
  expect(document.warnings).toEqual(['Something else is deployed.']);
  expect(document.roles[0]?.changes).toContainEqual(expect.objectContaining({ isImpossible: true }));
});

describe('the summary claims no more than what is known', () => {
  const settled = async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    return world;
  };
  const summaryOf = async (world: Awaited<ReturnType<typeof settled>>) =>
    forecastText(await plan(settings, memorySweepPorts(world)), 'prod')
      .split('\n')
      .at(-1);

  it('everything was seen, and nothing differs', async () => {
    expect(await summaryOf(await settled())).toBe('Nothing to do: access matches the tags.');
  });

  it('something was not seen', async () => {
    const found = await plan(settings, memorySweepPorts(await settled()));
    const blindSpots = [{ what: 'project acme-data', reason: 'it cannot be listed' }];
    expect(forecastText({ ...found, blindSpots }, 'prod')).toMatch(/\nNothing to do in what was seen\.$/);
  });

  it('everything is revoked', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    await sweep(settings, memorySweepPorts(world), { answer: { kind: 'revokeAll' }, answeredBy: alice });
    expect(await summaryOf(world)).toBe('Nothing to do: everything is revoked.');
  });

  it('only the ledger needs a correction', async () => {
    const world = await settled();
    const [entry] = entriesOf(world);
    if (entry === undefined) throw new Error('nothing is listed');
    setEntries(world, []);
    const found = await plan(settings, memorySweepPorts(world));
    const text = forecastText(found, 'prod');
    expect(text).toContain(`~ ledger     will list the binding on ${reader}`);
    expect(text).toContain('0 to unpublish, 1 entry of the ledger to correct.');
    expect(text).not.toContain('2 entries');
  });
});

it('a tag that the role does not have is named', async () => {
  const whatIf = { roleName: 'reports', tags: [], untagged: ['nope'] };
  const found = await plan(settings, memorySweepPorts(createWorld({ readerBindings: [sharedBinding] })), {
    roles: [{ roleName: 'reports' }],
    whatIf,
  });
  expect(forecastText(found, 'prod')).toContain('The role has no tag nope to remove.');
  expect(forecastDocument(found).notTagged).toEqual(['nope']);
});

it('plan does not call a role gone if its account left rolebridge.yml', async () => {
  const left = { partition: 'aws', accountId: '999988887777', roleName: 'app-left' };
  const world = createWorld({ readerBindings: [sharedBinding, binding([left, roleRef('app-gone')])] });
  const planned = await plan(settings, memorySweepPorts(world), {});
  const text = forecastText(planned, 'prod');
  expect(text).toContain('999988887777/app-left (not seen: its account is not in rolebridge.yml)');
  expect(text).toContain('app-gone (there is no such role)');
  const [gone, unseen] = forecastDocument(planned).roles;
  expect(unseen).toMatchObject({ role: left, isRoleUnseen: true });
  expect(gone).not.toHaveProperty('isRoleUnseen');
});
