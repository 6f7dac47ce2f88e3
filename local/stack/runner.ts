import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { AwsWorld } from '../aws/world.ts';
import { createResources } from './resources.ts';
import { type RunOptions, runTemplate, type Stack } from './run-template.ts';
import { readTemplate } from './template.ts';

export type { Stack } from './run-template.ts';

export interface StackOptions extends Omit<RunOptions, 'template' | 'zipOf' | 'reach'> {
  readonly aws: AwsWorld;
  /** The folder with the template and the bundles that `serverless package` wrote. */
  readonly packageFolder: string;
  /** @default 'address' */
  readonly reach?: RunOptions['reach'];
}

/** Runs the packaged stack: its rules, queues, event source mappings, and functions with their environments and roles. */
export const startStack = ({ packageFolder, reach = 'address', ...options }: StackOptions): Stack => {
  const { aws } = options;
  const template = readTemplate(join(packageFolder, 'cloudformation-template-update-stack.json'), {
    accountId: aws.accountId,
    region: 'us-east-1',
    stackName: 'rolebridge-prod',
    endpoint: reach === 'address' ? aws.url : 'https://sqs.us-east-1.amazonaws.com',
  });
  aws.stackResources.push(...template.resources);
  createResources(aws, template);
  const zipOf = ({ key }: { readonly key: string }) => readFileSync(join(packageFolder, basename(key)));
  return runTemplate({ ...options, template, reach, zipOf });
};
