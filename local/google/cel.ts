import { type ASTNode, Environment } from '@marcbachmann/cel-js';

export type Scope = Readonly<Record<string, unknown>>;

export interface Program {
  /** @throws Error if the expression has no value, as `1 / 0` or a missing field. */
  readonly evaluate: (scope: Scope) => unknown;
  /** How often `&&`, `||` and `!` appear. */
  readonly logicalOperators: number;
}

/** @throws Error if the expression does not compile; Google refuses to store such an expression. */
export const compile = (expression: string, variables: readonly string[]): Program => {
  const environment = language.clone();
  for (const variable of variables)
    environment.registerVariable(ownName(variable), variable === 'api' ? 'CallAttributes' : 'dyn');
  const program = environment.parse(withOwnName(expression));
  const { error } = program.check();
  if (error !== undefined) throw error;
  return {
    evaluate: (scope) =>
      program(
        Object.fromEntries(Object.entries(scope).map(([name, value]) => [ownName(name), value])),
      ) as unknown,
    logicalOperators: countLogicalOperators(program.ast),
  };
};

/**
 * Google's own addition: the text between the first prefix and the first suffix after it. Empty if either is missing.
 * https://cloud.google.com/iam/docs/conditions-attribute-reference#extract
 */
const extract = (text: string, template: string): string => {
  const [, prefix, suffix] = /^([^{}]*)\{[A-Za-z_]\w*\}([^{}]*)$/.exec(template) ?? [];
  if (prefix === undefined || suffix === undefined)
    throw new Error(`the template of extract() needs exactly one {name}: ${template}`);
  const start = text.indexOf(prefix);
  if (start === -1) return '';
  const from = start + prefix.length;
  const to = suffix === '' ? text.length : text.indexOf(suffix, from);
  return to === -1 ? '' : text.slice(from, to);
};

/**
 * Another addition of Google's: attributes of a call, which conditions read with a default.
 * https://cloud.google.com/iam/docs/conditions-attribute-reference#api-attributes
 */
export class CallAttributes {
  readonly values: Readonly<Record<string, unknown>>;
  constructor(values: Readonly<Record<string, unknown>>) {
    this.values = values;
  }
}

const language = new Environment()
  .registerType('CallAttributes', CallAttributes)
  .registerFunction(
    'CallAttributes.getAttribute(string, dyn): dyn',
    ({ values }: CallAttributes, name: string, usual: unknown) => values[name] ?? usual,
  )
  .registerFunction('list.hasOnly(list): bool', (list: readonly unknown[], allowed: readonly unknown[]) =>
    list.every((item) => allowed.includes(item)),
  )
  .registerFunction('string.extract(string): string', extract)
  .registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) =>
    text.replaceAll(from, to),
  );

/** To the library, `google` is the package of `google.protobuf.Timestamp`, and a variable may not be called so. */
const ownName = (variable: string): string => (variable === 'google' ? 'google_' : variable);

/** Replaces the variable `google` outside of quotation marks. */
const withOwnName = (expression: string): string =>
  expression.replaceAll(
    /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<![\w.])google(?!\w)/g,
    (_, quoted?: string) => quoted ?? ownName('google'),
  );

const logicalOperators: ReadonlySet<string> = new Set(['&&', '||', '!_']);

const countLogicalOperators = ({ op, args }: ASTNode): number => {
  const own = logicalOperators.has(op) ? 1 : 0;
  return [args]
    .flat(2)
    .filter(isNode)
    .reduce((sum, inner) => sum + countLogicalOperators(inner), own);
};

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'op' in value;

/** A condition on a missing field does not hold, but it compiles. */
export const isMissingField = (error: unknown): boolean =>
  error instanceof Error && Reflect.get(error, 'code') === 'no_such_key';
