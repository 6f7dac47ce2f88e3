import { randomBytes } from 'node:crypto';
import type { Deployed, Provisioner } from '../aws/stacks.ts';
import { createAsynchronous } from './asynchronous.ts';
import { busTargetsOf } from './bus-targets.ts';
import { createResources, deleteResource } from './resources.ts';
import { putRole } from './roles.ts';
import { createRules } from './rules.ts';
import { type RunOptions, runTemplate, type Stack } from './run-template.ts';
import { parseTemplate, type Resource, resourcesOf, type Template } from './template.ts';

export interface StackProvisioner extends Provisioner {
  /** The running stacks, including those whose last invocations have not ended since an update. */
  readonly running: () => readonly Stack[];
  readonly stop: () => Promise<void>;
}

export type ProvisionerOptions = Omit<RunOptions, 'template' | 'zipOf' | 'reach'>;

/** Runs the stacks that clients deploy through CloudFormation, with the templates and zips that they upload to S3. */
export const createProvisioner = (options: ProvisionerOptions): StackProvisioner => {
  const { aws } = options;
  const versions = new Map<string, Version>();
  const retiring = new Set<Stack>();
  const retire = async ({ stack, removeRules }: Version): Promise<void> => {
    removeRules();
    if (stack === undefined) return;
    retiring.add(stack);
    await stack.retire();
    retiring.delete(stack);
  };
  const zipOf: RunOptions['zipOf'] = ({ bucket, key }) => aws.s3.object(bucket, key).bytes;
  const start = async (template: Template): Promise<Version> => {
    const busTargets = await busTargetsOf(aws, template);
    if (resourcesOf(template, 'AWS::Lambda::Function').length > 0) {
      const stack = runTemplate({ ...options, template, zipOf, reach: 'address', busTargets });
      return { template, stack, removeRules: () => undefined };
    }
    // The first template of "serverless deploy" contains only the bucket that receives the second one. A member account's
    // template contains only roles and a rule.
    const { signal } = new AbortController();
    const { remove } = createRules({
      aws,
      template,
      functions: [],
      asynchronous: createAsynchronous({ ...options, template, signal }),
      onPublish: () => undefined,
      closedQueues: new Set(),
      onFailure: () => undefined,
      busTargets,
    });
    return { template, stack: undefined, removeRules: remove };
  };

  const running = (): readonly Stack[] => [
    ...[...versions.values()].flatMap(({ stack }) => stack ?? []),
    ...retiring,
  ];

  return {
    running,
    apply: async (stackName, text, parameters) => {
      const previous = versions.get(stackName);
      const template = parseTemplate(text, {
        accountId: aws.accountId,
        region: 'us-east-1',
        endpoint: aws.url,
        stackName,
        parameters,
        generateName: (logicalId, type) => nameOf(previous, logicalId) ?? newName(stackName, logicalId, type),
      });
      if (previous !== undefined) assertKept(previous.template, template);
      createResources(aws, template, previous?.template);
      const created = new Set<Resource>();
      try {
        for (const role of resourcesOf(template, 'AWS::IAM::Role')) {
          putRole(aws, role, resourceOf(previous, role.logicalId));
          created.add(role);
        }
        versions.set(stackName, await start(template));
      } catch (error) {
        // A role that was not created here belongs to someone else.
        const added = missingFrom(previous?.template, template).filter(
          (resource) => resource.type !== 'AWS::IAM::Role' || created.has(resource),
        );
        await deleteAll(added);
        throw error;
      }
      if (previous !== undefined) {
        await retire(previous);
        await deleteAll(missingFrom(template, previous.template));
      }
      return deployedOf(template);
    },
    remove: async (stackName) => {
      const version = versions.get(stackName);
      if (version === undefined) return [];
      versions.set(stackName, { ...version, stack: undefined, removeRules: () => undefined });
      await retire(version);
      await deleteAll(version.template.resources);
      versions.delete(stackName);
      return version.template.resources.filter(({ isRetained }) => isRetained);
    },
    stop: async () => {
      await Promise.all(running().map((stack) => stack.stop()));
    },
  };

  async function deleteAll(resources: Template['resources']): Promise<void> {
    for (const resource of resources) if (!resource.isRetained) await deleteResource(aws, resource);
  }
};

/** A deployed template, and the stack that runs it. */
interface Version {
  readonly template: Template;
  readonly stack: Stack | undefined;
  /** Removes the rules of a template without functions. */
  readonly removeRules: () => void;
}

const nameOf = (version: Version | undefined, logicalId: string): string | undefined =>
  resourceOf(version, logicalId)?.physicalId;

const resourceOf = (version: Version | undefined, logicalId: string): Resource | undefined =>
  version?.template.resources.find((resource) => resource.logicalId === logicalId);

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html: physical IDs */
const newName = (stackName: string, logicalId: string, type: string): string => {
  const random = randomBytes(6).toString('hex');
  return type === 'AWS::S3::Bucket'
    ? `${stackName}-${logicalId}-${random}`.toLowerCase()
    : `${stackName}-${logicalId}-${random.toUpperCase()}`;
};

/** @throws Error if a table would change: a stand-in that ignored the change would hide a mistake. */
const assertKept = (previous: Template, template: Template): void => {
  for (const table of resourcesOf(template, 'AWS::DynamoDB::Table')) {
    const before = previous.resources.find(({ logicalId }) => logicalId === table.logicalId);
    if (before !== undefined && JSON.stringify(before.properties) !== JSON.stringify(table.properties))
      throw new Error(`The stand-in cannot change the table ${table.logicalId}.`);
  }
};

/** Resources of the second template that the first one does not contain. */
const missingFrom = (first: Template | undefined, { resources }: Template): Template['resources'] => {
  const known = new Set(first?.resources.map(({ logicalId }) => logicalId));
  return resources.filter(({ logicalId }) => !known.has(logicalId));
};

const deployedOf = ({ resources, outputs }: Template): Deployed => ({
  resources: resources.map(({ logicalId, physicalId, type }) => ({ logicalId, physicalId, type })),
  outputs,
});
