import { isRecord, parseJson } from '../core/json.ts';
import type { typicalSessions } from '../core/provider-mapping.ts';

/** The principals that may assume a role, by its trust policy. */
export interface Trust {
  readonly services: readonly Service[];
  /** All other principals. */
  readonly others: readonly string[];
}

/** A service that can run as a role and whose session names are known. */
export type Service = (typeof typicalSessions)[number]['service'];

/** Reads a trust policy. One that cannot be read trusts no one. */
export const parseTrust = (document: string): Trust => {
  const policy = parseJson(document);
  const statement = isRecord(policy) ? policy['Statement'] : undefined;
  const principals = (Array.isArray(statement) ? statement : [statement])
    .filter(isAllowStatement)
    .flatMap(({ Principal }) =>
      isRecord(Principal) ? Object.values(Principal).flatMap(textsOf) : textsOf(Principal),
    );
  const services = principals.flatMap((principal) => serviceOf(principal) ?? []);
  return {
    services: [...new Set(services)],
    others: principals.filter((principal) => serviceOf(principal) === undefined),
  };
};

const isAllowStatement = (statement: unknown): statement is Readonly<Record<string, unknown>> =>
  isRecord(statement) && statement['Effect'] === 'Allow';

const textsOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string');

/** IAM roles for service accounts (EKS) trust `arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/…`. */
const serviceOf = (principal: string): Service | undefined =>
  /:oidc-provider\/oidc\.eks\./.test(principal) ? 'EKS' : servicePrincipals[principal];

const servicePrincipals: Readonly<Record<string, Service>> = {
  'ec2.amazonaws.com': 'EC2',
  'lambda.amazonaws.com': 'Lambda',
  'ecs-tasks.amazonaws.com': 'ECS',
  'pods.eks.amazonaws.com': 'EKS',
};
