import type { iam_v1 } from 'googleapis/build/src/apis/iam/v1.js';
import { serviceAccountResource } from '../../core/service-account.ts';
import type { GoogleReader } from '../../setup/ports.ts';
import { readOne } from './call.ts';
import { type GoogleClients, googleClients, type PersonalSession } from './clients.ts';
import { googleProjectPolicies } from './policies.ts';
import { googlePool, presenceOf } from './pool.ts';

/** Reads one resource through a client; undefined if Google itself answers NOT_FOUND. */
type Read = <T>(
  resource: string,
  call: (clients: GoogleClients) => Promise<{ readonly data: T }>,
) => Promise<T | undefined>;

/** https://cloud.google.com/iam/docs/reference/rest, …/resource-manager/reference/rest/v1, …/service-usage/docs/reference/rest */
export const googleReader = (session: PersonalSession): GoogleReader => {
  const read = readThrough(session);
  return {
    project: async (idOrNumber) => {
      const project = await read(`project ${idOrNumber}`, async ({ cloudresourcemanager }) =>
        (await cloudresourcemanager()).projects.get({ projectId: idOrNumber }),
      );
      return { id: project?.projectId ?? idOrNumber, number: project?.projectNumber ?? '' };
    },
    isServiceEnabled: async (project, service) => {
      const found = await read(`the API ${service} of project ${project}`, async ({ serviceusage }) =>
        (await serviceusage()).services.get({ name: `projects/${project}/services/${service}` }),
      );
      return found?.state === 'ENABLED';
    },
    pool: googlePool(session),
    providers: (pool) => providerNames(read, pool),
    provider: async (name) => {
      const provider = await read(`provider ${name}`, async ({ iam }) =>
        (await iam()).projects.locations.workloadIdentityPools.providers.get({ name }),
      );
      return provider === undefined ? absent : providerState(provider);
    },
    serviceAccount: async (email) => {
      const account = await read(`service account ${email}`, async ({ iam }) =>
        (await iam()).projects.serviceAccounts.get({ name: serviceAccountResource(email) }),
      );
      return account === undefined ? absent : { kind: 'there', isDisabled: account.disabled === true };
    },
    customRole: async (name) => {
      const role = await read(`role ${name}`, async ({ iam }) => (await iam()).projects.roles.get({ name }));
      if (role === undefined) return absent;
      return {
        kind: 'there',
        isDeleted: role.deleted === true,
        isDisabled: role.stage === 'DISABLED',
        permissions: role.includedPermissions ?? [],
      };
    },
    projectPolicies: googleProjectPolicies(session),
  };
};

export const readThrough = (session: PersonalSession): Read => {
  const clients = googleClients(session);
  return (resource, call) => readOne(session, resource, async () => (await call(clients)).data);
};

const absent = { kind: 'absent' } as const;

const providerNames = async (read: Read, pool: string): Promise<readonly string[]> => {
  const names: string[] = [];
  let pageToken = '';
  do {
    const params = {
      parent: pool,
      pageSize: 100, // Google's maximum
      showDeleted: true,
      ...(pageToken === '' ? {} : { pageToken }),
    };
    const page = await read(`the providers of pool ${pool}`, async ({ iam }) =>
      (await iam()).projects.locations.workloadIdentityPools.providers.list(params),
    );
    names.push(...(page?.workloadIdentityPoolProviders ?? []).flatMap(({ name }) => name ?? []));
    pageToken = page?.nextPageToken ?? '';
  } while (pageToken !== '');
  return names;
};

const providerState = (provider: iam_v1.Schema$WorkloadIdentityPoolProvider) => {
  const awsAccountId = provider.aws?.accountId;
  return {
    ...presenceOf(provider),
    attributeMapping: provider.attributeMapping ?? {},
    attributeCondition: provider.attributeCondition ?? '',
    ...(typeof awsAccountId === 'string' ? { awsAccountId } : {}),
  };
};
