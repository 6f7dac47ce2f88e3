import { isDeepStrictEqual } from 'node:util';
import { NoSuchField, type Value } from './cel-functions.ts';

export type Scope = Readonly<Record<string, Value>>;
export type Evaluate = (scope: Scope) => Value;

export const boolean = (value: Value): boolean => {
  if (typeof value !== 'boolean') throw new Error('found no matching overload: a bool was expected');
  return value;
};

/** `decisive` wins over an error on the other side: `<error> || true` is true. */
export const logical =
  (left: Evaluate, right: Evaluate, decisive: boolean): Evaluate =>
  (scope) => {
    let first: boolean;
    try {
      first = boolean(left(scope));
    } catch (error) {
      if (right(scope) === decisive) return decisive;
      throw error;
    }
    return first === decisive ? decisive : boolean(right(scope));
  };

const order = (left: Value, right: Value): number => {
  if (left instanceof Date && right instanceof Date) return left.getTime() - right.getTime();
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : Number(left > right);
  throw new Error('found no matching overload: only values of one type can be compared');
};

export const calculate = (operator: string, left: Value, right: Value): Value => {
  if (operator === '+' && typeof left === 'string' && typeof right === 'string') return left + right;
  if (typeof left !== 'number' || typeof right !== 'number')
    throw new Error(`found no matching overload for '${operator}'`);
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    default:
      return left % right;
  }
};

const contains = (container: Value, one: Value): boolean => {
  if (Array.isArray(container)) return container.some((other) => isDeepStrictEqual(other, one));
  return typeof container === 'object' && container !== null && Object.hasOwn(container, String(one));
};

export const compare = (operator: string, left: Value, right: Value): boolean => {
  switch (operator) {
    case '==':
      return isDeepStrictEqual(left, right);
    case '!=':
      return !isDeepStrictEqual(left, right);
    case 'in':
      return contains(right, left);
    case '<':
      return order(left, right) < 0;
    case '<=':
      return order(left, right) <= 0;
    case '>':
      return order(left, right) > 0;
    default:
      return order(left, right) >= 0;
  }
};

export const member = (container: Value, key: Value): Value => {
  const found: unknown =
    typeof container === 'object' && container !== null && Object.hasOwn(container, String(key))
      ? Reflect.get(container, String(key))
      : undefined;
  if (found === undefined) throw new NoSuchField(`no such key: ${String(key)}`);
  return found as Value;
};
