import { serviceAccountResource } from '../../core/service-account.ts';
import type { GoogleSide } from '../../setup/ports.ts';
import { readOne } from './call.ts';
import { googleProjectPolicies } from './policies.ts';
import { googlePool, type Soft, soft } from './pool.ts';
import type { GoogleCall, GoogleSession } from './session.ts';

interface Provider extends Soft {
  readonly aws?: { readonly accountId?: string };
  readonly attributeMapping?: Readonly<Record<string, string>>;
  readonly attributeCondition?: string;
}

interface ProviderPage {
  readonly workloadIdentityPoolProviders?: readonly { readonly name?: string }[];
  readonly nextPageToken?: string;
}

const absent = { kind: 'absent' } as const;

const providersPerPage = 100; // the most that Google gives

/**
 * https://cloud.google.com/iam/docs/reference/rest, https://cloud.google.com/resource-manager/reference/rest/v1,
 * https://cloud.google.com/service-usage/docs/reference/rest
 */
export const googleSide = (session: GoogleSession): GoogleSide => {
  const get = <T>(what: string, path: string, api: GoogleCall['api'] = 'iam'): Promise<T | undefined> =>
    readOne(session, what, { api, method: 'GET', path });
  return {
    project: async (idOrNumber) => {
      const { projectId = idOrNumber, projectNumber = '' } =
        (await get<{ projectId?: string; projectNumber?: string }>(
          `project ${idOrNumber}`,
          `projects/${idOrNumber}`,
          'cloudresourcemanager',
        )) ?? {};
      return { id: projectId, number: projectNumber };
    },
    isServiceEnabled: async (project, service) => {
      const found = await get<{ state?: string }>(
        `the API ${service} of project ${project}`,
        `projects/${project}/services/${service}`,
        'serviceusage',
      );
      return found?.state === 'ENABLED';
    },
    pool: googlePool(session),
    providers: async (pool) => {
      const names: string[] = [];
      let token = '';
      do {
        const found: ProviderPage =
          (await readOne<ProviderPage>(session, `the providers of pool ${pool}`, {
            method: 'GET',
            path: `${pool}/providers`,
            params: {
              pageSize: providersPerPage,
              showDeleted: 'true',
              ...(token === '' ? {} : { pageToken: token }),
            },
          })) ?? {};
        names.push(...(found.workloadIdentityPoolProviders ?? []).flatMap(({ name }) => name ?? []));
        token = found.nextPageToken ?? '';
      } while (token !== '');
      return names;
    },
    provider: async (name) => {
      const provider = await get<Provider>(`provider ${name}`, name);
      if (provider === undefined) return absent;
      const { aws, attributeMapping = {}, attributeCondition = '' } = provider;
      return {
        ...soft(provider),
        attributeMapping,
        attributeCondition,
        ...(aws?.accountId === undefined ? {} : { awsAccountId: aws.accountId }),
      };
    },
    serviceAccount: async (email) => {
      const account = await get<{ disabled?: boolean }>(
        `service account ${email}`,
        serviceAccountResource(email),
      );
      return account === undefined ? absent : { kind: 'there', isDisabled: account.disabled === true };
    },
    customRole: async (name) => {
      const role = await get<{
        deleted?: boolean;
        stage?: string;
        includedPermissions?: readonly string[];
      }>(`role ${name}`, name);
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
