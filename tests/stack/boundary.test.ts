import { runSimulation } from '@cloud-copilot/iam-simulate';
import { fields, items, type Json, readTemplate, resourcesOf } from '../../local/stack/template.ts';
import { loadSettings } from '../../shared/config/config.ts';
import { functionRoleNames, memberRole, stackNames } from '../../shared/core/stack.ts';
import { boundaryStatements } from '../../shared/permissions/boundary.ts';
import { boundaryGaps } from '../../shared/permissions/boundary-gaps.ts';
import { policyDocument, policyDocuments, type Statement } from '../../shared/permissions/policy.ts';
import { accountId } from '../support/settings.ts';

const deployment = {
  settings: loadSettings('rolebridge.yml'),
  stage: 'prod',
  names: stackNames('prod'),
};
const boundary = boundaryStatements(deployment);
const roles = resourcesOf(
  readTemplate('.serverless/cloudformation-template-update-stack.json', {
    accountId,
    region: 'us-east-1',
    endpoint: 'http://127.0.0.1',
  }),
  'AWS::IAM::Role',
);
/**
 * A role's statements in the packaged template. CloudFormation puts the stack's name before the table's, and
 * generates the end of the table's name.
 */
const statementsOf = (roleName: string): readonly Json[] =>
  roles
    .filter(({ properties }) => properties['RoleName'] === roleName)
    .flatMap(({ properties }) => items(properties['Policies']))
    .flatMap((policy) => items(fields(fields(policy)['PolicyDocument'])['Statement']))
    .map(
      (statement) =>
        JSON.parse(
          JSON.stringify(statement).replaceAll(/table\/Ledger-\w+/g, 'table/rolebridge-prod-Ledger-*'),
        ) as Json,
    );
const texts = (value: Json | undefined): readonly string[] =>
  (typeof value === 'string' ? [value] : items(value)).map(String);
const ofTemplate = functionRoleNames('prod', deployment.settings).map(statementsOf);

interface Request {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | string[]>>;
}

/** Contexts in which some statement allows a call, and one in which none does. */
const contextsOf = (action: string): readonly Request['context'][] => {
  const keys = ['role#aws:1:x', 'scope', 'answer', 'sweep', 'held#111122223333', 'other'];
  if (action.startsWith('dynamodb:')) return [{}, ...keys.map((key) => ({ 'dynamodb:LeadingKeys': [key] }))];
  if (action !== 'events:PutEvents') return [{}];
  return ['Google Access Granted', 'Google Access Drift Detected', 'Other'].flatMap((type) =>
    ['rolebridge', 'theirs'].map((source) => ({ 'events:source': [source], 'events:detail-type': [type] })),
  );
};

/** Every action that a statement names, on every resource of its service: the named ones, and similar ones. */
const requests = (): readonly Request[] => {
  const all = [
    ...ofTemplate.flat(),
    ...boundary.map((statement) => JSON.parse(JSON.stringify(statement)) as Json),
  ];
  const actions = new Set(all.flatMap((statement) => texts(fields(statement)['Action'])));
  const resources = new Set(
    all.flatMap((statement) => texts(fields(statement)['Resource'])).map((text) => text.replaceAll('*', 'x')),
  );
  return [...actions, 'iam:CreateRole', 'dynamodb:DeleteTable', 'ssm:GetParameter'].flatMap((action) => {
    const service = `arn:aws:${action.split(':')[0] ?? ''}:`;
    return [...resources].flatMap((resource) => {
      if (!resource.startsWith(service)) return [];
      const similar = [
        `${resource}-other`,
        resource.replace(accountId, '999988887777'),
        resource.replace('prod', 'test'),
      ];
      return [resource, ...similar].flatMap((one) =>
        contextsOf(action).map((context) => ({ action, resource: one, context })),
      );
    });
  });
};

const isAllowed = async (
  { action, resource, context }: Request,
  statements: readonly (Json | Statement)[],
  asBoundary = false,
): Promise<boolean> => {
  const policy = { Version: '2012-10-17', Statement: statements };
  const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  const simulated = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${accountId}:role/rolebridge-prod-sweep`,
        action,
        resource: {
          // IAM authorizes this one without a resource.
          resource: action === 'iam:GetAccountAuthorizationDetails' ? '*' : resource,
          accountId,
        },
        contextVariables: context,
      },
      identityPolicies: [{ name: 'role', policy: asBoundary ? everything : policy }],
      ...(asBoundary ? { permissionBoundaryPolicies: [{ name: 'boundary', policy }] } : {}),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (simulated.resultType === 'error') {
    // An action on a resource of another type. Such a call does not exist.
    if (simulated.errors.message === 'no.resource.types') return false;
    throw new Error(JSON.stringify(simulated.errors));
  }
  return simulated.overallResult === 'Allowed';
};

it('the boundary allows what a role of the packaged stack allows, and nothing else', async () => {
  const differences: string[] = [];
  let allowed = 0;
  for (const request of requests()) {
    const ofRoles = await Promise.all(ofTemplate.map((statements) => isAllowed(request, statements)));
    const ofBoundary = await isAllowed(request, boundary, true);
    if (ofBoundary) allowed += 1;
    if (ofRoles.includes(true) !== ofBoundary) differences.push(JSON.stringify(request));
  }
  expect(differences).toEqual([]);
  expect(allowed).toBeGreaterThan(50);
});

it('the boundary names each statement of both roles once', () => {
  expect(
    boundary
      .map(({ Sid }) => Sid)
      .join('')
      .split(/(?=Reconcile[A-Z]|Sweep[A-Z])/)
      .toSorted(),
  ).toEqual(
    ['Reconcile', 'Sweep']
      .flatMap((role, index) =>
        (ofTemplate[index] ?? []).map((statement) => `${role}${String(fields(statement)['Sid'])}`),
      )
      .toSorted(),
  );
  expect(policyDocuments(boundary)).toHaveLength(1);
});

describe('with the most accounts that are listed', () => {
  const others = Array.from({ length: 99 }, (_, index) => String(500_000_000_000 + index));
  const settings = {
    ...deployment.settings,
    home: accountId,
    accounts: [accountId, ...others].map((id) => ({ id, provider: `aws-${id}` })),
  };
  const ofList = boundaryStatements({ ...deployment, settings });

  it('the boundary lists them once, and fits into a managed policy', () => {
    expect(JSON.stringify(ofList).split(others[0] ?? '')).toHaveLength(2);
    expect(policyDocuments(ofList)).toHaveLength(1);
  });

  it.each([
    ['the roles of both functions there', others[98] ?? '', ['member', 'member-read'], true],
    ['another role there', others[98] ?? '', ['viewer', 'forward'], false],
    ['these roles in an account that is not listed', '999988887777', ['member', 'member-read'], false],
  ] as const)('the boundary allows to assume %s: %s %j: %s', async (_, id, kinds, expected) => {
    for (const kind of kinds)
      expect(
        await isAllowed(
          {
            action: 'sts:AssumeRole',
            resource: memberRole('prod', settings, id, kind).arn,
            context: { 'aws:ResourceAccount': id },
          },
          ofList,
        ),
      ).toBe(expected);
  });

  it('the boundary differs from that of one account only in this', () => {
    expect(ofList.filter(({ Action }) => !Action.includes('sts:AssumeRole'))).toEqual(boundary);
  });
});

it('comparing the texts agrees: the roles need nothing that their boundary lacks', () => {
  expect(boundaryGaps(policyDocument(boundary), boundary)).toEqual({ missing: [], undecided: [] });
});
