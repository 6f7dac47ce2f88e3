import { readFileSync, writeFileSync } from 'node:fs';
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { parse, stringify } from 'yaml';
import { createCommandRuntime } from '../../../cli/runtime.ts';
import type { LocalInstance } from '../../../local/aws/instances.ts';
import type { PolicyCell } from '../../../local/google/policies.ts';
import type { Pool, Provider } from '../../../local/google/pools.ts';
import { setMember } from '../../../local/google-side.ts';
import { type Diagnosis, diagnose } from '../../../shared/doctor/diagnose.ts';
import { resourceEditorRole } from '../../../shared/setup/custom-roles.ts';
import { type Cloud, startCloud } from '../../support/cloud.ts';
import { variablesOf } from '../../support/command-line.ts';
import { expectNoSecretIn } from '../../support/secrets.ts';
import { reader, settings, writer } from '../../support/settings.ts';
import { withVariables } from '../../support/variables.ts';

/** With Lambda's long session names, this name overflows Google's default subject. */
export const longRole = 'app-nightly-export-of-everything';
export const until = '2090-01-31';
/** Its tag asks for a Google role on the bucket. No tag asks for the topic. */
export const directRole = 'app-direct';
export const viewer = 'roles/storage.objectViewer';
export const bucket = 'buckets/acme-in';
export const topic = 'projects/acme-data/topics/orders';

export interface DoctorWorld extends Cloud {
  readonly iam: IAMClient;
  readonly pool: Pool;
  readonly provider: Provider;
  readonly instance: LocalInstance;
  readonly cell: (email: string) => PolicyCell;
  /** Edits rolebridge.yml; returns a function that restores it. */
  readonly edit: (change: (file: Record<string, Record<string, unknown>>) => void) => () => void;
  readonly diagnose: (options?: Options) => Promise<Diagnosis>;
}

export interface Options {
  readonly roles?: readonly string[];
  readonly isExchanging?: boolean;
  readonly variables?: Readonly<Record<string, string | undefined>>;
}

const trust = (...services: readonly string[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: services.map((service) => ({
      Effect: 'Allow',
      Principal: { Service: `${service}.amazonaws.com` },
      Action: 'sts:AssumeRole',
    })),
  });

const addRoles = async (iam: IAMClient): Promise<void> => {
  const create = (RoleName: string, document: string, value: string) =>
    iam.send(
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: document,
        Tags: [{ Key: 'google-access', Value: value }],
      }),
    );
  await create('reports', trust('ec2', 'ecs-tasks'), reader);
  await create(longRole, trust('lambda'), `${writer} until ${until}`);
  await create(directRole, trust('lambda'), `${viewer} on ${bucket}`);
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: 'reports' }));
  await iam.send(
    new AddRoleToInstanceProfileCommand({ InstanceProfileName: 'reports', RoleName: 'reports' }),
  );
};

const runDoctor = (
  variables: Readonly<Record<string, string>>,
  { roles = [], isExchanging = false, variables: others = {} }: Options,
): Promise<Diagnosis> =>
  withVariables({ ...variables, ...others }, async () => {
    const { signal } = new AbortController();
    const logger = { info: () => undefined, warn: () => undefined };
    const runtime = createCommandRuntime({ stage: 'prod', signal, logger });
    const diagnosis = await diagnose(
      runtime.doctor(),
      {
        names: runtime.names,
        stage: 'prod',
        readSettings: () => runtime.settings(),
        roles,
        isExchanging,
      },
      signal,
    );
    expectNoSecretIn([JSON.stringify(diagnosis)]);
    return diagnosis;
  });

/** Rules for two Google roles, on resources that their owners opted in. */
const addResources = ({ google, reconfigure, file }: Cloud): void => {
  google.buckets.add('acme-in', 'acme-data');
  google.pubsub.addTopic('acme-data', 'orders');
  google.enableServices(settings.google.project, ['storage.googleapis.com', 'pubsub.googleapis.com']);
  for (const [resource, cell] of [
    [bucket, google.buckets.bucket('acme-in').policy],
    [topic, google.pubsub.resource(topic).policy],
  ] as const) {
    const { name, permissions } = resourceEditorRole('acme-data', resource);
    google.addCustomRole(name, permissions);
    setMember(cell, name, `serviceAccount:${settings.google.serviceAccount}`);
  }
  reconfigure({
    allow: [
      ...file().allow,
      { grant: viewer, on: [bucket], roles: ['app-*'], clientProject: 'acme-data' },
      { grant: 'roles/pubsub.publisher', on: [topic], roles: ['app-*'] },
    ],
  });
};

/** A world in which doctor finds no problem. */
export const startDoctorWorld = async (): Promise<DoctorWorld> => {
  const cloud = await startCloud();
  const { aws, google, configPath } = cloud;
  for (const email of [reader, writer]) cloud.addServiceAccount(email);
  addResources(cloud);
  const iam = new IAMClient({ region: 'us-east-1', endpoint: aws.url, credentials: aws.admin });
  await addRoles(iam);
  await cloud.settled();
  // The first sweep checks the table.
  await cloud.sweep();
  // From here on, no event is delivered, so nothing repairs a breakage.
  aws.bus.deliveryOf = () => 'lose';
  const instance: LocalInstance = {
    instanceId: 'i-0aaaaaaaaaaaaaaaa',
    region: 'eu-west-1',
    state: 'running',
    instanceProfileArn: `arn:aws:iam::${aws.accountId}:instance-profile/reports`,
    metadata: { httpTokens: 'required', httpPutResponseHopLimit: 1, httpEndpoint: 'enabled' },
  };
  aws.instances.push(instance);
  const pool = google.addPool(settings.google.pool);
  const provider = pool.providers.get(`aws-${aws.accountId}`);
  if (provider === undefined) throw new Error('the local world has no provider');
  return {
    ...cloud,
    iam,
    pool,
    provider,
    instance,
    cell: (email) => google.policy(email),
    edit: (change) => {
      const text = readFileSync(configPath, 'utf8');
      const file = parse(text) as Record<string, Record<string, unknown>>;
      change(file);
      writeFileSync(configPath, stringify(file));
      return () => writeFileSync(configPath, text);
    },
    diagnose: (options = {}) => runDoctor(variablesOf(cloud), options),
  };
};
