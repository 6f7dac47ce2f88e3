import { randomUUID } from 'node:crypto';
import { AwsError, type Input, records, text, texts } from './call.ts';
import type { S3 } from './s3.ts';
import { parametersIn } from './stack-parameters.ts';
import {
  capabilitiesOf,
  changesBetween,
  type ParsedTemplate,
  parseTemplate,
  templateIn,
} from './stack-template.ts';
import type { ChangeSet, LocalStack } from './stacks.ts';

export interface ChangePlace {
  readonly accountId: string;
  readonly now: () => Date;
  readonly s3: S3;
}

/** The difference between a stack, if it exists, and the template, parameters and tags of a request. @throws AwsError */
export const plannedChange = (
  { accountId, now, s3 }: ChangePlace,
  stack: LocalStack | undefined,
  input: Input,
): ChangeSet => {
  const { text: template, parsed } = requestedTemplate(input, s3);
  const parameters = parametersIn(input, parsed.parameters, stack?.parameters ?? {});
  const before = stack?.template === undefined ? undefined : parseTemplate(stack.template);
  const changed = Object.keys(parameters).filter((name) => parameters[name] !== stack?.parameters[name]);
  const changes = changesBetween(before, parsed, changed);
  const tags = records(input, 'Tags').map((tag) => ({ Key: text(tag, 'Key'), Value: text(tag, 'Value') }));
  const isSame =
    changes.length === 0 &&
    before?.outputs === parsed.outputs &&
    JSON.stringify(tags) === JSON.stringify(stack?.tags);
  const name = text(input, 'ChangeSetName');
  return {
    id: `arn:aws:cloudformation:us-east-1:${accountId}:changeSet/${name}/${randomUUID()}`,
    name,
    template,
    changes,
    tags,
    parameters,
    ...(isSame ? { failure: noChanges } : {}),
    createdAt: now(),
  };
};

/** A template in a request that may create the resources in it. @throws AwsError InsufficientCapabilitiesException */
const requestedTemplate = (input: Input, s3: S3): { text: string; parsed: ParsedTemplate } => {
  const template = templateIn(input, s3);
  const parsed = parseTemplate(template);
  const missing = capabilitiesOf(parsed).filter((one) => !texts(input, 'Capabilities').includes(one));
  if (missing.length > 0)
    throw new AwsError(
      'InsufficientCapabilitiesException',
      `Requires capabilities : [${missing.join(', ')}]`,
    );
  return { text: template, parsed };
};

const noChanges =
  "The submitted information didn't contain changes. Submit different information to create a change set.";
