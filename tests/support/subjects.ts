import { type AwsWorld, startAws } from '../../local/aws/world.ts';
import { type GoogleWorld, startGoogle } from '../../local/google/world.ts';
import { awsClients } from '../../shared/adapters/aws/clients.ts';
import { awsListings } from '../../shared/adapters/aws/listings.ts';
import { awsOutcomes, awsSecondLooks, awsSweepSink } from '../../shared/adapters/aws/messages.ts';
import { awsParameters } from '../../shared/adapters/aws/parameters.ts';
import { awsRoles } from '../../shared/adapters/aws/roles.ts';
import { ownIdentity } from '../../shared/adapters/google/identity.ts';
import { googleOptIns } from '../../shared/adapters/google/opt-ins.ts';
import { googlePolicies } from '../../shared/adapters/google/policies.ts';
import { googleServiceAccounts } from '../../shared/adapters/google/service-accounts.ts';
import type { AllowPolicy } from '../../shared/core/iam-policy.ts';
import type { ObservedParameter } from '../../shared/core/observed.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import type { Ports, SweepPorts } from '../../shared/ports.ts';
import { memoryPorts, memorySweepPorts, setPolicy, setRole } from './memory.ts';
import { roleRef, settings } from './settings.ts';
import { createWorld } from './world.ts';

/** The actions of a test behind the ports, which each world must support. */
export interface Subject {
  readonly ports: Pick<Ports, 'roles' | 'parameters' | 'policies' | 'outcomes' | 'secondLooks'>;
  readonly sweepPorts: Pick<SweepPorts, 'listings' | 'optIns' | 'sink'>;
  readonly addRole: (name: string, tags: Readonly<Record<string, string>>) => void;
  readonly addPolicy: (email: string, policy: AllowPolicy) => void;
  readonly deny: (email: string) => void;
  /** Puts a parameter of any type in us-east-1, as someone else would. */
  readonly plant: (parameter: ObservedParameter) => void;
  readonly reject: (member: string) => void;
  readonly sent: () => { readonly outcomes: number; readonly looks: number };
  readonly close: () => Promise<void>;
}

export const memorySubject = async (): Promise<Subject> => {
  const world = createWorld({ serviceAccounts: [] });
  return Promise.resolve({
    ports: memoryPorts(world),
    sweepPorts: memorySweepPorts(world),
    addRole: (name, tags) =>
      setRole(
        world,
        roleRef(name),
        Object.entries(tags).map(([key, value]) => ({ key, value })),
      ),
    addPolicy: (email, policy) => setPolicy(world, serviceAccountResource(email), policy),
    deny: (email) => void world.denied.add(serviceAccountResource(email)),
    plant: ({ name, ...parameter }) =>
      void world.parameters.set(`us-east-1 ${name}`, { ...parameter, description: '' }),
    reject: (member) => void world.rejected.add(member),
    sent: () => ({
      outcomes: world.outcomes.length + world.drifts.length + world.held.length,
      looks: world.secondLooks.length,
    }),
    close: () => Promise.resolve(),
  });
};

export interface LocalSubject extends Subject {
  readonly aws: AwsWorld;
  readonly google: GoogleWorld;
}

/** The real adapters with the real SDKs, over HTTP against the stand-ins. */
export const localSubject = async (): Promise<LocalSubject> => {
  const aws = await startAws({ accountId: settings.accounts[0]?.id ?? '', timeScale: 0.01 });
  const google = await startGoogle({ awsUrl: aws.url, projectNumber: settings.google.projectNumber });
  google.addProvider('aws-roles', 'aws-111122223333', aws.accountId);
  const member = `principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aws-roles/attribute.aws_role/arn:aws:sts::${aws.accountId}:assumed-role/Administrator`;
  google.addServiceAccount(settings.google.serviceAccount, 'acme-identity', {
    bindings: [{ role: 'roles/iam.workloadIdentityUser', members: [member] }],
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.url,
    AWS_ACCESS_KEY_ID: aws.admin.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.admin.secretAccessKey,
    AWS_SESSION_TOKEN: aws.admin.sessionToken,
  });
  const clients = awsClients('us-east-1');
  const signal = AbortSignal.timeout(60_000);
  const config = { settings, region: 'us-east-1', googleEndpoint: google.url };
  const queue = aws.sqs.create({ name: 'q', visibilitySeconds: 30 });
  const session = { ...config, identity: ownIdentity(config), endpoints: {}, signal };
  google.grantLister('acme-data', settings.google.serviceAccount);
  return {
    aws,
    google,
    sweepPorts: {
      listings: {
        ...awsListings(() => clients, 1_000, signal),
        serviceAccounts: googleServiceAccounts(session),
      },
      optIns: googleOptIns(session),
      sink: awsSweepSink(clients, signal),
    },
    ports: {
      roles: awsRoles(() => clients, signal),
      parameters: awsParameters(() => clients, signal),
      policies: googlePolicies(session),
      outcomes: awsOutcomes(clients, signal),
      secondLooks: awsSecondLooks(clients, `${aws.url}/${aws.accountId}/q`, signal),
    },
    addRole: (RoleName, tags) => {
      const members = Object.entries(tags).flatMap(([key, value], index) => [
        [`Tags.member.${index + 1}.Key`, key],
        [`Tags.member.${index + 1}.Value`, value],
      ]);
      aws.iam.perform('CreateRole', { RoleName, ...Object.fromEntries(members) });
    },
    addPolicy: (email, policy) => {
      google.addServiceAccount(email, 'acme-data', { ...policy });
      google.optIn(email, settings.google.serviceAccount);
    },
    deny: (email) => google.optIn(email, settings.google.serviceAccount, false),
    plant: (parameter) =>
      void aws.ssm.parameters('us-east-1').set(parameter.name, { ...parameter, description: '', version: 1 }),
    reject: (one) => void google.rules.rejectedMembers.add(one),
    sent: () => ({
      outcomes: aws.bus.history.filter(({ source }) => source === 'rolebridge').length,
      looks: queue.messages.length,
    }),
    close: async () => {
      await Promise.all([aws.close(), google.close()]);
      for (const name of [
        'AWS_ENDPOINT_URL',
        'AWS_ACCESS_KEY_ID',
        'AWS_SECRET_ACCESS_KEY',
        'AWS_SESSION_TOKEN',
      ])
        Reflect.deleteProperty(process.env, name);
    },
  };
};
