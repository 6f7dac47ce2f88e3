import type { PresentProvider } from '../../shared/core/google-side.ts';
import { wantedCondition, wantedMapping } from '../../shared/core/provider-mapping.ts';
import { noOptions, parseOptIns, projectsNamed } from '../../shared/setup/options.ts';
import { planSetup } from '../../shared/setup/plan.ts';
import { accountId, reader, settings } from '../support/settings.ts';
import { awake, everything, nothing, ownMarker, wantedOf } from '../support/setup-plan.ts';

const own = settings.google.serviceAccount;
const poolName = 'projects/123456789012/locations/global/workloadIdentityPools/aws-roles';
const providerName = `${poolName}/providers/aws-${accountId}`;
const kindsOf = (plan: ReturnType<typeof planSetup>) => plan.steps.map(({ kind }) => kind);

describe('the plan', () => {
  it('from nothing: writes the file first, and creates resources before it binds them', () => {
    const changes = [{ path: ['google', 'projectNumber'], value: '123456789012' }];
    const plan = planSetup(wantedOf({ changes, optIn: [reader] }), nothing(reader));
    expect(kindsOf(plan)).toEqual([
      'writeSettings',
      'enableServices',
      'createPool',
      'createProvider',
      'createServiceAccount',
      'bind',
      'bind',
      'createCustomRole',
      'createCustomRole',
      'createCustomRole',
      'bind',
      'bind',
      'bind',
    ]);
    expect(plan).toMatchObject({ warnings: [], refusals: [] });
  });

  it('is empty if everything is as wanted', () => {
    const wanted = wantedOf({ optIn: [reader], optInProjects: ['acme-data'] });
    expect(planSetup(wanted, everything(wanted))).toEqual({ steps: [], warnings: [], refusals: [] });
  });

  it('is the same for the same input', () => {
    const plan = () => planSetup(wantedOf({ optIn: [reader] }), nothing(reader));
    expect(JSON.stringify(plan())).toBe(JSON.stringify(plan()));
  });

  it('does not count a conditional binding as the grant', () => {
    const wanted = wantedOf();
    const observed = everything(wanted);
    const policies = new Map(
      [...observed.policies].map(([resource, { bindings = [] }]) => [
        resource,
        { bindings: bindings.map((one) => ({ ...one, condition: { title: 'x', expression: 'true' } })) },
      ]),
    );
    expect(kindsOf(planSetup(wanted, { ...observed, policies }))).toEqual(['bind', 'bind', 'bind', 'bind']);
  });

  it('invariant 1, ownership: a provider is corrected before it or its pool is undeleted or enabled', () => {
    const wanted = wantedOf();
    const asleep = { kind: 'there', isDeleted: true, isDisabled: true } as const;
    const observed = {
      ...everything(wanted),
      pool: { ...asleep, description: ownMarker },
      providers: new Map([
        [providerName, { ...asleep, awsAccountId: accountId, attributeMapping: {}, attributeCondition: '' }],
      ]),
    };
    const plan = planSetup(wanted, observed);
    expect(kindsOf(plan)).toEqual([
      'correctProvider',
      'undeletePool',
      'undeleteProvider',
      'enableProvider',
      'enablePool',
    ]);
    expect(plan.warnings).toContainEqual(
      expect.stringContaining('If Google refuses to change it, setup undeletes nothing'),
    );
  });

  it.each([
    ['deleted', { isDeleted: true, isDisabled: false }, ['correctProvider', 'undeletePool']],
    ['disabled', { isDeleted: false, isDisabled: true }, ['correctProvider', 'enablePool']],
  ])(
    'invariant 1, ownership: a wrong provider of a pool that is %s is corrected first',
    (_, state, kinds) => {
      const wanted = wantedOf();
      const wrong = {
        ...awake,
        awsAccountId: accountId,
        attributeMapping: wantedMapping,
        attributeCondition: '',
      };
      const observed = {
        ...everything(wanted),
        pool: { kind: 'there', description: ownMarker, ...state } as const,
        providers: new Map([[providerName, wrong]]),
      };
      expect(kindsOf(planSetup(wanted, observed))).toEqual(kinds);
    },
  );

  it('undeletes a pool, creates its provider, and enables the pool last', () => {
    const wanted = wantedOf();
    const pool = { kind: 'there', isDeleted: true, isDisabled: true, description: ownMarker } as const;
    const plan = planSetup(wanted, { ...everything(wanted), pool, providers: new Map() });
    expect(kindsOf(plan)).toEqual(['undeletePool', 'createProvider', 'enablePool']);
    expect(plan.warnings).toHaveLength(2);
  });
});

describe('projects', () => {
  it('are those that settings and options name, each once, in their order', () => {
    const optIn = parseOptIns(['123-compute@developer.gserviceaccount.com', reader]);
    expect(projectsNamed(settings, { ...noOptions, optIn, optInProjects: ['other'] })).toEqual([
      'acme-data',
      'example.com:legacy',
      'other',
      '123',
    ]);
  });

  it('count once if named by number and by id', () => {
    const google = { ...settings.google, projects: ['acme-data', '222222222222'] };
    const { customRoles, grants } = wantedOf({ settings: { google } });
    expect(customRoles.map(({ name }) => name)).toEqual([
      'projects/acme-identity/roles/rolebridgePoolReader',
      'projects/acme-data/roles/rolebridgeLister',
      'projects/acme-data/roles/rolebridgeEditor',
    ]);
    expect(grants).toHaveLength(4);
  });

  it('that the file does not name get only the editor role, and a warning', () => {
    const wanted = wantedOf({ optInProjects: ['other-data'] });
    const { warnings } = planSetup(wanted, {
      ...nothing(),
      policies: new Map([['projects/other-data', {}]]),
    });
    expect(wanted.customRoles.map(({ name }) => name)).toContain(
      'projects/other-data/roles/rolebridgeEditor',
    );
    expect(wanted.customRoles.map(({ name }) => name)).not.toContain(
      'projects/other-data/roles/rolebridgeLister',
    );
    expect(warnings).toEqual([
      expect.stringContaining('EVERY service account of other-data'),
      expect.stringContaining('Project other-data is not in google.projects'),
    ]);
  });
});

describe('the project number', () => {
  const change = (before: string) => [{ path: ['google', 'projectNumber'], value: '123456789012', before }];
  it('causes a warning if it is wrong', () => {
    const { warnings } = planSetup(wantedOf({ changes: change('42') }), nothing());
    expect(warnings).toEqual([expect.stringContaining('is 42, and project acme-identity has 123456789012')]);
  });
  it('of the example causes no warning', () => {
    expect(planSetup(wantedOf({ changes: change('123456789012') }), nothing()).warnings).toEqual([]);
  });
});

describe('a plan is refused for', () => {
  const refusals = (
    asked: Parameters<typeof wantedOf>[0],
    change: (observed: ReturnType<typeof everything>) => Partial<ReturnType<typeof everything>>,
  ) => {
    const wanted = wantedOf(asked);
    const observed = everything(wanted);
    return planSetup(wanted, { ...observed, ...change(observed) }).refusals;
  };

  it('a provider of another cloud', () => {
    const provider = {
      ...awake,
      attributeMapping: wantedMapping,
      attributeCondition: wantedCondition(accountId),
    };
    expect(refusals({}, () => ({ providers: new Map([[providerName, provider]]) }))).toEqual([
      `Provider aws-${accountId} is not an AWS provider. Name another one in accounts[].provider of rolebridge.yml.`,
    ]);
  });

  it('a service account that only Google creates', () => {
    const google = { ...settings.google, serviceAccount: 'acme-identity@appspot.gserviceaccount.com' };
    const wanted = wantedOf({ settings: { google } });
    expect(planSetup(wanted, nothing()).refusals).toEqual([
      expect.stringContaining('only Google creates one of that name'),
    ]);
  });

  it('an opt-in of a missing account, and of rolebridge itself', () => {
    const missing = (): Partial<ReturnType<typeof everything>> => ({ policies: new Map() });
    expect(refusals({ optIn: [reader] }, missing)).toEqual([
      `Service account ${reader} does not exist in project acme-data. Create it, or correct --opt-in.`,
    ]);
    expect(refusals({ optIn: [own] }, missing)).toEqual([
      expect.stringContaining("is rolebridge's own service account"),
    ]);
  });

  it.each(['nobody', 'user@example.com', 'x@developer.gserviceaccount.com'])('--opt-in %s', (text) => {
    expect(() => parseOptIns([text])).toThrow(`--opt-in ${text} is not the e-mail of a service account`);
  });
});

describe('a pool that rolebridge did not create', () => {
  const foreign = (description: string, condition = '') => ({
    pool: { ...awake, description },
    providers: new Map([
      [
        providerName,
        { ...awake, awsAccountId: accountId, attributeMapping: {}, attributeCondition: condition },
      ],
    ]),
  });
  const planned = (asked: Parameters<typeof wantedOf>[0], there: ReturnType<typeof foreign>) => {
    const wanted = wantedOf(asked);
    return planSetup(wanted, { ...everything(wanted), ...there });
  };

  it('is refused once, with its description and the next step', () => {
    expect(planned({}, foreign('theirs')).refusals).toEqual([
      expect.stringMatching(/its description: "theirs"\)\. Name another one in google\.pool .* --adopt/),
    ]);
    expect(planned({}, foreign('')).refusals).toEqual([expect.stringContaining('its description: none')]);
    // It also shows the cost of an adoption, and the next step if the pool is ours.
    expect(planned({}, foreign('')).refusals).toEqual([
      expect.stringMatching(
        /revokes no access, and "rolebridge revoke" refuses.* someone changed its description.*: gcloud iam workload-identity-pools update aws-roles --project acme-identity --location global --description 'managed by rolebridge'$/,
      ),
    ]);
  });

  it('is adopted: the mode is written first, unless it already revokes nothing', () => {
    expect(planned({ adopts: true }, foreign('theirs')).steps).toMatchObject([
      { kind: 'writeSettings', changes: [{ path: ['mode'], value: 'upsert-only', before: 'sync' }] },
      { kind: 'describePool', description: `theirs | ${ownMarker}; adopted`, before: 'theirs' },
      { kind: 'correctProvider', attributeCondition: '' },
    ]);
    const gentle = planned({ adopts: true, settings: { mode: 'upsert-only' } }, foreign('theirs'));
    expect(kindsOf(gentle)).toEqual(['describePool', 'correctProvider']);
    const costs = 'From now on rolebridge revokes no access, and "rolebridge revoke" refuses';
    expect(planned({ adopts: true }, foreign('theirs')).warnings).toContainEqual(
      expect.stringContaining(costs),
    );
    expect(gentle.warnings).not.toContainEqual(expect.stringContaining(costs));
  });

  it('is refused if there is no room for the marker, or the condition excludes the functions', () => {
    expect(planned({ adopts: true }, foreign('x'.repeat(250))).refusals).toEqual([
      expect.stringContaining('Shorten it'),
    ]);
    expect(planned({ adopts: true }, foreign('theirs', 'false')).refusals).toEqual([
      expect.stringContaining('("false") does not admit rolebridge\'s own AWS roles'),
    ]);
  });

  it('once adopted, is corrected only with --adopt, and causes a warning in mode sync', () => {
    const plan = planned({}, foreign(`theirs | ${ownMarker}; adopted`));
    expect(plan.refusals).toEqual([expect.stringContaining('others may use it: google.subject')]);
    expect(plan.warnings).toEqual([expect.stringContaining('mode in rolebridge.yml is sync')]);
    const again = planned(
      { adopts: true, settings: { mode: 'upsert-only' } },
      foreign(`theirs | ${ownMarker}; adopted`),
    );
    expect(kindsOf(again)).toEqual(['correctProvider']);
    expect(again).toMatchObject({ warnings: [], refusals: [] });
  });

  it('once adopted, is left if it works; a provider that outlived its pool is corrected as ours', () => {
    const wanted = wantedOf({ settings: { mode: 'upsert-only' } });
    const { pool } = foreign(`theirs | ${ownMarker}; adopted`);
    expect(planSetup(wanted, { ...everything(wanted), pool }).steps).toEqual([]);
    const { providers } = foreign('');
    const orphan = planSetup(wanted, { ...everything(wanted), pool: { kind: 'absent' }, providers });
    expect(kindsOf(orphan)).toEqual(['createPool', 'correctProvider']);
  });

  it('a provider of another account is refused in any pool', () => {
    for (const description of ['theirs', ownMarker]) {
      const { pool, providers } = foreign(description);
      const other = new Map(
        [...providers].map(([name, one]) => [name, { ...one, awsAccountId: '999999999999' }]),
      );
      expect(planned({ adopts: true }, { pool, providers: other }).refusals).toEqual([
        expect.stringContaining(`is for AWS account 999999999999, and rolebridge.yml names ${accountId}`),
      ]);
    }
  });

  it('a missing provider is created', () => {
    const { pool } = foreign(ownMarker);
    expect(kindsOf(planned({}, { pool, providers: new Map() }))).toEqual(['createProvider']);
  });
});

describe('invariant 1, ownership: the owner of the pool', () => {
  const planned = (
    description: string,
    asked: Parameters<typeof wantedOf>[0] = {},
    poolProviders: readonly string[] = [],
  ) => {
    const wanted = wantedOf(asked);
    const pool = { ...awake, description };
    const { providers, ...rest } = everything(wanted);
    const other = { ...awake, attributeMapping: {}, attributeCondition: '' };
    const all = new Map<string, PresentProvider>([
      ...poolProviders.map((name) => [name, other] as const),
      ...providers,
    ]);
    return planSetup(wanted, { ...rest, pool, providers: all });
  };

  it.each([
    ['999999999999/prod', 'managed by rolebridge; owner 999999999999/prod'],
    ['111122223333/dev', 'for CI | managed by rolebridge; owner 111122223333/dev; adopted'],
    ['999999999999/prod', `${ownMarker} | managed by rolebridge; owner 999999999999/prod`],
  ])('one that belongs to %s is refused, with --adopt as well', (owner, description) => {
    for (const adopts of [false, true])
      expect(planned(description, { adopts }).refusals).toEqual([
        expect.stringMatching(
          new RegExp(`belongs to rolebridge of ${owner} .* Name another pool in google\\.pool`),
        ),
      ]);
  });

  it('a deleted one that belongs to another deployment is also refused', () => {
    const wanted = wantedOf();
    const description = 'managed by rolebridge; owner 999999999999/prod';
    const pool = { kind: 'there', isDeleted: true, isDisabled: false, description } as const;
    expect(planSetup(wanted, { ...everything(wanted), pool }).refusals).toHaveLength(1);
  });

  it('one without an owner becomes ours if the file names all its providers', () => {
    for (const poolProviders of [[], [providerName]]) {
      expect(planned('for AWS | managed by rolebridge', {}, poolProviders).steps).toEqual([
        {
          kind: 'describePool',
          name: poolName,
          isShared: false,
          description: `for AWS | ${ownMarker}`,
          before: 'for AWS | managed by rolebridge',
        },
      ]);
    }
  });

  it('one without an owner and with another provider becomes ours only by --adopt, with mode upsert-only', () => {
    const others = [providerName, `${poolName}/providers/github`];
    expect(planned('managed by rolebridge', {}, others).refusals).toEqual([
      expect.stringMatching(
        /marked without an owner .* does not name all of its providers: github\. .* --adopt/,
      ),
    ]);
    expect(planned('managed by rolebridge', { adopts: true }, others).steps).toMatchObject([
      { kind: 'writeSettings', changes: [{ path: ['mode'], value: 'upsert-only', before: 'sync' }] },
      { kind: 'describePool', isShared: true, description: `${ownMarker}; adopted` },
    ]);
  });

  it('one that 0.1 adopted stays adopted, with the warning of mode sync', () => {
    const plan = planned('theirs | managed by rolebridge (adopted)', {}, [providerName]);
    expect(plan.steps).toMatchObject([
      { kind: 'describePool', isShared: true, description: `theirs | ${ownMarker}; adopted` },
    ]);
    expect(plan.warnings).toEqual([expect.stringContaining('mode in rolebridge.yml is sync')]);
  });

  it.each(['NOT managed by rolebridge', 'Managed by rolebridge', `${ownMarker}.`])(
    '"%s" is not a marker: the pool needs --adopt',
    (description) => {
      expect(planned(description).refusals).toEqual([
        expect.stringContaining('rolebridge did not create it'),
      ]);
      expect(planned(description, { adopts: true }).steps).toMatchObject([
        { kind: 'writeSettings' },
        { kind: 'describePool', description: `${description} | ${ownMarker}; adopted` },
      ]);
    },
  );
});

describe('rolebridge’s own account and roles', () => {
  it('enables a disabled account, with a warning', () => {
    const wanted = wantedOf();
    const observed = {
      ...everything(wanted),
      serviceAccount: { kind: 'there', isDisabled: true, displayName: 'rolebridge' } as const,
    };
    const plan = planSetup(wanted, observed);
    expect(plan.steps).toEqual([{ kind: 'enableServiceAccount', email: own, project: 'acme-identity' }]);
    expect(plan.warnings).toEqual([`Service account ${own} is disabled, perhaps on purpose.`]);
  });

  it('undeletes a role, and corrects it to exactly the permissions it needs', () => {
    const wanted = wantedOf();
    const lister = 'projects/acme-data/roles/rolebridgeLister';
    const faultsOf = (state: { isDisabled?: boolean; permissions: readonly string[] }) => {
      const customRoles = new Map([
        ...everything(wanted).customRoles,
        [lister, { kind: 'there', isDeleted: true, ...state } as const],
      ]);
      return planSetup(wanted, { ...everything(wanted), customRoles }).steps;
    };
    const list = 'iam.serviceAccounts.list';
    const read = 'iam.serviceAccounts.getIamPolicy';
    expect(faultsOf({ permissions: [list, read] })).toEqual([{ kind: 'undeleteCustomRole', name: lister }]);
    // The role as an earlier setup created it, before setup could read policies.
    expect(faultsOf({ permissions: [list] })[1]).toMatchObject({ faults: [`it lacks ${read}`] });
    expect(faultsOf({ isDisabled: true, permissions: ['a.b.c'] })[1]).toMatchObject({
      kind: 'correctCustomRole',
      permissions: [list, read],
      faults: [
        'it is disabled',
        `it lacks ${list}, ${read}`,
        'it has a.b.c as well, which rolebridge does not need',
      ],
    });
    const absent = new Map([[lister, { kind: 'absent' } as const]]);
    expect(kindsOf(planSetup(wanted, { ...everything(wanted), customRoles: absent }))).toEqual([
      'createCustomRole',
      'createCustomRole',
      'createCustomRole',
    ]);
  });
});

describe('other members that may act as rolebridge', () => {
  it('cause one warning each, and stay', () => {
    const wanted = wantedOf();
    const observed = everything(wanted);
    const resource = `projects/acme-identity/serviceAccounts/${own}`;
    const { bindings = [] } = observed.policies.get(resource) ?? {};
    const others = [
      'roles/iam.serviceAccountTokenCreator',
      'roles/iam.workloadIdentityUser',
      'roles/viewer',
    ].map((role) => ({ role, members: ['user:eve@acme.com'] }));
    const policies = new Map([...observed.policies, [resource, { bindings: [...bindings, ...others] }]]);
    const plan = planSetup(wanted, { ...observed, policies });
    expect(plan.steps).toEqual([]);
    expect(plan.warnings).toEqual([expect.stringContaining(`user:eve@acme.com may act as ${own}`)]);
  });
});
