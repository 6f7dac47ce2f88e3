import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, isSeq, parseDocument, type YAMLSeq } from 'yaml';
import type { AccountsEdit } from '../../accounts/ports.ts';
import { PermanentError } from '../../core/errors.ts';
import { endOf, lineBreakIn, rangeOf, splice } from './text-positions.ts';

type AccountIds = Pick<AccountsEdit, 'add' | 'remove'>;

/**
 * Adds and removes accounts of a rolebridge.yml, and leaves every other line as it is, with its comments. The
 * comments of a removed account go with it. Adds only accounts
 * that the text lacks: someone may have added them since they were compared.
 * @throws PermanentError that names the edit to make by hand, if this text cannot be edited
 */
export const editAccounts = (text: string, edit: AccountIds, path = 'rolebridge.yml'): string => {
  const edited = attempt(text, edit);
  // The text may have an unusual form, so we read the result back before it is written.
  if (edited !== undefined && isDeepStrictEqual(parseDocument(edited).toJS(), valuesAfter(text, edit)))
    return edited;
  const ids = (verb: string, some: readonly string[]): readonly string[] =>
    some.length === 0 ? [] : [`${verb} ${some.join(', ')}`];
  throw new PermanentError(
    `rolebridge cannot edit accounts in ${path} in its current form. By hand: ${[...ids('add', idsOf(edit.add)), ...ids('remove', edit.remove)].join('; ')}.`,
  );
};

const idsOf = (accounts: AccountsEdit['add']): readonly string[] => accounts.map(({ id }) => id);

const attempt = (text: string, { add, remove }: AccountIds): string | undefined => {
  try {
    return removed(added(text, add), new Set(remove));
  } catch {
    // editAccounts reports it, like a wrong edit.
    return undefined;
  }
};

const listIn = (text: string): YAMLSeq => {
  const list = parseDocument(text).get('accounts', true);
  if (!isSeq(list) || list.items.length === 0) throw new Error('accounts is not a list with items');
  return list;
};

const idIn = (item: unknown): string | undefined => {
  const id = isMap(item) ? item.get('id', true) : undefined;
  return isScalar(id) && typeof id.value === 'string' ? id.value : undefined;
};

const added = (text: string, accounts: AccountsEdit['add']): string => {
  const list = listIn(text);
  const present = new Set(list.items.map(idIn));
  const missing = accounts.filter(({ id }) => !present.has(id));
  if (missing.length === 0) return text;
  const last = list.items.at(-1);
  const end = endOf(last);
  if (list.flow === true)
    return splice(text, end, end, missing.map(({ id }) => `, { id: "${id}" }`).join(''));
  const dash = dashOf(text, last);
  const itemEnd = itemEndAfter(text, end, dash.indexOf('-'));
  const lineBreak = lineBreakIn(text);
  const lines = missing.map((account) => `${dash}id: "${account.id}"${nameComment(account)}`);
  return splice(text, itemEnd, itemEnd, lines.map((line) => `${lineBreak}${line}`).join(''));
};

/** The account's name as a comment. Anyone in the organization may choose it, so it stays on the line and short. */
const nameComment = ({ name }: { readonly name: string }): string => {
  const printable = name
    .replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, ' ')
    .trim()
    .slice(0, 50);
  return printable === '' ? '' : ` # ${printable}`;
};

/** The blanks and the dash before an item of a block list. */
const dashOf = (text: string, item: unknown): string => {
  const [start] = rangeOf(item);
  const before = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  if (!/^ *- +$/.test(before)) throw new Error('the item has no line of its own');
  return before;
};

/** The end of an item's last line. Comments below it belong to it if they are indented more than its dash. */
const itemEndAfter = (text: string, from: number, dashColumn: number): number => {
  const rest = text.slice(from);
  const comments = new RegExp(`^[^\\r\\n]*(?:\\r?\\n {${dashColumn + 1},}#[^\\r\\n]*)*`);
  return from + (comments.exec(rest)?.[0].length ?? 0);
};

/** From the last to the first, so that the earlier positions stay right. */
const removed = (text: string, ids: ReadonlySet<string>): string => {
  const list = listIn(text);
  const gone = list.items.filter((item) => ids.has(idIn(item) ?? ''));
  if (gone.length === list.items.length) throw new Error('a list without items has another form');
  return gone.toReversed().reduce<string>((rest, item) => removeItem(rest, list, item), text);
};

const removeItem = (text: string, list: YAMLSeq, item: unknown): string => {
  const [start] = rangeOf(item);
  const end = endOf(item);
  if (list.flow === true) {
    const isFirst = list.items[0] === item;
    const before = isFirst ? 0 : (/,\s*$/.exec(text.slice(0, start))?.[0].length ?? 0);
    const behind = isFirst ? (/^\s*,\s*/.exec(text.slice(end))?.[0].length ?? 0) : 0;
    return splice(text, start - before, end + behind, '');
  }
  const dash = dashOf(text, item);
  const itemEnd = itemEndAfter(text, end, dash.indexOf('-'));
  const lineBreak = /^\r?\n/.exec(text.slice(itemEnd))?.[0].length ?? 0;
  return splice(text, start - dash.length, itemEnd + lineBreak, '');
};

/** The values after the edit, without regard to the text's form. */
const valuesAfter = (text: string, { add, remove }: AccountIds): unknown => {
  const document = parseDocument(text);
  const list = document.get('accounts');
  if (!isSeq(list)) return undefined;
  const present = new Set(list.items.map(idIn));
  for (const { id } of add) if (!present.has(id)) list.add({ id });
  list.items = list.items.filter((item) => !remove.includes(idIn(item) ?? ''));
  return document.toJS();
};
