import type { Caller, Resource } from '../access.ts';
import { type Api, commonApi } from '../api.ts';
import { crc32c } from '../crc32c.ts';
import { GoogleError, notFound } from '../errors.ts';
import type { Method, MethodRequest } from '../method.ts';
import { policyMethods } from '../policy-methods.ts';
import type { Surroundings } from '../surroundings.ts';
import { attributesOf, type Secret, type Secrets } from './secrets.ts';

/** Secret Manager's REST API: https://cloud.google.com/secret-manager/docs/reference/rest */
export const secretMethods = (secrets: Secrets, { projects, access }: Surroundings): readonly Method[] => {
  /** Google reveals that a secret does not exist only to a caller who has the permission on its project. */
  const get = (
    { project = '', secret = '', version }: MethodRequest['path'],
    permission: string,
    caller: Caller,
  ): Secret => {
    const found = secrets.find(project, secret);
    if (found !== undefined) return found;
    const parent = projects.find(project);
    const name = `projects/${project}/secrets/${secret}`;
    throw parent !== undefined && access.holds(caller, permission, parent)
      ? notFound(
          `Secret [projects/${parent.number}/secrets/${secret}] not found${version === undefined ? '' : ' or has no versions'}.`,
        )
      : secretApi.denied(
          permission,
          missing(version === undefined ? name : `${name}/versions/${version}`),
          caller,
        );
  };
  const path = 'projects/(?<project>[^/]+)/secrets/(?<secret>[^/:]+)';
  return [
    ...policyMethods({ prefix: 'secretmanager.secrets', path, api: secretApi, access, get }, shown),
    {
      name: 'secretmanager.versions.access',
      http: 'GET',
      path: new RegExp(`^/v1/(?<resource>${path}/versions/(?<version>[^/:]+)):access$`),
      permission: 'secretmanager.versions.access',
      api: secretApi,
      prepare: ({ path: names, caller }) => {
        const secret = get(names, 'secretmanager.versions.access', caller);
        const { version = '' } = names;
        return { on: versionResource(secret, version), perform: () => payloadOf(secret, version) };
      },
    },
  ];
};

const secretApi: Api = {
  ...commonApi,
  denied: (permission, { name }) =>
    new GoogleError(
      403,
      'PERMISSION_DENIED',
      `Permission '${permission}' denied for resource '${name}' (or it may not exist).`,
      [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'IAM_PERMISSION_DENIED',
          domain: 'iam.googleapis.com',
          metadata: { permission, resource: name },
        },
      ],
    ),
};

const missing = (name: string): Resource => ({ name, policy: { bindings: () => [] } });

const versionResource = (secret: Secret, version: string): Resource => ({
  ...missing(`${secret.name}/versions/${version}`),
  parent: secret,
  attributes: attributesOf(`${secret.fullName}/versions/${numberOf(secret, version)}`, 'SecretVersion'),
});

const numberOf = ({ versions }: Secret, version: string): string =>
  version === 'latest' ? String(versions.length) : version;

const shown = ({ fullName, createTime }: Secret) => ({
  name: fullName,
  replication: { automatic: {} },
  createTime,
  etag: '"1"',
});

const payloadOf = (secret: Secret, version: string) => {
  const number = numberOf(secret, version);
  const value = secret.versions[Number(number) - 1];
  const name = `${secret.fullName}/versions/${number}`;
  if (value === undefined) throw notFound(`Secret Version [${name}] not found.`);
  const data = Buffer.from(value);
  return { name, payload: { data: data.toString('base64'), dataCrc32c: String(crc32c(data)) } };
};
