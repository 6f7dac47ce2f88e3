import { workloadIdentityUser } from '../../../shared/core/target.ts';
import { parseOptIns } from '../../../shared/setup/options.ts';
import { accountId, email, reader } from '../../support/settings.ts';
import {
  foreign,
  own,
  pool,
  poolName,
  provider,
  providerName,
  type SetupWorld,
  startSetupWorld,
} from '../../support/setup-world.ts';

/** Runs the use case against the stand-in, in this process. tests/e2e/guides.test.ts starts the command itself. */

const options = { optIn: parseOptIns([reader]), optInProjects: ['acme-data'] };
const member = `principalSet://iam.googleapis.com/${poolName}/attribute.aws_role/arn:aws:sts::${accountId}:assumed-role/reports`;

let world: SetupWorld;
beforeEach(async () => {
  world = await startSetupWorld();
});
afterEach(() => world.close());

const roles = ['acme-data', 'acme-identity'].flatMap((project) =>
  ['Lister', 'Editor', 'PoolReader'].map((name) => `projects/${project}/roles/rolebridge${name}`),
);

/** Everything of ours is gone or deleted, and everything else is as it was before setup. */
const expectUndone = async (): Promise<void> => {
  expect(await world.get(poolName)).toMatchObject({ state: 'DELETED' });
  for (const name of roles) {
    const role = await world.get(name);
    expect(role['deleted'] ?? role['error']).toBeTruthy();
  }
  expect(await world.get(`projects/acme-identity/serviceAccounts/${own}`)).toMatchObject({
    error: { code: 404 },
  });
  for (const cell of [world.data, world.identity, world.google.policy(reader)]) {
    const { bindings, auditConfigs } = cell.current();
    expect(JSON.stringify({ auditConfigs, bindings })).toBe(JSON.stringify(foreign));
  }
  const before = world.writes().length;
  expect((await world.undo()).plan).toEqual({ steps: [], warnings: [], refusals: [] });
  expect(world.writes()).toHaveLength(before);
};

const expectDone = async () => {
  const { applied, plan, text } = await world.undo();
  expect({
    refusals: plan.refusals,
    failed: applied.failed?.error.message,
    notDone: applied.notDone,
  }).toEqual({
    refusals: [],
    failed: undefined,
    notDone: [],
  });
  return { plan, text };
};

describe('setup, then undo', () => {
  it('leaves nothing of ours, and everything else byte for byte as it was', async () => {
    await world.run(options);
    await expectDone();
    await expectUndone();
    expect(await world.get('projects/acme-identity/services')).toMatchObject({ services: expect.anything() });
  });

  it('finds opt-ins that no option names, and removes nothing that setup did not create', async () => {
    world.google.addServiceAccount(email('other'), 'acme-data');
    await world.run({ optIn: parseOptIns([email('other')]) });
    await expectDone();
    expect(world.google.policy(email('other')).current().bindings ?? []).toEqual([]);
  });

  it('lets setup create it all again: pool and roles are undeleted', async () => {
    await world.run(options);
    const state = await world.state();
    await expectDone();
    const { applied } = await world.run(options);
    expect(applied.notDone).toEqual([]);
    expect(applied.done.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['undeletePool', 'undeleteCustomRole', 'createServiceAccount']),
    );
    expect(await world.state()).toEqual(state);
    expect((await world.run(options)).plan.steps).toEqual([]);
  });

  it('of an adopted pool: only the marker and our grants are removed', async () => {
    world.google.addPool(pool).description = 'GitHub and AWS, ask team cloud';
    world.google.addProvider(pool, provider, accountId);
    await world.run({ ...options, adopts: true });
    const before = await world.get(providerName);
    const { text } = await expectDone();
    expect(text).toContain('~ remove the marker of pool aws-roles');
    expect(await world.get(poolName)).toMatchObject({
      state: 'ACTIVE',
      description: 'GitHub and AWS, ask team cloud',
    });
    expect(await world.get(providerName)).toEqual(before);
    expect((await world.undo()).plan).toMatchObject({ steps: [], refusals: [] });
  });
});

describe('two stages in one project', () => {
  const dev = () => {
    const [mine, theirs] = ['rolebridge-prod-sweep', 'rolebridge-dev-sweep'];
    const cell = world.google.policy(own);
    const { bindings = [] } = cell.current();
    const members = bindings.flatMap((binding) => binding.members);
    const copy = members.find((one) => one.endsWith(mine)) ?? '';
    world.google.addPool('aws-roles-dev');
    const added = copy.replace(mine, theirs).replace('/aws-roles/', '/aws-roles-dev/');
    cell.replace({ bindings: [...bindings, { role: workloadIdentityUser, members: [added] }] });
    return added;
  };

  it('that share service account and custom roles: the undo of one leaves the other unchanged', async () => {
    await world.run(options);
    const other = dev();
    const roleStates = await Promise.all(roles.map(world.get));
    const { plan } = await expectDone();
    expect(plan.warnings).toEqual([expect.stringContaining(other)]);
    expect(world.google.policy(own).current().bindings).toEqual([
      { role: workloadIdentityUser, members: [other] },
    ]);
    expect(await Promise.all(roles.map(world.get))).toEqual(roleStates);
    for (const cell of [world.data, world.google.policy(reader)])
      expect(JSON.stringify(cell.current())).toContain(own);
    expect(await world.get(poolName)).toMatchObject({ state: 'DELETED' });
  });

  it('refuses in the pool of the other stage', async () => {
    await world.run(options);
    const before = world.writes().length;
    const { plan } = await world.undo('dev');
    expect(plan.refusals).toEqual([expect.stringContaining(`belongs to rolebridge of ${accountId}/prod`)]);
    expect(world.writes()).toHaveLength(before);
  });
});

describe('the undo changes nothing', () => {
  beforeEach(() => world.run(options));

  it('while a binding of ours is left: it names the binding and the command', async () => {
    const cell = world.google.policy(reader);
    cell.replace({
      ...foreign,
      bindings: [...(foreign.bindings ?? []), { role: workloadIdentityUser, members: [member] }],
    });
    const before = world.writes().length;
    const { plan, text } = await world.undo();
    expect(plan.refusals).toEqual([
      expect.stringContaining(`${member} has ${workloadIdentityUser} on ${reader}`),
    ]);
    expect(text).toContain('rolebridge revoke --all');
    expect(world.writes()).toHaveLength(before);
  });

  it('while the stack is deployed', async () => {
    const { plan } = await world.prepareUndo('prod', true);
    expect(plan.refusals).toEqual([expect.stringContaining('is deployed')]);
  });

  it('if something changed after the plan was shown', async () => {
    const { recheck } = await world.prepareUndo();
    world.identity.replace({
      bindings: [
        ...(world.identity.current().bindings ?? []),
        { role: 'projects/acme-identity/roles/rolebridgePoolReader', members: ['user:new@acme.com'] },
      ],
    });
    await expect(recheck()).rejects.toThrow('Something changed after the plan was shown');
  });

  const reads = [
    'cloudresourcemanager.projects.get',
    'iam.workloadIdentityPools.get',
    'iam.workloadIdentityPoolProviders.list',
    'iam.roles.get',
    'iam.serviceAccounts.get',
    'iam.serviceAccounts.list',
    'iam.serviceAccounts.getIamPolicy',
    'cloudresourcemanager.projects.getIamPolicy',
  ];
  const forbidden = { code: 403, status: 'PERMISSION_DENIED', message: 'No.' };
  const page = { code: 200, status: '', message: '', body: { contentType: 'text/html', text: '<html>' } };
  it.each(
    reads.flatMap(
      (method) =>
        [
          [method, '403', forbidden],
          [method, 'the page of a proxy', page],
        ] as const,
    ),
  )('if %s is answered with %s: not read is not gone', async (method, _, fault) => {
    const before = world.writes().length;
    world.google.intercept((call) => (call.method === method ? { kind: 'error', ...fault } : undefined));
    const said = await world.undo().then(
      ({ plan }) => plan.refusals.join('\n'),
      (thrown: Error) => thrown.message,
    );
    expect(said).toMatch(/No\.|is not|lacks|endpoints/);
    expect(world.writes()).toHaveLength(before);
  });

  it('if the listing of providers lacks ours: it may lack those of others', async () => {
    const before = world.writes().length;
    world.google.intercept(({ method }) =>
      method === 'iam.workloadIdentityPoolProviders.list'
        ? { kind: 'error', ...page, body: { contentType: 'application/json', text: '{}' } }
        : undefined,
    );
    await expect(world.undo()).rejects.toThrow(`the listing lacks ${provider}, which exists`);
    expect(world.writes()).toHaveLength(before);
  });

  it.each(['iam.serviceAccounts.list', 'iam.serviceAccounts.getIamPolicy'])(
    'if %s answers 404',
    async (method) => {
      world.google.intercept((call) =>
        call.method === method
          ? { kind: 'error', code: 404, status: 'NOT_FOUND', message: 'Not found.' }
          : undefined,
      );
      expect((await world.undo()).plan.refusals).toContainEqual(expect.stringContaining('Could not be read'));
    },
  );
});

describe('an interrupted undo', () => {
  const isWrite = (method: string): boolean => /\.(delete|patch|setIamPolicy)$/.test(method);
  beforeEach(() => world.run(options));

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9])(
    'refused at write %i: reports its progress, and a second run finishes',
    async (nth) => {
      let seen = 0;
      const release = world.google.intercept(({ method }) => {
        if (!isWrite(method)) return undefined;
        seen += 1;
        return seen < nth
          ? undefined
          : { kind: 'error', code: 403, status: 'PERMISSION_DENIED', message: 'Not now.' };
      });
      const { plan, applied } = await world.undo();
      release();
      expect(plan.steps).toHaveLength(9);
      expect(applied.done).toEqual(plan.steps.slice(0, nth - 1));
      expect(applied.failed?.error.message).toContain('403 Not now.');
      expect(applied.notDone).toEqual(plan.steps.slice(nth));
      await expectDone();
      await expectUndone();
    },
  );

  it('counts a write as done if only its response was lost', async () => {
    const lost = new Set<string>();
    world.google.intercept(({ method, resource }) => {
      const key = `${method} ${resource}`;
      if (!isWrite(method) || lost.has(key)) return undefined;
      lost.add(key);
      return { kind: 'performThenDrop' };
    });
    await expectDone();
    await expectUndone();
  });
});
