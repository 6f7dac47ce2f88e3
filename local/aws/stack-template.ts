import { type Input, isRecord, text } from './call.ts';
import type { S3 } from './s3.ts';
import { parametersOf, type TemplateParameter } from './stack-parameters.ts';
import { type ResourceChange, validationError } from './stacks.ts';
import { templateDocument } from './template-text.ts';

/** A template as CloudFormation itself reads it. */
export interface ParsedTemplate {
  readonly description: string | undefined;
  readonly parameters: ReadonlyMap<string, TemplateParameter>;
  readonly resources: ReadonlyMap<string, TemplateResource>;
  /** Outputs in JSON. A change of theirs alone is a change, too. */
  readonly outputs: string;
}

export interface TemplateResource {
  readonly type: string;
  /** The whole resource in JSON. */
  readonly definition: string;
  readonly isNamedRole: boolean;
}

/** The template of a request, in its body or in a bucket. @throws AwsError ValidationError */
export const templateIn = (input: Input, s3: S3): string => {
  const [body, address] = [text(input, 'TemplateBody'), text(input, 'TemplateURL')];
  if ((body === '') === (address === ''))
    throw validationError('Either Template URL or Template Body must be specified.');
  if (body !== '') return body;
  const [, bucket = '', ...key] = new URL(address).pathname.split('/');
  return Buffer.from(s3.object(bucket, decodeURIComponent(key.join('/'))).bytes).toString('utf8');
};

/** @throws AwsError ValidationError */
export const parseTemplate = (template: string): ParsedTemplate => {
  const { Description, Parameters, Resources, Outputs } = fieldsOf(template);
  if (!isRecord(Resources) || Object.keys(Resources).length === 0)
    throw validationError('Template format error: At least one Resources member must be defined.');
  const resources = Object.entries(Resources).map(([id, resource]) => [id, resourceOf(resource)] as const);
  const unknown = [...new Set(resources.map(([, { type }]) => type))].filter((type) => !knownTypes.has(type));
  if (unknown.length > 0)
    throw validationError(`Template format error: Unrecognized resource types: [${unknown.join(', ')}]`);
  return {
    description: typeof Description === 'string' ? Description : undefined,
    parameters: parametersOf(Parameters),
    resources: new Map(resources),
    outputs: JSON.stringify(Outputs ?? {}),
  };
};

const fieldsOf = (template: string): Input => {
  try {
    const parsed = templateDocument(template);
    if (isRecord(parsed)) return parsed;
  } catch {
    // The error below says which forms are valid.
  }
  throw validationError('Template format error: JSON not well-formed.');
};

const resourceOf = (resource: unknown): TemplateResource => {
  const fields = isRecord(resource) ? resource : {};
  const properties = isRecord(fields['Properties']) ? fields['Properties'] : {};
  const type = text(fields, 'Type');
  return {
    type,
    definition: JSON.stringify(fields),
    isNamedRole: type === 'AWS::IAM::Role' && properties['RoleName'] !== undefined,
  };
};

/** The types that the stack's runner knows, or that change nothing for the functions. */
const knownTypes: ReadonlySet<string> = new Set(
  [
    'S3::Bucket S3::BucketPolicy Logs::LogGroup DynamoDB::Table SQS::Queue SQS::QueuePolicy IAM::Role',
    'Lambda::Function Lambda::Permission Lambda::EventSourceMapping Lambda::EventInvokeConfig Events::Rule',
    'Events::EventBus Events::EventBusPolicy',
    'CloudWatch::Alarm CloudWatch::Dashboard SNS::Topic SNS::TopicPolicy KMS::Key',
  ].flatMap((line) => line.split(' ').map((type) => `AWS::${type}`)),
);

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html: Capabilities */
export const capabilitiesOf = ({ resources }: ParsedTemplate): readonly string[] => {
  const roles = [...resources.values()].filter(({ type }) => type === 'AWS::IAM::Role');
  if (roles.length === 0) return [];
  return [roles.some(({ isNamedRole }) => isNamedRole) ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM'];
};

/**
 * How the resources of two templates differ, and which of them name a parameter with another value. `from` is undefined for a new
 * stack.
 */
export const changesBetween = (
  from: ParsedTemplate | undefined,
  to: ParsedTemplate,
  changedParameters: readonly string[] = [],
): readonly ResourceChange[] => {
  const before = from?.resources ?? new Map<string, TemplateResource>();
  const changed = [...to.resources].flatMap(
    ([logicalId, { type, definition }]): readonly ResourceChange[] => {
      const previous = before.get(logicalId);
      if (previous === undefined) return [{ action: 'Add', logicalId, type }];
      const isSame =
        previous.definition === definition &&
        !changedParameters.some((name) => new RegExp(`\\b${name}\\b`).test(definition));
      return isSame ? [] : [{ action: 'Modify', logicalId, type }];
    },
  );
  const removed = [...before].flatMap(([logicalId, { type }]): readonly ResourceChange[] =>
    to.resources.has(logicalId) ? [] : [{ action: 'Remove', logicalId, type }],
  );
  return [...changed, ...removed];
};
