import type { ResourceName } from './service-account.ts';
import type { NamedKeys } from './tag-event.ts';

/** What a look may revoke: what the sweep released, and the grants that role events name. The rest is left to the sweep. */
export interface MayRevoke {
  readonly released: readonly ResourceName[];
  /** `all` of the role, or grants by name. */
  readonly grants: 'all' | readonly string[];
}

export const mayRevokeOf = (
  { released, namedKeys }: { readonly released: readonly ResourceName[]; readonly namedKeys: NamedKeys },
  tagKey: string,
): MayRevoke => ({
  released,
  grants: namedKeys === 'all' ? 'all' : namedKeys.flatMap((key) => grantOf(key, tagKey) ?? []),
});

/** The grant that a key (in lower case) asks for. `<tagKey>/default` asks for none: only the bare key names that grant. */
const grantOf = (key: string, tagKey: string): string | undefined => {
  if (key === tagKey) return 'default';
  const name = key.slice(tagKey.length + 1);
  return key.startsWith(`${tagKey}/`) && name !== 'default' ? name : undefined;
};
