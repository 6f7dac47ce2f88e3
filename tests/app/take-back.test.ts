import { type MemoryWorld, setPolicy, unavailable } from '../../shared/adapters/memory.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import { maxPrincipals } from '../../shared/core/iam-policy.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { failing, places, run, tag, told, world, writes } from '../support/reconciling.ts';
import { reader, settings } from '../support/settings.ts';
import { readerPolicy } from '../support/snapshot.ts';

const key = 'google-access';
const name = '/google-access/reports/default';
const missing = `Service account ${reader} does not exist in project acme-data. Create it, or correct the tag.`;
const granted = async (): Promise<MemoryWorld> => {
  const made = world();
  tag(made, { [key]: reader });
  await run(made);
  made.outcomes.length = 0;
  writes(made);
  return made;
};

describe('a bind that failed for good takes its parameters back', () => {
  it('the one that was just written', async () => {
    const made = world();
    made.policies.delete(readerPolicy);
    tag(made, { [key]: reader });
    const [report] = await run(made);
    expect(writes(made)).toEqual([`PutParameter us-east-1 ${name}`, `DeleteParameter us-east-1 ${name}`]);
    expect(told(made)).toEqual([['Failed', 'default', missing]]);
    expect(report?.retry).toBeUndefined();
  });

  it('and those from before, the record last, where the account is gone', async () => {
    const made = await granted();
    made.policies.delete(readerPolicy);
    await run(made);
    expect(writes(made)).toEqual([`DeleteParameter eu-west-1 ${name}`, `DeleteParameter us-east-1 ${name}`]);
    expect(told(made)).toEqual([['Failed', 'default', missing]]);
  });

  it('but not those from before where nothing may be taken away', async () => {
    const made = await granted();
    made.policies.delete(readerPolicy);
    await run(made, undefined, { ...settings, mode: 'upsert-only' });
    expect(writes(made)).toEqual([]);
  });

  it('the one that was just written even then', async () => {
    const made = world();
    made.policies.delete(readerPolicy);
    tag(made, { [key]: reader });
    await run(made, undefined, { ...settings, mode: 'upsert-only' });
    expect(places(made)).toEqual([]);
  });

  it('but not those from before where a binding that we cannot see may need them', async () => {
    const made = await granted();
    setPolicy(made, readerPolicy, {});
    made.denied.add(readerPolicy);
    await run(made);
    expect(writes(made)).toEqual([]);
    expect(places(made)).toHaveLength(2);
  });

  it('nor an old record of the same account that was written anew', async () => {
    const made = await granted();
    const record = made.parameters.get(`us-east-1 ${name}`);
    const stale = record?.value.replace('/v1/token', '/v0/token') ?? '';
    made.parameters.set(`us-east-1 ${name}`, { value: stale, description: '' });
    made.denied.add(readerPolicy);
    await run(made);
    expect(writes(made)).toEqual([`PutParameter us-east-1 ${name}`]);
  });

  it('and no other grant’s', async () => {
    const made = world();
    const members = Array.from({ length: maxPrincipals - 1 }, (_, index) => `user:${index}@x.com`);
    setPolicy(made, readerPolicy, { bindings: [{ role: 'roles/x', members }] });
    tag(made, { [key]: reader, [`${key}/x`]: `${reader} until 2026-12-01` });
    await run(made);
    expect(told(made).map(([type, grant]) => [type, grant])).toEqual([
      ['Granted', 'default'],
      ['Failed', 'x'],
    ]);
    expect(places(made)).toEqual([`eu-west-1 ${name}`, `us-east-1 ${name}`]);
  });

  it('and no other account’s', async () => {
    const made = await granted();
    tag(made, { [key]: reader, [`${key}/w`]: 'gone@acme-data.iam.gserviceaccount.com' });
    await run(made);
    expect(writes(made)).toEqual([
      'PutParameter us-east-1 /google-access/reports/w',
      'DeleteParameter us-east-1 /google-access/reports/w',
    ]);
  });

  it('and no other grant’s of an account that is gone: each bind takes back its own', async () => {
    const made = world();
    tag(made, { [key]: reader, [`${key}/x`]: `${reader} until 2026-12-01` });
    await run(made);
    writes(made);
    made.policies.delete(readerPolicy);
    await run(made);
    expect(writes(made)).toEqual(
      ['default', 'x'].flatMap((grant) =>
        ['eu-west-1', 'us-east-1'].map(
          (region) => `DeleteParameter ${region} /google-access/reports/${grant}`,
        ),
      ),
    );
  });

  it('the message comes back where one could not be taken back', async () => {
    const made = world();
    made.policies.delete(readerPolicy);
    tag(made, { [key]: reader });
    failing(made, /^DeleteParameter/, new PermanentError('not permitted'));
    const [report] = await run(made);
    expect(report?.retry?.message).toBe(`${name} in us-east-1 could not be taken back: not permitted`);
    expect(report?.retry?.cause).toBeInstanceOf(PermanentError);
    expect(told(made)).toEqual([]);
  });

  it.each<[string, Settings['mode']]>([
    ['sync', 'sync'],
    ['upsert-only', 'upsert-only'],
  ])('a bind that may work later keeps its record, in mode %s', async (_, mode) => {
    const made = world();
    tag(made, { [key]: reader });
    failing(made, /^setIamPolicy/, unavailable('Google'));
    const [report] = await run(made, undefined, { ...settings, mode });
    expect(report?.retry).toBeDefined();
    expect(places(made)).toEqual([`us-east-1 ${name}`]);
  });
});
