import { isFields, items, type Json } from './json.ts';

export interface Names {
  /** The value of a parameter, a pseudo parameter or a resource; undefined for `AWS::NoValue`. */
  readonly ref: (logicalId: string) => Json | undefined;
  readonly getAtt: (logicalId: string, attribute: string) => Json;
  /** The template's conditions, unresolved. */
  readonly conditions: Readonly<Record<string, Json>>;
}

export interface Intrinsics {
  /** Replaces CloudFormation's functions in a value. @throws Error for a function that the stand-in does not know */
  readonly resolve: (value: Json) => Json;
  /** @throws Error if the template has no such condition */
  readonly isMet: (condition: string) => boolean;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html */
export const createIntrinsics = ({ ref, getAtt, conditions }: Names): Intrinsics => {
  const isMet = (name: string): boolean => {
    const condition = conditions[name];
    if (condition === undefined) throw new Error(`the template has no condition ${name}`);
    return isTrue(condition);
  };
  const isTrue = (condition: Json): boolean => {
    const [name = '', operand] = functionIn(condition);
    switch (name) {
      case 'Condition':
        return isMet(String(operand));
      case 'Fn::Equals': {
        const [left, right] = items(operand).map((side) => JSON.stringify(resolve(side)));
        return left === right;
      }
      case 'Fn::Not':
        return !items(operand).every(isTrue);
      case 'Fn::And':
        return items(operand).every(isTrue);
      case 'Fn::Or':
        return items(operand).some(isTrue);
      default:
        throw new Error(`the stand-in does not know the condition ${JSON.stringify(condition)}`);
    }
  };
  /** undefined for `AWS::NoValue`, which removes its field or its item. */
  const valueOf = (value: Json): Json | undefined => {
    if (Array.isArray(value)) return value.map(valueOf).filter((item) => item !== undefined);
    if (!isFields(value)) return value;
    const [name = '', operand] = functionIn(value);
    switch (name) {
      case 'Ref':
        return ref(String(operand));
      case 'Fn::If': {
        const [condition = '', met = null, unmet = null] = items(operand);
        return valueOf(isMet(String(condition)) ? met : unmet);
      }
      case 'Fn::GetAtt': {
        const [logicalId = '', ...attribute] = items(operand).map(String);
        return getAtt(logicalId, attribute.join('.'));
      }
      case 'Fn::Sub':
        return substituted(operand ?? '');
      case 'Fn::Join': {
        const [separator = '', parts = []] = items(operand);
        return items(resolve(parts)).map(String).join(String(separator));
      }
      case 'Fn::Select': {
        const [index = 0, list = []] = items(operand);
        return items(resolve(list))[Number(resolve(index))];
      }
      case 'Fn::Split': {
        const [separator = '', text = ''] = items(operand);
        return String(resolve(text)).split(String(separator));
      }
      default:
        if (name.startsWith('Fn::')) throw new Error(`the stand-in does not know the function ${name}`);
        return Object.fromEntries(
          Object.entries(value).flatMap(([field, inner]) => {
            const resolved = valueOf(inner);
            return resolved === undefined ? [] : [[field, resolved]];
          }),
        );
    }
  };
  const substituted = (operand: Json): string => {
    const [text = '', variables = {}] = Array.isArray(operand) ? operand : [operand];
    const local = isFields(variables) ? variables : {};
    return String(text).replaceAll(/\$\{(!?)([^}.]+)(?:\.([^}]+))?\}/g, (_, literal, id, attribute) => {
      if (literal === '!') return `\${${attribute === undefined ? id : `${id}.${attribute}`}}`;
      if (attribute !== undefined) return String(getAtt(String(id), String(attribute)));
      const variable = local[String(id)];
      return String(variable === undefined ? ref(String(id)) : resolve(variable));
    });
  };
  const resolve = (value: Json): Json => valueOf(value) ?? null;
  return { resolve, isMet };
};

/** A function is an object with one field. */
const functionIn = (value: Json): readonly [string?, Json?] => {
  const [first, ...others] = Object.entries(isFields(value) ? value : {});
  return first === undefined || others.length > 0 ? [] : first;
};
