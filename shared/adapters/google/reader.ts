import type { iam_v1 } from 'googleapis/build/src/apis/iam/v1.js';
import { PermanentError } from '../../core/errors.ts';
import type { PresentProvider } from '../../core/google-side.ts';
import { isRecord } from '../../core/json.ts';
import { serviceAccountResource } from '../../core/service-account.ts';
import type { GoogleReader } from '../../setup/ports.ts';
import { itemsOf } from '../items.ts';
import { pages } from '../pages.ts';
import { readOne } from './call.ts';
import { type GoogleClients, googleClients, type PersonalSession } from './clients.ts';
import { googleProjectPolicies } from './policies.ts';
import { googlePool, presenceOf } from './pool.ts';

/** Reads one resource through a client; undefined if Google itself answers NOT_FOUND. */
type Read = <T>(
  resource: string,
  call: (clients: GoogleClients) => Promise<{ readonly data: T }>,
) => Promise<T | undefined>;

/** https://cloud.google.com/iam/docs/reference/rest, …/resource-manager/reference/rest/v1, …/service-usage/docs/reference/rest, …/storage/docs/json_api/v1 */
export const googleReader = (session: PersonalSession): GoogleReader => {
  const read = readThrough(session);
  const readNamed = readNamedThrough(session);
  return {
    project: async (idOrNumber) => {
      const project = await read(`project ${idOrNumber}`, async ({ cloudresourcemanager }) =>
        (await cloudresourcemanager()).projects.get({ projectId: idOrNumber }),
      );
      if (project !== undefined && !project.projectId) throw notGoogles(`project ${idOrNumber}`);
      return { id: project?.projectId ?? idOrNumber, number: project?.projectNumber ?? '' };
    },
    isServiceEnabled: async (project, service) => {
      const found = await readNamed(`the API ${service} of project ${project}`, async ({ serviceusage }) =>
        (await serviceusage()).services.get({ name: `projects/${project}/services/${service}` }),
      );
      return found?.state === 'ENABLED';
    },
    pool: googlePool(session),
    providers: (pool) => listedProviders(read, pool),
    provider: async (name) => {
      const provider = await readNamed(`provider ${name}`, async ({ iam }) =>
        (await iam()).projects.locations.workloadIdentityPools.providers.get({ name }),
      );
      return provider === undefined ? absent : providerState(provider);
    },
    serviceAccount: async (email) => {
      const account = await readNamed(`service account ${email}`, async ({ iam }) =>
        (await iam()).projects.serviceAccounts.get({ name: serviceAccountResource(email) }),
      );
      if (account === undefined) return absent;
      return {
        kind: 'there',
        isDisabled: account.disabled === true,
        displayName: account.displayName ?? '',
      };
    },
    role: async (name) => {
      // The same method for predefined and for custom roles.
      const role = await readNamed(`role ${name}`, async ({ iam }) => (await iam()).roles.get({ name }));
      if (role === undefined) return absent;
      return {
        kind: 'there',
        isDeleted: role.deleted === true,
        isDisabled: role.stage === 'DISABLED',
        permissions: role.includedPermissions ?? [],
      };
    },
    grantableRoles: (fullResourceName) => grantableRoles(read, fullResourceName),
    projectOfBucket: async (bucket) => {
      const found = await readNamed(`bucket ${bucket}`, async ({ storage }) =>
        (await storage()).buckets.get({ bucket, projection: 'noAcl', fields: 'name,projectNumber' }),
      );
      if (found !== undefined && !found.projectNumber) throw notGoogles(`bucket ${bucket}`);
      return found?.projectNumber ?? undefined;
    },
    projectPolicies: googleProjectPolicies(session),
  };
};

export const readThrough = (session: PersonalSession): Read => {
  const clients = googleClients(session);
  return async (resource, call) => {
    const data = await readOne(session, resource, async () => (await call(clients)).data);
    // The client returns what a proxy answers as a text, in which every field is missing.
    if (data !== undefined && !isRecord(data)) throw notGoogles(resource);
    return data;
  };
};

/** As `readThrough`, for resources that have a name: an answer without one is something else. */
const readNamedThrough = (session: PersonalSession) => {
  const read = readThrough(session);
  return async <T extends { readonly name?: string | null }>(
    resource: string,
    call: Parameters<typeof read<T>>[1],
  ): Promise<T | undefined> => {
    const data = await read(resource, call);
    if (data !== undefined && !data.name) throw notGoogles(resource);
    return data;
  };
};

const notGoogles = (resource: string): PermanentError =>
  new PermanentError(
    `reading ${resource}: the answer is not Google's. Check google.endpoints in rolebridge.yml, and what answers there.`,
  );

const absent = { kind: 'absent' } as const;

const listedProviders = async (read: Read, pool: string): Promise<ReadonlyMap<string, PresentProvider>> => {
  const what = `the providers of pool ${pool}`;
  const listed = pages(what, {
    read: (pageToken) =>
      read(what, async ({ iam }) =>
        (await iam()).projects.locations.workloadIdentityPools.providers.list({
          parent: pool,
          pageSize: 100, // Google's maximum
          showDeleted: true,
          ...(pageToken === undefined ? {} : { pageToken }),
        }),
      ),
    nextOf: (page) => page?.nextPageToken ?? '',
  });
  const found = new Map<string, PresentProvider>();
  // Google names the project by its number, whichever way the pool's name does.
  for await (const page of listed)
    for (const provider of itemsOf(what, page?.workloadIdentityPoolProviders, ['name']))
      found.set(`${pool}/providers/${provider.name.split('/').at(-1)}`, providerState(provider));
  return found;
};

const grantableRoles = async (read: Read, fullResourceName: string): Promise<ReadonlySet<string>> => {
  const what = `which Google roles ${fullResourceName} takes`;
  const listed = pages(what, {
    read: async (pageToken) => {
      const page = await read(what, async ({ iam }) =>
        (await iam()).roles.queryGrantableRoles({
          requestBody: {
            fullResourceName,
            pageSize: 2000, // Google's maximum
            ...(pageToken === undefined ? {} : { pageToken }),
          },
        }),
      );
      if (page === undefined) throw new PermanentError(`reading ${what}: Google finds no such resource.`);
      return page;
    },
    nextOf: ({ nextPageToken }) => nextPageToken ?? '',
  });
  const names = new Set<string>();
  for await (const { roles = [] } of listed) for (const { name } of roles) if (name) names.add(name);
  return names;
};

const providerState = (provider: iam_v1.Schema$WorkloadIdentityPoolProvider): PresentProvider => {
  const awsAccountId = provider.aws?.accountId;
  return {
    ...presenceOf(provider),
    attributeMapping: provider.attributeMapping ?? {},
    attributeCondition: provider.attributeCondition ?? '',
    ...(typeof awsAccountId === 'string' ? { awsAccountId } : {}),
  };
};
