import { notFound } from './errors.ts';
import type { Method } from './method.ts';
import type { Account, ServiceAccounts } from './service-accounts.ts';

/** A service account's keys. Tests add them and change them as Google and their owners would. */
export interface Keys {
  /** Adds a key, or replaces the one of this id. Returns the name of the key in Policy Analyzer. */
  readonly add: (email: string, id: string, key?: Partial<LocalKey>) => string;
  readonly of: (email: string) => Map<string, LocalKey>;
}

/** Fields as in Google's answer. */
export interface LocalKey {
  /** @default 'USER_MANAGED' */
  readonly keyType: string;
  /** @default 'GOOGLE_PROVIDED' */
  readonly keyOrigin: string;
  /** @default 2024-01-02 */
  readonly validAfterTime: string;
  /** @default Google's time for a key that does not expire */
  readonly validBeforeTime: string;
  readonly disabled?: boolean;
  readonly disableReason?: string;
  readonly extendedStatus?: readonly { readonly key: string; readonly value: string }[];
}

/** A key that Google made and that does not expire. */
const usual: LocalKey & Readonly<Record<string, unknown>> = {
  keyType: 'USER_MANAGED',
  keyAlgorithm: 'KEY_ALG_RSA_2048',
  keyOrigin: 'GOOGLE_PROVIDED',
  validAfterTime: '2024-01-02T03:04:05Z',
  validBeforeTime: '9999-12-31T23:59:59Z',
};

/** Lists, disables, enables and deletes keys. No key has a private half here. */
export const createKeys = (
  accounts: Pick<ServiceAccounts, 'find' | 'get'>,
): Keys & { readonly methods: readonly Method[] } => {
  const keys = new Map<string, Map<string, LocalKey>>();
  /** By unique id, so that a new account of the same name has none of them. */
  const of = (email: string): Map<string, LocalKey> => {
    const { uniqueId } = find(email);
    const own = keys.get(uniqueId) ?? new Map<string, LocalKey>();
    keys.set(uniqueId, own);
    return own;
  };
  const find = (email: string): Account => {
    const account = accounts.find(email);
    if (account === undefined) throw new Error(`the local world has no service account ${email}`);
    return account;
  };
  const nameOf = ({ name }: Pick<Account, 'name'>, id: string): string => `${name}/keys/${id}`;
  const onKey = (
    verb: 'disable' | 'enable' | 'delete',
    http: Method['http'],
    end: string,
    change: (own: Map<string, LocalKey>, id: string, key: LocalKey) => void,
  ): Method => ({
    name: permissionFor(verb),
    http,
    path: new RegExp(`${accountPath}/(?<key>[^/:]+)${end}$`),
    permission: permissionFor(verb),
    prepare: ({ path, caller }) => {
      const account = accounts.get(path, permissionFor(verb), caller);
      return {
        on: account,
        perform: () => {
          const { key: id = '' } = path;
          const key = of(account.email).get(id);
          if (key === undefined) throw notFound(`Service account key ${id} does not exist.`);
          change(of(account.email), id, key);
          return {};
        },
      };
    },
  });
  const methods: readonly Method[] = [
    {
      name: permissionFor('list'),
      http: 'GET',
      path: new RegExp(`${accountPath}$`),
      permission: permissionFor('list'),
      prepare: ({ path, query, caller }) => {
        const account = accounts.get(path, permissionFor('list'), caller);
        const types = query.getAll('keyTypes');
        return {
          on: account,
          perform: () => {
            const all = [
              // Every service account has one that only Google uses.
              ['system', { ...usual, keyType: 'SYSTEM_MANAGED' }] as const,
              ...of(account.email),
            ];
            const asked = all.filter(([, { keyType }]) => types.length === 0 || types.includes(keyType));
            return asked.length === 0
              ? {}
              : { keys: asked.map(([id, key]) => ({ name: nameOf(account, id), ...key })) };
          },
        };
      },
    },
    onKey('disable', 'POST', ':disable', (own, id, key) => {
      own.set(id, {
        ...key,
        disabled: true,
        disableReason: 'SERVICE_ACCOUNT_KEY_DISABLE_REASON_USER_INITIATED',
      });
    }),
    onKey('enable', 'POST', ':enable', (own, id, key) => {
      const { disabled: _, disableReason: __, ...enabled } = key;
      own.set(id, enabled);
    }),
    onKey('delete', 'DELETE', '', (own, id) => {
      own.delete(id);
    }),
  ];
  return {
    methods,
    of,
    add: (email, id, key = {}) => {
      of(email).set(id, { ...usual, ...key });
      return `//iam.googleapis.com/${nameOf(find(email), id)}`;
    },
  };
};

const accountPath = '^/v1/(?<resource>projects/(?<project>[^/]+)/serviceAccounts/(?<account>[^/:]+))/keys';

const permissionFor = (verb: string): string => `iam.serviceAccountKeys.${verb}`;
