import type { Failure } from '../../core/errors.ts';
import { projectOf, serviceAccountResource } from '../../core/service-account.ts';
import type { GoogleWriter, ProviderFields } from '../../setup/ports.ts';
import { withRetries } from './call.ts';
import { type GoogleClients, googleClients, type PersonalSession } from './clients.ts';
import { permanentFailure, resourceFailure, statusOf } from './failure.ts';
import { type Operation, waitForOperation } from './wait-for-operation.ts';

/** https://cloud.google.com/iam/docs/reference/rest, …/service-usage/docs/reference/rest: writes of setup and of its undo, except allow policies. */
export const googleWriter = (session: PersonalSession): GoogleWriter => {
  const write = writeThrough(session);
  return {
    ...serviceWrites(write),
    ...poolWrites(write),
    ...providerWrites(write),
    ...accountWrites(write),
    ...roleWrites(write),
  };
};

interface Answer<T> {
  readonly data: T;
}

interface Write {
  readonly once: <T>(
    description: string,
    advice: string,
    call: (clients: GoogleClients) => Promise<Answer<T>>,
  ) => Promise<T>;
  /** Starts an operation, and waits until Google has finished it. */
  readonly andWait: (
    description: string,
    advice: string,
    start: (clients: GoogleClients) => Promise<Answer<Operation>>,
    read: (clients: GoogleClients, name: string) => Promise<Answer<Operation>>,
  ) => Promise<void>;
}

const writeThrough = (session: PersonalSession): Write => {
  const clients = googleClients(session);
  const once: Write['once'] = (description, advice, call) =>
    withRetries(
      session,
      async () => (await call(clients)).data,
      (thrown) => writeFailure(description, thrown, advice),
    );
  return {
    once,
    andWait: async (description, advice, start, read) =>
      waitForOperation(
        session,
        description,
        await once(description, advice, start),
        async (name) => (await read(clients, name)).data,
      ),
  };
};

/** After 400 or 409, the resource may already be as we want it: Google's answer to an earlier attempt may have been lost. */
const writeFailure = (description: string, thrown: unknown, advice: string): Failure => {
  const status = statusOf(thrown);
  if (status !== 400 && status !== 409) return resourceFailure(description, thrown, advice);
  return permanentFailure(description, thrown, { because: 'conflict' });
};

/** docs/setup.md lists the permissions. */
const requires = (role: string, project: string): string => `This needs ${role} on project ${project}.`;

const serviceWrites = (write: Write): Pick<GoogleWriter, 'enableServices'> => ({
  enableServices: (project, services) =>
    write.andWait(
      `enabling the APIs of project ${project}`,
      requires('roles/serviceusage.serviceUsageAdmin', project),
      async ({ serviceusage }) =>
        (await serviceusage()).services.batchEnable({
          parent: `projects/${project}`,
          requestBody: { serviceIds: [...services] },
        }),
      async ({ serviceusage }, name) => (await serviceusage()).operations.get({ name }),
    ),
});

type PoolWrites = Pick<GoogleWriter, 'createPool' | 'undeletePool' | 'updatePool' | 'deletePool'>;

const poolWrites = ({ andWait }: Write): PoolWrites => {
  const pools = async ({ iam }: GoogleClients) => (await iam()).projects.locations.workloadIdentityPools;
  const write = (verb: string, name: string, start: Parameters<Write['andWait']>[2]) =>
    andWait(`${verb} pool ${split(name).id}`, poolAdmin(name), start, async (clients, operation) =>
      (await pools(clients)).operations.get({ name: operation }),
    );
  return {
    createPool: (name, description) => {
      const { parent, id: workloadIdentityPoolId } = split(name);
      return write('creating', name, async (clients) =>
        (await pools(clients)).create({ parent, workloadIdentityPoolId, requestBody: { description } }),
      );
    },
    undeletePool: (name) =>
      write('undeleting', name, async (clients) =>
        (await pools(clients)).undelete({ name, requestBody: {} }),
      ),
    updatePool: (name, requestBody) =>
      write('changing', name, async (clients) =>
        (await pools(clients)).patch({ name, updateMask: maskOf(requestBody), requestBody }),
      ),
    deletePool: (name) => write('deleting', name, async (clients) => (await pools(clients)).delete({ name })),
  };
};

type ProviderWrites = Pick<GoogleWriter, 'createProvider' | 'undeleteProvider' | 'updateProvider'>;

const providerWrites = ({ andWait }: Write): ProviderWrites => {
  const providers = async ({ iam }: GoogleClients) =>
    (await iam()).projects.locations.workloadIdentityPools.providers;
  const write = (verb: string, name: string, start: Parameters<Write['andWait']>[2]) =>
    andWait(`${verb} provider ${split(name).id}`, poolAdmin(name), start, async (clients, operation) =>
      (await providers(clients)).operations.get({ name: operation }),
    );
  return {
    createProvider: (name, { accountId, ...mapping }: ProviderFields) => {
      const { parent, id: workloadIdentityPoolProviderId } = split(name);
      const requestBody = { aws: { accountId }, ...mapping };
      return write('creating', name, async (clients) =>
        (await providers(clients)).create({ parent, workloadIdentityPoolProviderId, requestBody }),
      );
    },
    undeleteProvider: (name) =>
      write('undeleting', name, async (clients) =>
        (await providers(clients)).undelete({ name, requestBody: {} }),
      ),
    updateProvider: (name, requestBody) =>
      write('changing', name, async (clients) =>
        (await providers(clients)).patch({ name, updateMask: maskOf(requestBody), requestBody }),
      ),
  };
};

const poolAdmin = (name: string): string =>
  requires('roles/iam.workloadIdentityPoolAdmin', split(name).project);

type AccountWrites = Pick<
  GoogleWriter,
  'createServiceAccount' | 'enableServiceAccount' | 'deleteServiceAccount'
>;

const accountWrites = (write: Write): AccountWrites => {
  const accountAdmin = (email: string): string =>
    requires('roles/iam.serviceAccountAdmin', projectOf(email) ?? '-');
  return {
    createServiceAccount: async (email) => {
      const requestBody = {
        accountId: email.slice(0, email.indexOf('@')),
        serviceAccount: { displayName: 'rolebridge' },
      };
      await write.once(`creating service account ${email}`, accountAdmin(email), async ({ iam }) =>
        (await iam()).projects.serviceAccounts.create({
          name: `projects/${projectOf(email) ?? '-'}`,
          requestBody,
        }),
      );
    },
    enableServiceAccount: async (email) => {
      await write.once(`enabling service account ${email}`, accountAdmin(email), async ({ iam }) =>
        (await iam()).projects.serviceAccounts.enable({
          name: serviceAccountResource(email),
          requestBody: {},
        }),
      );
    },
    deleteServiceAccount: async (email) => {
      await write.once(`deleting service account ${email}`, accountAdmin(email), async ({ iam }) =>
        (await iam()).projects.serviceAccounts.delete({ name: serviceAccountResource(email) }),
      );
    },
  };
};

type RoleWrites = Pick<
  GoogleWriter,
  'createCustomRole' | 'undeleteCustomRole' | 'updateCustomRole' | 'deleteCustomRole'
>;

const roleWrites = ({ once }: Write): RoleWrites => {
  const roles = async ({ iam }: GoogleClients) => (await iam()).projects.roles;
  const write = async (verb: string, name: string, call: Parameters<Write['once']>[2]): Promise<void> => {
    const { id, project } = split(name);
    await once(`${verb} role ${id} of project ${project}`, requires('roles/iam.roleAdmin', project), call);
  };
  return {
    createCustomRole: (name, { title, permissions }) => {
      const { parent, id: roleId } = split(name);
      const role = { title, includedPermissions: [...permissions], stage: 'GA' };
      return write('creating', name, async (clients) =>
        (await roles(clients)).create({ parent, requestBody: { roleId, role } }),
      );
    },
    undeleteCustomRole: (name) =>
      write('undeleting', name, async (clients) =>
        (await roles(clients)).undelete({ name, requestBody: {} }),
      ),
    updateCustomRole: (name, permissions) => {
      const requestBody = { includedPermissions: [...permissions], stage: 'GA' };
      return write('changing', name, async (clients) =>
        (await roles(clients)).patch({ name, updateMask: maskOf(requestBody), requestBody }),
      );
    },
    deleteCustomRole: (name) =>
      write('deleting', name, async (clients) => (await roles(clients)).delete({ name })),
  };
};

const maskOf = (fields: object): string => Object.keys(fields).join(',');

/** `projects/P/…/COLLECTION/ID` → its parent, ID and P. */
const split = (name: string) => {
  const segments = name.split('/');
  return {
    parent: segments.slice(0, -2).join('/'),
    id: segments.at(-1) ?? '',
    project: segments[1] ?? '',
  };
};
