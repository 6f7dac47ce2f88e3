import type { RoleRef } from './model.ts';

/**
 * Role names may hold `+ = , @`, which parameter names may not. `[A-Za-z0-9_-]` stay, `.` becomes `..`, any other
 * character becomes `.` and two lower-case hex digits. Injective, and decodable in a shell.
 */
export const encodeRoleName = (roleName: string): string =>
  roleName.replaceAll(/[^A-Za-z0-9_-]/g, (character) =>
    character === '.' ? '..' : `.${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );

/** The inverse; undefined for text that no role name encodes to. */
export const decodeRoleName = (encoded: string): string | undefined => {
  const decoded = encoded.replaceAll(/\.(\.|[0-9a-f]{2})/g, (_, code: string) =>
    code === '.' ? '.' : String.fromCharCode(Number.parseInt(code, 16)),
  );
  return /^[\w+=,.@-]{1,64}$/.test(decoded) && encodeRoleName(decoded) === encoded ? decoded : undefined;
};

/** The folder of one role's parameters. */
export const parameterPath = (prefix: string, ref: Pick<RoleRef, 'roleName'>): string =>
  `${prefix}/${encodeRoleName(ref.roleName)}`;

export const parameterName = (prefix: string, ref: Pick<RoleRef, 'roleName'>, grantName: string): string =>
  `${parameterPath(prefix, ref)}/${grantName}`;

export const grantOfParameter = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

export const folderOf = (name: string): string => name.slice(0, name.lastIndexOf('/'));

/** The role whose folder a parameter lies in, at whatever depth; undefined where no role's folder is meant. */
export const roleNameOfParameter = (prefix: string, name: string): string | undefined => {
  const [encoded = '', ...rest] = name.startsWith(`${prefix}/`)
    ? name.slice(prefix.length + 1).split('/')
    : [];
  return rest.length === 0 ? undefined : decodeRoleName(encoded);
};
