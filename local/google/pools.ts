import { checkMapping, type Mapping } from './attribute-mapping.ts';
import { exists, invalid, notFound } from './errors.ts';
import { type Fields, fieldsOf, textOf } from './method.ts';

/** The fields that pools and providers share. Tests may change them in place. */
export interface Soft {
  displayName?: string;
  description?: string;
  disabled: boolean;
  /** Thirty days after the deletion. Until then its id is taken, and it can be undeleted. */
  expireTime?: string;
}

export interface Provider extends Soft {
  accountId: string;
  attributeMapping: Mapping;
  attributeCondition?: string;
}

export interface Pool extends Soft {
  readonly providers: Map<string, Provider>;
}

/** By resource name, `projects/NUMBER/locations/global/workloadIdentityPools/ID`. */
export type Pools = Map<string, Pool>;

export type Update<T> = (resource: T, body: Fields, has: (field: string) => boolean) => void;

export const updateProvider: Update<Provider> = (provider, body, has) => {
  const aws = fieldsOf(body['aws']);
  const mapping = fieldsOf(body['attributeMapping']);
  const next = {
    accountId: has('aws') || has('aws.accountId') ? textOf(aws['accountId']) : provider.accountId,
    attributeMapping: has('attributeMapping')
      ? Object.fromEntries(Object.entries(mapping).map(([key, value]) => [key, textOf(value)]))
      : provider.attributeMapping,
    attributeCondition: has('attributeCondition')
      ? textOf(body['attributeCondition'])
      : (provider.attributeCondition ?? ''),
  };
  if (!/^\d{12}$/.test(next.accountId))
    throw invalid(
      'aws.accountId must be an AWS account id; the stand-in supports no other kind of provider.',
    );
  checkMapping(next.attributeMapping, next.attributeCondition);
  updateSoft(provider, body, has);
  Object.assign(provider, next);
};

const updateSoft = (resource: Soft, body: Fields, has: (field: string) => boolean): void => {
  if (has('displayName')) resource.displayName = checkText('displayName', textOf(body['displayName']), 32);
  if (has('description')) resource.description = checkText('description', textOf(body['description']), 256);
  if (has('disabled')) resource.disabled = body['disabled'] === true;
};

const checkText = (field: string, value: string, most: number): string => {
  if (value.length > most) throw invalid(`${field} is longer than ${most} characters.`);
  return value;
};

export const isLive = (resource: Soft | undefined): boolean =>
  resource !== undefined && !resource.disabled && resource.expireTime === undefined;

export const newPool = (): Pool => ({ disabled: false, providers: new Map() });
export const newProvider = (): Provider => ({ disabled: false, accountId: '', attributeMapping: {} });

/** Ids of pools and providers (IAM v1 reference). @throws GoogleError */
export const checkId = (kind: string, id: string): void => {
  if (!/^[a-z0-9-]{4,32}$/.test(id) || id.startsWith('gcp-'))
    throw invalid(`Invalid ${kind} id ${id}: 4 to 32 of [a-z0-9-], not starting with gcp-.`);
};

export const updatePool: Update<Pool> = updateSoft;

export const shownPool = (name: string, pool: Pool): object => shownSoft(name, pool);

const shownSoft = (name: string, { displayName, description, disabled, expireTime }: Soft) => ({
  name,
  ...(displayName === undefined ? {} : { displayName }),
  ...(description === undefined ? {} : { description }),
  ...(disabled ? { disabled } : {}),
  state: expireTime === undefined ? 'ACTIVE' : 'DELETED',
  ...(expireTime === undefined ? {} : { expireTime }),
});

export const shownProvider = (name: string, provider: Provider): object => ({
  ...shownSoft(name, provider),
  aws: { accountId: provider.accountId },
  ...(Object.keys(provider.attributeMapping).length === 0
    ? {}
    : { attributeMapping: provider.attributeMapping }),
  ...(provider.attributeCondition ? { attributeCondition: provider.attributeCondition } : {}),
});

/** @throws GoogleError if it does not exist; a deleted one still does. */
export const existing = <T>(resource: T | undefined): T => {
  if (resource === undefined) throw notFound();
  return resource;
};

export const free = (resource: Soft | undefined): void => {
  if (resource !== undefined) throw exists();
};
