import { readFileSync } from 'node:fs';
import { templateDocument } from '../aws/template-text.ts';
import { createIntrinsics } from './intrinsics.ts';
import { fields, type Json } from './json.ts';
import {
  arnOf,
  defaultName,
  generatedName,
  type Named,
  nameOf,
  type Place,
  physicalIdOf,
} from './resource-names.ts';

export { type Fields, fields, items, type Json } from './json.ts';

export interface Resource {
  readonly logicalId: string;
  /** The value of `Ref`: a queue's URL, a topic's ARN, or the name of any other resource. */
  readonly physicalId: string;
  readonly arn: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, Json>>;
  /** Whether the resource stays when its stack is removed. */
  readonly isRetained: boolean;
}

export interface Output {
  readonly key: string;
  readonly value: string;
  readonly description?: string;
  readonly exportName?: string;
}

/** A CloudFormation template, as far as this project's stacks need it. Resources whose condition is not met are left out. */
export interface Template {
  readonly resources: readonly Resource[];
  readonly outputs: readonly Output[];
  /** Replaces CloudFormation's functions in a value. */
  readonly resolve: (value: Json) => Json;
}

export interface StackPlace extends Place {
  /** A name for a resource whose template gives it none. @default its logical id; for a table with the stack's name and a random part */
  readonly generateName?: (logicalId: string, type: string) => string;
  /** @default 'local' */
  readonly stackName?: string;
  /** Values of parameters. @default those of the template */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** @throws Error if the template refers to a resource that it does not contain. */
export const readTemplate = (path: string, place: StackPlace): Template =>
  parseTemplate(readFileSync(path, 'utf8'), place);

interface Document {
  readonly Parameters?: Readonly<Record<string, Parameter>>;
  readonly Conditions?: Readonly<Record<string, Json>>;
  readonly Resources: Readonly<Record<string, ResourceDocument>>;
  readonly Outputs?: Readonly<
    Record<
      string,
      {
        readonly Value: Json;
        readonly Condition?: string;
        readonly Description?: string;
        readonly Export?: { readonly Name: Json };
      }
    >
  >;
}

interface Parameter {
  readonly Type: string;
  readonly Default?: string | number;
}

interface ResourceDocument {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties?: Readonly<Record<string, Json>>;
  readonly DeletionPolicy?: string;
}

/** @throws Error if the template refers to a resource that it does not contain. */
export const parseTemplate = (text: string, place: StackPlace): Template => {
  const { Parameters = {}, Conditions = {}, Resources, Outputs = {} } = templateDocument(text) as Document;
  const { parameters = {}, stackName } = place;
  const { generateName = (logicalId: string, type: string) => defaultName(stackName, logicalId, type) } =
    place;
  const { resolve, isMet } = createIntrinsics({
    conditions: Conditions,
    ref: (logicalId) => {
      if (logicalId === 'AWS::NoValue') return undefined;
      const parameter = Parameters[logicalId];
      if (parameter !== undefined) return valueOf(logicalId, parameter, parameters[logicalId]);
      return pseudo[logicalId] ?? physicalIdOf(find(logicalId), place);
    },
    getAtt: (logicalId, attribute) =>
      attribute === 'Arn' ? arnOf(find(logicalId), place) : nameOf(find(logicalId)),
  });
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::AccountId': place.accountId,
    'AWS::Region': place.region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stackName ?? 'local',
  };
  const exists = ({ Condition }: { readonly Condition?: string }): boolean =>
    Condition === undefined || isMet(Condition);
  const resources = Object.entries(Resources)
    .filter(([, resource]) => exists(resource))
    .map(([logicalId, { Type, Properties = {}, DeletionPolicy }]) => ({
      logicalId,
      type: Type,
      properties: { ...generatedName(Type, generateName(logicalId, Type)), ...Properties },
      isRetained: DeletionPolicy === 'Retain',
    }));
  const find = (logicalId: string): Named => {
    const found = resources.find((resource) => resource.logicalId === logicalId);
    if (found === undefined)
      throw new Error(`the template refers to ${logicalId}, which it does not contain`);
    return named(found);
  };
  const named = ({
    logicalId,
    type,
    properties,
  }: Omit<Resource, 'arn' | 'physicalId' | 'isRetained'>): Named => ({
    logicalId,
    type,
    property: (field) => {
      const value = properties[field];
      // A field whose value is AWS::NoValue does not exist.
      return value === undefined ? undefined : fields(resolve({ [field]: value, other: null }))[field];
    },
  });
  return {
    resources: resources.map((resource) => ({
      ...resource,
      physicalId: physicalIdOf(named(resource), place),
      arn: arnOf(named(resource), place),
      properties: fields(resolve(resource.properties)),
    })),
    outputs: Object.entries(Outputs)
      .filter(([, output]) => exists(output))
      .map(([key, { Value, Description, Export }]) => ({
        key,
        value: String(resolve(Value)),
        ...(Description === undefined ? {} : { description: Description }),
        ...(Export === undefined ? {} : { exportName: String(resolve(Export.Name)) }),
      })),
    resolve,
  };
};

/** @throws Error if the template gives the parameter no default, and the stack gives it no value. */
const valueOf = (logicalId: string, { Type, Default }: Parameter, given: string | undefined): Json => {
  const value = given ?? Default;
  if (value === undefined) throw new Error(`the parameter ${logicalId} has no value`);
  if (!/^(CommaDelimitedList|List<.*>)$/.test(Type)) return String(value);
  return value === ''
    ? []
    : String(value)
        .split(',')
        .map((item) => item.trim());
};

export const resourcesOf = ({ resources }: Pick<Template, 'resources'>, type: string): readonly Resource[] =>
  resources.filter((resource) => resource.type === type);
