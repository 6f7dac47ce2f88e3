import type { Access } from '../../../shared/core/access.ts';

/** The lines of a CSV file (RFC 4180), with a header; each needs CRLF behind it. */
export const accessLines = (found: readonly Access[]): readonly string[] =>
  [header, ...found.map(rowOf)].map((row) => row.map(cell).join(','));

const header = ['account', 'role', 'role_id', 'grant', 'target', 'state', 'expires_at', 'rule', 'reason'];

const rowOf = (access: Access): readonly string[] => {
  const { ref, roleId = '', grant = '', target, state, expiresAt = '', rule = '', reason = '' } = access;
  return [ref.accountId, ref.roleName, roleId, grant, target, state, expiresAt, rule, reason];
};

const cell = (text: string): string => {
  const harmless = isFormula.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
};

/**
 * Spreadsheets run such a cell as a formula, and everyone who can tag a role can write one. An apostrophe makes it a text
 * (https://owasp.org/www-community/attacks/CSV_Injection).
 */
const isFormula = /^[=+\-@\t\r\n＝＋－＠]/;
