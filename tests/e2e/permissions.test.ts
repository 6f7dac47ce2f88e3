import { setMember } from '../../local/google-side.ts';
import { addSampleResources } from '../../local/sample-resources.ts';
import type { Json } from '../../local/stack/template.ts';
import { loadSettings } from '../../shared/config/config.ts';
import { stackNames } from '../../shared/core/stack.ts';
import { type GoogleJob, googleRoles } from '../../shared/permissions/google.ts';
import { personalStatements } from '../../shared/permissions/person.ts';
import { policyDocument } from '../../shared/permissions/policy.ts';
import { allowingStatement } from '../support/authorize.ts';
import { variablesOf } from '../support/command-line.ts';
import { runHere } from '../support/here.ts';
import { accountId, reader, settings } from '../support/settings.ts';
import { type DoctorWorld, startDoctorWorld } from './doctor/world.ts';

const customRole = 'projects/acme-data/roles/queueReader';
const roleViewer = 'projects/acme-data/roles/roleViewer';

/** Jobs with two sides (tests/accounts covers the one that only reads AWS Organizations). */
type PersonalJob = 'plan' | 'doctor' | 'operator';

/** The commands of each job, in one world. Those that remove something are at the end. */
const commands: Readonly<Record<PersonalJob, readonly (readonly string[])[]>> = {
  plan: [['plan'], ['roles']],
  doctor: [['doctor'], ['doctor', '--role', 'reports']],
  operator: [
    ['plan'],
    ['sweep'],
    ['forget', '--project', 'acme-old', '--yes'],
    ['adopt', '--resource', 'buckets/acme-in', '--keep', '--yes'],
    ['revoke', '--role', 'reports', '--yes'],
    ['revoke', '--all', '--yes'],
    ['resume'],
  ],
};

/** One rule for each kind of resource, and one with a custom role. */
const rules: Readonly<Record<string, string>> = {
  'projects/acme-data': 'roles/bigquery.jobUser',
  'buckets/acme-in': 'roles/storage.objectViewer',
  'projects/acme-data/datasets/sales': 'roles/bigquery.dataViewer',
  'projects/acme-data/secrets/db-password': 'roles/secretmanager.secretAccessor',
  'projects/acme-data/topics/orders': 'roles/pubsub.publisher',
  'projects/acme-data/subscriptions/orders-in': customRole,
};

let world: DoctorWorld;
beforeAll(async () => {
  world = await startDoctorWorld();
  await grantOnResources();
});
afterAll(() => world.close());

/** A role with access to a resource of each kind, set up by docs/direct-access.md. */
const grantOnResources = async (): Promise<void> => {
  const { google, aws } = world;
  addSampleResources(google, { project: 'acme-data', reader });
  google.addCustomRole(customRole, ['pubsub.subscriptions.consume']);
  google.addCustomRole(roleViewer, ['iam.roles.get']);
  setMember(
    google.project('acme-data').policy,
    roleViewer,
    `serviceAccount:${settings.google.serviceAccount}`,
  );
  world.edit((file) => {
    const allow = Object.entries(rules).map(([on, grant]) => ({
      grant,
      on: [on],
      roles: ['reports'],
      clientProject: 'acme-data',
    }));
    Object.assign(file, { allow: [...Object.values(file['allow'] ?? []), ...allow] });
  });
  world.stack.killContainers();
  const optIns = Object.keys(rules).flatMap((resource) =>
    resource === 'projects/acme-data'
      ? ['--opt-in-project-grants', 'acme-data']
      : ['--opt-in-resource', resource],
  );
  expect(await runHere(variablesOf(world), 'setup', '--yes', ...optIns)).toMatchObject({ status: 0 });
  aws.bus.deliveryOf = () => 'deliver';
  const tags = Object.entries(rules).map(([on, grant], index) => [
    `google-access/r${index}`,
    `${grant} on ${on}`,
  ]);
  await world.tag('reports', Object.fromEntries(tags));
  await world.settled();
  await world.sweep();
  aws.bus.deliveryOf = () => 'lose';
};

/** A person whose only permissions on Google's side are those that `permissions --print` prints for the job. */
const person = (job: GoogleJob): string => {
  const principal = `user:${job}@acme.com`;
  for (const { project, id, permissions } of googleRoles(job, loadSettings(world.configPath))) {
    const name = `projects/${project}/roles/${id}`;
    world.google.addCustomRole(name, permissions);
    setMember(world.google.project(project).policy, name, principal);
  }
  return principal;
};

/** Runs the commands of a job, and returns the calls that they made with the person's own credentials. */
const callsOf = async (job: PersonalJob) => {
  const principal = person(job);
  const variables = { ...variablesOf(world), GOOGLE_OAUTH_ACCESS_TOKEN: world.google.issueToken(principal) };
  const [aws, google] = [world.aws.calls.length, world.google.calls.length];
  for (const args of commands[job]) {
    const said = await runHere(variables, ...args);
    expect({ args, said }).toMatchObject({ said: { status: 0 } });
  }
  return {
    aws: world.aws.calls.slice(aws).filter(({ principalArn }) => principalArn.includes('/Administrator/')),
    google: world.google.calls.slice(google).filter((call) => call.principal === principal),
  };
};

/** The statement that allows each call, and the permissions that no call needs. */
const evaluate = async (job: PersonalJob, calls: DoctorWorld['aws']['calls']) => {
  const names = stackNames('prod');
  const policy = policyDocument(
    personalStatements(job, { settings: loadSettings(world.configPath), stage: 'prod', names }),
  );
  const policies = [JSON.parse(JSON.stringify(policy)) as Json];
  const used = new Set<string>();
  const denied = new Set<string>();
  for (const call of calls) {
    if (call.action === 'sts:GetCallerIdentity') continue;
    for (const resource of call.resources) {
      // The context contains the tags to be removed.
      const context = { ...call.context, ...tagKeys(call) };
      const statement = await allowingStatement({ ...call, context }, resource, policies);
      if (statement === undefined) denied.add(`${call.action} on ${resource}`);
      else used.add(`${statement} ${call.action}`);
    }
  }
  const unused = policy.Statement.flatMap(({ Sid, Action }) =>
    Action.map((action) => `${Sid} ${action}`),
  ).filter((permission) => !used.has(permission));
  return { denied: [...denied], unused };
};

const tagKeys = ({ action, input }: DoctorWorld['aws']['calls'][number]) =>
  action === 'iam:UntagRole' && Array.isArray(input['TagKeys'])
    ? { 'aws:TagKeys': input['TagKeys'].map(String) }
    : {};

/**
 * The stand-in lets anyone with bigquery.datasets.getIamPolicy read an access list. Google does not document whether
 * that is enough.
 */
const notShown = 'bigquery.datasets.get';

/** A bucket's name does not contain its project. */
const projectOf = (resource: string): string | undefined =>
  resource.startsWith('b/') ? 'acme-data' : resource.split('/')[1];

// The operator comes last, because doctor reports a stack whose rules were stopped.
it.each(['plan', 'doctor', 'operator'] as const)(
  'permissions --print %s is sufficient for its commands on both sides, and contains nothing that they do not need',
  async (job) => {
    if (job === 'operator') world.aws.bus.deliveryOf = () => 'deliver';
    const { aws, google } = await callsOf(job);
    expect(await evaluate(job, aws)).toEqual({ denied: [], unused: [] });

    const usedIn = (project: string) =>
      google.filter(({ resource }) => projectOf(resource) === project).map((call) => call.permission);
    for (const { project, permissions } of googleRoles(job, loadSettings(world.configPath))) {
      const used = new Set(
        project === settings.google.project
          ? [...usedIn(project), ...usedIn(settings.google.projectNumber)]
          : usedIn(project),
      );
      const unused = permissions.filter((permission) => !used.has(permission) && permission !== notShown);
      expect({ project, unused }).toEqual({ project, unused: [] });
    }
  },
  120_000,
);

it('a person who may untag cannot remove other tags', async () => {
  const statement = personalStatements('operator', {
    settings: loadSettings(world.configPath),
    stage: 'prod',
    names: stackNames('prod'),
  }).find(({ Action }) => Action.includes('iam:UntagRole'));
  const policies = [
    JSON.parse(JSON.stringify(policyDocument(statement === undefined ? [] : [statement]))) as Json,
  ];
  const mayUntag = async (...keys: string[]) =>
    (await allowingStatement(
      {
        action: 'iam:UntagRole',
        accountId,
        principalArn: `arn:aws:iam::${accountId}:role/operator`,
        context: keys.length === 0 ? {} : { 'aws:TagKeys': keys },
      },
      `arn:aws:iam::${accountId}:role/reports`,
      policies,
    )) !== undefined;
  expect(await mayUntag('google-access')).toBe(true);
  expect(await mayUntag('google-access', 'google-access/nightly')).toBe(true);
  expect(await mayUntag('google-access', 'Owner')).toBe(false);
  expect(await mayUntag('google-accessory')).toBe(false);
  expect(await mayUntag()).toBe(false);
});
