import { credentialConfig, sameJson } from './credential-config.ts';
import type { Grant, RoleRef, Target } from './model.ts';
import { isRoleName } from './role-arn.ts';
import { keyName } from './role-key.ts';
import { providerOf, type Settings } from './settings.ts';

/** One parameter of a grant, the same in each region. */
export interface GrantParameter {
  readonly kind: 'config' | 'project';
  readonly name: string;
  readonly value: string;
}

/**
 * The parameters that a grant is published with: its credential config, and for a Google role on a resource the project that
 * clients are to use, because such a config names none. Empty if the role's account is not configured.
 */
export const grantParameters = (
  settings: Settings,
  ref: RoleRef,
  { name: grant, target, clientProject }: Pick<Grant, 'name' | 'target' | 'clientProject'>,
): readonly GrantParameter[] => {
  const provider = providerOf(settings, ref);
  if (provider === undefined) return [];
  const name = parameterName(settings.parameterPrefix, ref, grant);
  return [
    { kind: 'config', name, value: JSON.stringify(configOf(settings, provider, target), null, 2) },
    ...(clientProject === undefined
      ? []
      : [{ kind: 'project' as const, name: projectParameterName(name), value: clientProject }]),
  ];
};

const configOf = (settings: Settings, provider: string, target: Target) =>
  credentialConfig(settings, provider, target.kind === 'serviceAccount' ? target.email : undefined);

/** The type that a config is published with. In any other type, even the right text is not a valid config. */
export const configType = 'String';

/** Whether a parameter is published as it should be. */
export const isPublishedAs = (
  wanted: GrantParameter,
  found: { readonly type: string; readonly value: string },
): boolean =>
  found.type === configType &&
  (wanted.kind === 'config' ? sameJson(found.value, wanted.value) : found.value === wanted.value);

export const parameterName = (prefix: string, ref: Pick<RoleRef, 'roleName'>, grantName: string): string =>
  `${parameterPath(prefix, ref)}/${grantName}`;

/** The folder of one role's parameters. */
export const parameterPath = (prefix: string, ref: Pick<RoleRef, 'roleName'>): string =>
  `${prefix}/${encodeRoleName(ref.roleName)}`;

/**
 * The name of a role's folder. It is the role's name in lower case, so a role that is created again in another casing
 * keeps its folder. Role names may contain `+ = , @`, and parameter names may not. So `[a-z0-9_-]` stay, `.` becomes `..`, and
 * any other character becomes `.` and two lower-case hex digits. Two names share a folder only if they differ just in case. A
 * shell can decode it.
 */
export const encodeRoleName = (roleName: string): string => encode(keyName(roleName));

const encode = (name: string): string =>
  name.replaceAll(/[^A-Za-z0-9_-]/g, (character) =>
    character === '.' ? '..' : `.${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );

/** The role that a folder's name encodes, in the folder's casing; undefined if it does not encode a role name. */
export const decodeRoleName = (encoded: string): string | undefined => {
  const decoded = encoded.replaceAll(/\.(\.|[0-9a-f]{2})/g, (_, code: string) =>
    code === '.' ? '.' : String.fromCharCode(Number.parseInt(code, 16)),
  );
  return isRoleName(decoded) && encode(decoded) === encoded ? decoded : undefined;
};

/** The grant that a config or a project is published for. */
export const grantOfParameter = (name: string): string => {
  const last = name.slice(name.lastIndexOf('/') + 1);
  return last.endsWith(projectSuffix) ? last.slice(0, -projectSuffix.length) : last;
};

/** A grant's name has no dot, so no config has such a name. */
const projectSuffix = '.project';

export const folderOf = (name: string): string => name.slice(0, name.lastIndexOf('/'));

/**
 * The role whose folder a parameter lies in, at any depth; undefined if it is not in a role's folder. A folder in another
 * casing is that role's too, but nothing is published there.
 */
export const roleNameOfParameter = (prefix: string, name: string): string | undefined => {
  const [encoded = '', ...rest] = name.startsWith(`${prefix}/`)
    ? name.slice(prefix.length + 1).split('/')
    : [];
  return rest.length === 0 ? undefined : decodeRoleName(encoded);
};

/**
 * The prefix that a parameter belongs to, where one prefix may lie within another: the innermost one that has it in a role's
 * folder, or else the innermost one. `/a/b/default` belongs to role b under /a, even if /a/b is a prefix too.
 */
export const prefixOfParameter = (prefixes: readonly string[], name: string): string | undefined => {
  const around = prefixes
    .filter((prefix) => name.startsWith(`${prefix}/`))
    .toSorted((a, b) => b.length - a.length);
  return around.find((prefix) => roleNameOfParameter(prefix, name) !== undefined) ?? around[0];
};

/** The parameter with the project that a grant's clients use, beside its config. */
export const projectParameterName = (configName: string): string => `${configName}${projectSuffix}`;

/** Whether a parameter looks like one of these: ours, if it lies in a role's folder. */
export const isProjectParameter = ({
  name,
  value,
}: {
  readonly name: string;
  readonly value: string;
}): boolean =>
  name.endsWith(projectSuffix) && /^(?:[a-z0-9.-]{1,63}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(value);
