/** A line of a CSV file (RFC 4180); it needs CRLF behind it. */
export const csvLine = (cells: readonly string[]): string => cells.map(cell).join(',');

const cell = (text: string): string => {
  const inside = text.replaceAll(nextFormula, "$1'");
  const harmless = isFormula.test(inside) ? `'${inside}` : inside;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
};

/**
 * Spreadsheets run such a cell as a formula, and everyone who can tag a role can write one. An apostrophe makes it a text
 * (https://owasp.org/www-community/attacks/CSV_Injection).
 */
const isFormula = /^[=+\-@\t\r\n＝＋－＠]/;
/** Where a spreadsheet separates cells by semicolons or tabs, as in much of Europe, a new cell may begin in the middle of ours. */
const nextFormula = /(?<=[^])([;\t\r\n])(?=[=+\-@＝＋－＠])/g;
