import { iam } from 'googleapis/build/src/apis/iam/index.js';
import { type AwsWorld, startAws } from '../../local/aws/world.ts';
import type { GoogleWorld } from '../../local/google/world.ts';
import { ownIdentity } from '../../shared/adapters/google/identity.ts';
import { googlePolicies } from '../../shared/adapters/google/policies.ts';
import { editResource } from '../../shared/app/edit-resource.ts';
import { type AllowPolicy, editPolicy, type PolicyEdit } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import type { PolicyStore } from '../../shared/ports.ts';
import { wallClock } from '../support/clock.ts';
import { reader, reports, settings } from '../support/settings.ts';
import { type Gcloud, hasGcloud, startGcloud } from './google-cloud-cli.ts';
import { type Step, scenario, startScenario } from './google-scenario.ts';

let aws: AwsWorld;
/** gcloud drives one stand-in, and rolebridge drives the other. */
let theirs: GoogleWorld;
let ours: GoogleWorld;
let gcloud: Gcloud;
let policies: PolicyStore;

const credentials = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

beforeAll(async () => {
  aws = await startAws({ accountId: settings.accounts[0]?.id ?? '' });
  [theirs, ours] = await Promise.all([startScenario(aws.url), startScenario(aws.url)]);
  gcloud = await startGcloud(theirs);

  const { accessKeyId, secretAccessKey, sessionToken } = aws.admin;
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  });
  const { projectNumber, pool, serviceAccount } = settings.google;
  const everybody = `principalSet://iam.googleapis.com/projects/${projectNumber}/locations/global/workloadIdentityPools/${pool}/*`;
  ours.addServiceAccount(serviceAccount, 'acme-identity', {
    bindings: [{ role: 'roles/iam.workloadIdentityUser', members: [everybody] }],
  });
  const config = { settings, region: 'us-east-1', googleEndpoint: ours.url };
  policies = googlePolicies({
    ...config,
    identity: ownIdentity(config),
    endpoints: {},
    signal: new AbortController().signal,
  });
});
afterAll(async () => {
  await gcloud.close();
  for (const name of credentials) Reflect.deleteProperty(process.env, name);
  await Promise.all([aws.close(), theirs.close(), ours.close()]);
});

const withoutEtag = (policy: AllowPolicy): AllowPolicy => {
  const { etag: _, ...rest } = policy;
  return rest;
};

const serviceAccounts = (...args: readonly string[]) => gcloud.run('iam', 'service-accounts', ...args);

const flagsOf = ({ role, member, condition }: PolicyEdit): readonly string[] => [
  `--role=${role}`,
  `--member=${member}`,
  condition === undefined
    ? '--condition=None'
    : `--condition=title=${condition.title ?? ''},expression=${condition.expression ?? ''}`,
];

const byGcloud = async (step: Step): Promise<unknown> => {
  switch (step.kind) {
    case 'edit': {
      const done = serviceAccounts(
        `${step.edit.kind}-iam-policy-binding`,
        step.account,
        ...flagsOf(step.edit),
      );
      if (step.isAbsent === true)
        await expect(done).rejects.toMatchObject({ stderr: expect.stringContaining('not found!') });
      else await done;
      return undefined;
    }
    case 'read':
      return withoutEtag((await serviceAccounts('get-iam-policy', step.account)) as AllowPolicy);
    case 'list':
      return ((await serviceAccounts('list')) as readonly { readonly email: string }[]).map(
        ({ email }) => email,
      );
  }
};

const readPolicy = async (account: string): Promise<AllowPolicy> => {
  const read = await policies.read(serviceAccountResource(account));
  if (read.kind !== 'read') throw new Error(`${account} is missing`);
  return read.policy;
};

/** rolebridge lists exactly what Google's own client for Node lists. */
const listByGoogleapis = async (): Promise<readonly string[]> => {
  const { projects } = iam({
    version: 'v1',
    rootUrl: `${ours.url}/`,
    headers: { authorization: `Bearer ${ours.adminToken}` },
  });
  const emails: string[] = [];
  let pageToken = '';
  do {
    const { data } = await projects.serviceAccounts.list({ name: 'projects/acme-data', pageToken });
    emails.push(...(data.accounts ?? []).map(({ email }) => email ?? ''));
    pageToken = data.nextPageToken ?? '';
  } while (pageToken !== '');
  return emails;
};

const byRolebridge = async (step: Step): Promise<unknown> => {
  switch (step.kind) {
    case 'edit': {
      const policy = await readPolicy(step.account);
      const edited = editPolicy(policy, [step.edit]);
      if (step.isAbsent === true) expect(edited).toBe(policy);
      if (edited !== policy)
        expect(await policies.write(serviceAccountResource(step.account), edited)).toMatchObject({
          kind: 'written',
        });
      return undefined;
    }
    case 'read':
      return withoutEtag(await readPolicy(step.account));
    case 'list':
      return listByGoogleapis();
  }
};

(hasGcloud ? describe : describe.skip)('gcloud and rolebridge edit alike (is gcloud installed?)', () => {
  // Each step builds on the one before. They are separate tests only so that a failure shows its step.
  it.each(scenario.map((step) => [`${step.kind}: ${step.title}`, step] as const))('%s', async (_, step) => {
    expect(await byRolebridge(step)).toEqual(await byGcloud(step));
    if (step.kind === 'list') return;
    expect(ours.policy(step.account).get(3)).toEqual({
      ...theirs.policy(step.account).get(3),
      etag: expect.any(String),
    });
  });

  it('over one page, gcloud asks for the next one', () => {
    const pages = theirs.calls.filter(({ method }) => method === 'iam.serviceAccounts.list');
    expect(pages.map(({ input }) => input['pageToken'] !== undefined)).toEqual([false, true, true]);
  });

  it('a write between read and write: gcloud gives up, rolebridge starts again; nothing is lost', async () => {
    const rival = { role: 'roles/viewer', members: ['user:rival@acme.com'] };
    const edit: PolicyEdit = { kind: 'add', role: workloadIdentityUser, member: memberOf(settings, reports) };
    for (const google of [theirs, ours]) {
      google.policy(reader).replace({ bindings: [] });
      let isPending = true;
      google.intercept(({ method }) => {
        if (isPending && method === 'iam.serviceAccounts.setIamPolicy') {
          isPending = false;
          google.policy(reader).replace({ bindings: [rival] });
        }
        return undefined;
      });
    }
    const add = () => serviceAccounts('add-iam-policy-binding', reader, ...flagsOf(edit));
    await expect(add()).rejects.toMatchObject({
      stderr: expect.stringContaining('There were concurrent policy changes'),
    });
    expect(theirs.policy(reader).current().bindings).toEqual([rival]);
    await add();

    const resource = serviceAccountResource(reader);
    const change = {
      kind: 'bind',
      id: 'bind',
      grants: [],
      access: resource,
      resource,
      edit,
    } as const;
    expect([
      ...(
        await editResource({ policies, clock: wallClock }, resource, [change], () =>
          Promise.resolve(new Map()),
        )
      ).values(),
    ]).toEqual([{ kind: 'done' }]);

    expect(ours.policy(reader).current()).toEqual(theirs.policy(reader).current());
    expect(ours.policy(reader).current().bindings).toEqual([
      rival,
      { role: edit.role, members: [edit.member] },
    ]);
  });
});
