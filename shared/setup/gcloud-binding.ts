import { type ResourceKind, resourceKindOf } from '../core/google-resource.ts';
import type { Condition } from '../core/iam-policy.ts';
import { emailOfResource, isServiceAccountResource } from '../core/service-account.ts';
import { type Command, dictionary } from './gcloud-command.ts';
import { lastOf, projectOfName, type SetupGrant } from './step.ts';

/** Adds a member to an allow policy, or removes it. */
export const policyBinding = (verb: 'add' | 'remove', grant: Omit<SetupGrant, 'purpose'>): Command => {
  const { resource, role, member, condition } = grant;
  const kind = kindOf(resource);
  if (kind === 'dataset') return datasetStatement(verb, grant);
  const { words, isInProject, takesCondition } = commands[kind];
  return {
    words: [...words, `${verb}-iam-policy-binding`, nameIn(kind, resource)],
    options: {
      ...(isInProject ? { project: projectOfName(resource) } : {}),
      role,
      member,
      // Without this, gcloud asks, if the policy has conditional bindings.
      ...(takesCondition ? { condition: conditionOption(condition) } : {}),
    },
  };
};

type PolicyKind = ResourceKind | 'serviceAccount';

const kindOf = (resource: string): PolicyKind =>
  isServiceAccountResource(resource) ? 'serviceAccount' : (resourceKindOf(resource) ?? 'project');

interface BindingCommand {
  readonly words: readonly string[];
  readonly isInProject: boolean;
  readonly takesCondition: boolean;
}

const commands: Readonly<Record<Exclude<PolicyKind, 'dataset'>, BindingCommand>> = {
  serviceAccount: { words: ['iam', 'service-accounts'], isInProject: true, takesCondition: true },
  project: { words: ['projects'], isInProject: false, takesCondition: true },
  bucket: { words: ['storage', 'buckets'], isInProject: false, takesCondition: true },
  secret: { words: ['secrets'], isInProject: true, takesCondition: true },
  topic: { words: ['pubsub', 'topics'], isInProject: true, takesCondition: false },
  subscription: { words: ['pubsub', 'subscriptions'], isInProject: true, takesCondition: false },
};

const nameIn = (kind: PolicyKind, resource: string): string => {
  if (kind === 'serviceAccount') return emailOfResource(resource);
  return kind === 'bucket' ? `gs://${lastOf(resource)}` : lastOf(resource);
};

/**
 * gcloud has no command for a dataset's access list, and bq's own only writes back what it read, without an etag. The statement
 * changes one member (https://cloud.google.com/bigquery/docs/reference/standard-sql/data-control-language).
 */
const datasetStatement = (
  verb: 'add' | 'remove',
  { resource, role, member }: Omit<SetupGrant, 'purpose'>,
): Command => {
  const project = projectOfName(resource);
  const [statement, to] = verb === 'add' ? ['GRANT', 'TO'] : ['REVOKE', 'FROM'];
  return {
    program: 'bq',
    words: [
      `--project_id=${project}`,
      'query',
      '--use_legacy_sql=false',
      `${statement} \`${role}\` ON SCHEMA \`${project}\`.${lastOf(resource)} ${to} "${member}"`,
    ],
    options: {},
  };
};

/** gcloud removes the row whose condition is exactly this one. */
const conditionOption = ({ expression, title, description }: Condition = {}): string =>
  expression === undefined
    ? 'None'
    : dictionary({
        expression,
        ...(title === undefined ? {} : { title }),
        ...(description === undefined ? {} : { description }),
      });
