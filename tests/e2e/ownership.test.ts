import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Stack, startStack } from '../../local/stack/runner.ts';
import { memberOf } from '../../shared/core/member.ts';
import { type Cloud, startCloud, timeScale } from '../support/cloud.ts';
import { packageWith } from '../support/package-with.ts';
import { reader, roleRef, settings } from '../support/settings.ts';

/** Two deployments on one pool, through the packaged bundles. */

const key = 'google-access';
const user = 'roles/iam.workloadIdentityUser';
const ours = 'managed by rolebridge; owner 111122223333/prod';

let cloud: Cloud;
beforeEach(async () => {
  cloud = await startCloud({ settings: { sweep: { parameterReadsPerSecond: 1000 } } });
  cloud.addServiceAccount(reader);
});
afterEach(() => cloud.close());

const mark = (description: string): void => {
  cloud.google.addPool('aws-roles').description = description;
  // The next containers read it again, as they do after a deploy.
  cloud.stack.killContainers();
};
const reasons = (): readonly string[] =>
  cloud.outcomes().flatMap(({ type, detail }) => (type === 'Failed' ? [detail.reason ?? ''] : []));
/** Binds it as another deployment would. Here, nothing records it. */
const bindForOthers = (roleName: string): void => {
  const cell = cloud.google.policy(reader);
  const { bindings = [], ...rest } = cell.current();
  const members = [memberOf(settings, roleRef(roleName))];
  cell.replace({ ...rest, bindings: [...bindings, { role: user, members }] });
};

describe('invariant 1, ownership, of two stages in one AWS account', () => {
  let second: Stack;
  let packageFolder: string;
  beforeAll(async () => {
    packageFolder = await packageWith(readFileSync('rolebridge.yml', 'utf8'), 'dev');
  });
  afterAll(() => rmSync(dirname(packageFolder), { recursive: true, force: true }));
  beforeEach(() => {
    const own = cloud.google.policy(settings.google.serviceAccount);
    const members = ['reconcile', 'sweep'].map((name) =>
      memberOf(settings, roleRef(`rolebridge-dev-${name}`)),
    );
    const { bindings = [], ...rest } = own.current();
    own.replace({ ...rest, bindings: [...bindings, { role: user, members }] });
    second = startStack({
      aws: cloud.aws,
      packageFolder,
      timeScale,
      environment: { ROLEBRIDGE_CONFIG: cloud.configPath, ROLEBRIDGE_GOOGLE_ENDPOINT: cloud.google.url },
    });
  });
  afterEach(() => second.stop());
  const bothSettled = async (): Promise<void> => {
    do {
      await cloud.settled();
      await new Promise((resolve) => setTimeout(resolve, 50));
    } while (second.running() > 0 || second.queue.messages.length > 0);
    await cloud.settled();
  };

  it('a second stage on the same pool: neither removes the access of the other, and the second one reports the owner', async () => {
    await cloud.createRole('reports', { [key]: reader });
    await bothSettled();
    expect(cloud.boundTo(reader)).toEqual(['reports']);
    expect(cloud.outcomeTypes().filter((type) => type === 'Granted')).toHaveLength(1);
    expect(reasons()).toContainEqual(
      expect.stringContaining(
        'belongs to rolebridge of 111122223333/prod (AWS account and stage), and this is 111122223333/dev',
      ),
    );
    const places = cloud.parameterPlaces();

    expect(await second.invoke('sweep', {})).toMatchObject({
      kind: 'answered',
      result: { pool: 'another', drifted: [], blindSpots: [{ what: 'the owner of pool aws-roles' }] },
    });
    expect(await cloud.invokeSweep()).toMatchObject({ pool: 'ours', drifted: [], blindSpots: [] });
    await bothSettled();
    expect(cloud.boundTo(reader)).toEqual(['reports']);
    expect(cloud.parameterPlaces()).toEqual(places);

    // Only the owner revokes.
    await cloud.untag('reports', key);
    await bothSettled();
    expect(cloud.boundTo(reader)).toEqual([]);
    expect(cloud.outcomeTypes().filter((type) => type === 'Revoked')).toHaveLength(1);
  });
});

describe('invariant 1, ownership, of a pool of another AWS account', () => {
  it.each(['999999999999/prod', '111122223333/dev'])(
    '%s: its members stay, and requests get Failed',
    async (owner) => {
      bindForOthers('app-theirs');
      mark(`managed by rolebridge; owner ${owner}`);
      await cloud.createRole('reports', { [key]: reader });
      await cloud.settled();
      expect(await cloud.invokeSweep()).toMatchObject({ pool: 'another', drifted: [] });
      await cloud.settled();
      expect(cloud.boundTo(reader)).toEqual(['app-theirs']);
      expect(cloud.parameterPlaces()).toEqual([]);
      expect(cloud.outcomeTypes()).toEqual(['Failed']);
      expect(reasons()).toEqual([expect.stringContaining(`belongs to rolebridge of ${owner}`)]);
    },
  );

  it('access that was granted before the marker changed stays, regardless of the tag', async () => {
    await cloud.createRole('reports', { [key]: reader });
    await cloud.settled();
    mark('managed by rolebridge; owner 999999999999/prod');
    await cloud.untag('reports', key);
    await cloud.settled();
    await cloud.sweep();
    expect(cloud.boundTo(reader)).toEqual(['reports']);
    expect(cloud.outcomeTypes()).toEqual(['Granted', 'Failed']);
    expect(reasons().at(-1)).toMatch(
      /^Access may still be there\. .*belongs to rolebridge of 999999999999\/prod/,
    );
    // The pool is ours again, so the open work is done.
    mark(ours);
    await cloud.sweep();
    expect(cloud.boundTo(reader)).toEqual([]);
  });
});

describe('invariant 1, ownership, of a pool without an owner', () => {
  it.each(['managed by rolebridge', 'NOT managed by rolebridge', ''])(
    '"%s": access is granted and revoked, and bindings that no record names stay',
    async (description) => {
      bindForOthers('app-theirs');
      mark(description);
      await cloud.createRole('reports', { [key]: reader });
      await cloud.settled();
      expect(cloud.boundTo(reader)).toEqual(['app-theirs', 'reports']);
      expect(await cloud.invokeSweep()).toMatchObject({ pool: 'unproven', drifted: [], blindSpots: [{}] });
      await cloud.untag('reports', key);
      await cloud.settled();
      expect(cloud.boundTo(reader)).toEqual(['app-theirs']);
      mark(ours);
      await cloud.sweep();
      expect(cloud.boundTo(reader)).toEqual([]);
    },
  );
});
