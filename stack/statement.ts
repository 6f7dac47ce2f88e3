/** A statement in a CloudFormation template. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: string | readonly string[];
  readonly Resource: TemplateText | readonly TemplateText[];
  readonly Condition?: PolicyCondition;
}

export type PolicyCondition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

export type TemplateText =
  | string
  | { readonly 'Fn::Sub': string }
  | { readonly 'Fn::GetAtt': readonly [resource: string, attribute: string] };

export const allow = (
  Sid: string,
  Action: PolicyStatement['Action'],
  Resource: PolicyStatement['Resource'],
  Condition?: PolicyCondition,
): PolicyStatement => ({
  Sid,
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition === undefined ? {} : { Condition }),
});

export const sub = (text: string) => ({ 'Fn::Sub': text });

/** The condition of a call that may put only these events. */
export const eventsOf = (source: string, types: readonly string[]): PolicyCondition => ({
  'ForAllValues:StringEquals': {
    'events:source': [source],
    'events:detail-type': types.map((type) => `Google Access ${type}`),
  },
});
