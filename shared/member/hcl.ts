/** A value in Terraform's language. In a text, `{account}` stands for the id of the account that Terraform works in. */
export type HclValue = string | boolean | HclExpression | readonly HclValue[] | HclMap;

interface HclMap {
  readonly [key: string]: HclValue;
}

const written = Symbol('written as it is');

export interface HclExpression {
  readonly [written]: string;
}

export interface HclBlock {
  /** `resource "aws_iam_role" "member"` */
  readonly header: string;
  readonly attributes: Readonly<Record<string, HclValue>>;
  readonly blocks?: readonly HclBlock[];
}

/** Blocks in the layout of `terraform fmt`. */
export const hclText = (blocks: readonly HclBlock[]): string =>
  blocks.map((block) => `${blockLines(block).join('\n')}\n`).join('\n');

/** Text that is written as it is, such as `var.tags`. */
export const expression = (text: string): HclExpression => ({ [written]: text });

/** `jsonencode(…)`, as policies and patterns are written. */
export const json = (value: HclValue): HclExpression => expression(`jsonencode(${valueText(value)})`);

/** Stands for the account's id in a text. A `{` of another text is never followed by `account}`: AWS's names have none. */
export const accountPlaceholder = '{account}';

const blockLines = ({ header, attributes, blocks = [] }: HclBlock): readonly string[] => {
  const lines = [
    ...assignments(Object.entries(attributes).map(([key, value]) => [key, valueText(value)])),
    ...blocks.flatMap((block, index) => [
      ...(index === 0 && Object.keys(attributes).length === 0 ? [] : ['']),
      ...blockLines(block),
    ]),
  ];
  return lines.length === 0 ? [`${header} {}`] : [`${header} {`, ...lines.map(indented), '}'];
};

const valueText = (value: HclValue): string => {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'boolean') return String(value);
  if (isList(value)) return listText(value);
  if (isExpression(value)) return value[written];
  const entries = Object.entries(value).map(([key, inner]) => [keyText(key), valueText(inner)] as const);
  return entries.length === 0 ? '{}' : ['{', ...assignments(entries).map(indented), '}'].join('\n');
};

const isList = (value: HclValue): value is readonly HclValue[] => Array.isArray(value);

const isExpression = (value: HclExpression | HclMap): value is HclExpression => written in value;

const longestLine = 100;

const listText = (value: readonly HclValue[]): string => {
  const entries = value.map(valueText);
  const line = `[${entries.join(', ')}]`;
  return !line.includes('\n') && line.length <= longestLine
    ? line
    : ['[', ...entries.flatMap((entry) => `${entry},`.split('\n')).map(indented), ']'].join('\n');
};

/** `terraform fmt` aligns the equals signs of neighboring lines, and begins again after a value of several lines. */
const assignments = (entries: readonly (readonly [key: string, value: string])[]): readonly string[] => {
  const isShort = (value: string): boolean => !value.includes('\n');
  return entries.flatMap(([key, value], index) => {
    if (!isShort(value)) return `${key} = ${value}`.split('\n');
    const before = entries.slice(0, index).findLastIndex(([, other]) => !isShort(other)) + 1;
    const after = entries.slice(index).findIndex(([, other]) => !isShort(other));
    const neighbors = entries.slice(before, after === -1 ? undefined : index + after);
    const width = Math.max(...neighbors.map(([name]) => name.length));
    return [`${key.padEnd(width)} = ${value}`];
  });
};

const indented = (line: string): string => (line === '' ? '' : `  ${line}`);

const keyText = (key: string): string => (/^[A-Za-z_]\w*$/.test(key) ? key : quoted(key));

/** Without escaping, `${` and `%{` would begin a template. */
const quoted = (text: string): string =>
  JSON.stringify(text)
    .replaceAll(/[$%]\{/g, (opening) => `${opening.charAt(0)}${opening}`)
    .replaceAll(accountPlaceholder, '${data.aws_caller_identity.current.account_id}');
