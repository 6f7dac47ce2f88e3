import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import {
  fields,
  items,
  type Json,
  readTemplate,
  resourcesOf,
  type Template,
} from '../../local/stack/template.ts';
import { isAllowed as isAllowedBy } from '../../local/testing/is-allowed.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { stackNames } from '../../shared/core/stack.ts';
import { boundaryStatements } from '../../shared/permissions/boundary.ts';
import { deployerStatements } from '../../shared/permissions/deployer.ts';
import { resourceTypes } from '../../shared/permissions/handlers.ts';
import { personalStatements } from '../../shared/permissions/person.ts';
import { policyDocuments } from '../../shared/permissions/policy.ts';
import { memberBus } from '../../stack/member-bus.ts';
import { cfnLint, hasCfnLint, nothingToSay } from '../support/cfn-lint.ts';
import { packageWith } from '../support/package-with.ts';
import { accountId, settings as base } from '../support/settings.ts';

const settings = parse(readFileSync('rolebridge.yml', 'utf8')) as Readonly<Record<string, unknown>>;
const others = (count: number) => Array.from({ length: count }, (_, index) => `${444_400_000_000 + index}`);
/** With as many accounts as a list may have, and with a thousand of an organization. */
const listed = others(99);
const packaged = (ids: readonly string[], more: object) =>
  packageWith(
    stringify({
      ...settings,
      ...more,
      home: accountId,
      accounts: [accountId, ...ids].map((id) => ({ id })),
    }),
  );
const templateName = 'cloudformation-template-update-stack.json';

const folders: Record<string, string> = {};
const read = (folder: string | undefined): Template =>
  readTemplate(join(folder ?? '', templateName), {
    accountId,
    region: 'us-east-1',
    endpoint: 'http://127.0.0.1',
  });
let list: Template;
let organization: Template;
beforeAll(async () => {
  folders['list'] = await packaged(listed, {});
  folders['organization'] = await packaged(others(999), { organization: 'o-a1b2c3d4e5' });
  list = read(folders['list']);
  organization = read(folders['organization']);
});
afterAll(() => {
  for (const folder of Object.values(folders)) rmSync(dirname(folder), { recursive: true, force: true });
});

const bus = `arn:aws:events:us-east-1:${accountId}:event-bus/rolebridge-prod`;
const only = (template: Template, type: string) => {
  const [resource, ...rest] = resourcesOf(template, type);
  if (resource === undefined || rest.length > 0) throw new Error(`Not exactly one ${type}`);
  return resource;
};

it('with one account, the template has no bus, and no role may assume another one', () => {
  const text = readFileSync(join('.serverless', templateName), 'utf8');
  expect(text).not.toMatch(/EventBus|AssumeInOtherAccounts/);
  expect(memberBus(base)).toEqual({});
});

describe('with several accounts', () => {
  (hasCfnLint ? it : it.skip)('cfn-lint has nothing to say', () => {
    expect(folders).toMatchObject({ list: expect.any(String), organization: expect.any(String) });
    const templates = Object.values(folders).map((folder) => join(folder, templateName));
    expect(cfnLint(...templates)).toEqual(nothingToSay);
  });

  it('the bus has exactly one rule, which matches like that of the default bus', () => {
    const [own, member, ...rest] = resourcesOf(organization, 'AWS::Events::Rule')
      .map(({ properties }) => properties)
      .filter(({ EventPattern }) => fields(EventPattern)['source']?.toString() === 'aws.iam');
    expect(rest).toEqual([]);
    expect(own?.['EventBusName']).toBeUndefined();
    expect(member).toMatchObject({ Name: 'rolebridge-prod-member-events', EventBusName: 'rolebridge-prod' });
    expect(member?.['EventPattern']).toEqual(own?.['EventPattern']);
    expect(member?.['Targets']).toEqual(own?.['Targets']);
  });

  it('the deployer’s policy covers the types of resources, and names bus and rule', () => {
    const accounts = others(2).map((id) => ({ id, provider: `aws-${id}` }));
    const deployment = {
      settings: { ...base, home: accountId, accounts },
      stage: 'prod',
      names: stackNames('prod'),
    };
    const types = organization.resources.map(({ type }) => type);
    expect(resourceTypes(deployment.settings)).toEqual([...new Set(types)].toSorted());
    const text = JSON.stringify(deployerStatements(deployment));
    expect(text).toContain(`"${bus}"`);
    expect(text).toContain(`:rule/rolebridge-prod/rolebridge-prod-member-events"`);
  });

  it('the boundary has the same condition, and fits with an organization', () => {
    const accounts = [accountId, ...others(999)].map((id) => ({ id, provider: `aws-${id}` }));
    const settingsOf = { ...base, home: accountId, accounts, organization: 'o-a1b2c3d4e5' };
    const documents = policyDocuments(
      boundaryStatements({ settings: settingsOf, stage: 'prod', names: stackNames('prod') }),
    );
    expect(documents).toHaveLength(1);
    const assumes = documents[0]?.Statement.filter(({ Action }) => Action.includes('sts:AssumeRole'));
    expect(assumes?.map(({ Resource, Condition }) => ({ Resource, Condition }))).toEqual([
      {
        Resource: ['member', 'member-read'].map((kind) => `arn:aws:iam::*:role/rolebridge-prod-${kind}`),
        Condition: { StringEquals: { 'aws:ResourceOrgID': 'o-a1b2c3d4e5' } },
      },
    ]);
  });

  it('people may only assume the viewer roles, and only with several accounts', () => {
    const accounts = [accountId, ...others(2)].map((id) => ({ id, provider: `aws-${id}` }));
    const names = stackNames('prod');
    for (const job of ['plan', 'operator', 'doctor'] as const) {
      const found = (settingsOf: Settings) =>
        personalStatements(job, { settings: settingsOf, stage: 'prod', names }).filter(({ Action }) =>
          Action.includes('sts:AssumeRole'),
        );
      expect(found(base)).toEqual([]);
      expect(found({ ...base, home: accountId, accounts })).toMatchObject([
        {
          Resource: ['arn:aws:iam::*:role/rolebridge-prod-viewer'],
          Condition: { StringEquals: { 'aws:ResourceAccount': others(2) } },
        },
      ]);
    }
  });

  it('both queues accept its rule, in addition to the two others', () => {
    const sources = resourcesOf(list, 'AWS::SQS::QueuePolicy').map(({ properties }) => {
      const [statement] = items(fields(properties['PolicyDocument'])['Statement']);
      return fields(fields(fields(statement ?? null)['Condition'])['ArnEquals'])['aws:SourceArn'];
    });
    const rule = (name: string) => `arn:aws:events:us-east-1:${accountId}:rule/${name}`;
    const three = [
      rule('rolebridge-prod-role-events'),
      rule('rolebridge-prod-drift'),
      expect.stringContaining('rolebridge-prod-member-events'),
    ];
    expect(sources).toEqual([three, three]);
  });

  it('the code contains the file, so that the functions’ environment does not grow', () => {
    const environments = (template: Template) =>
      resourcesOf(template, 'AWS::Lambda::Function').map(
        ({ properties }) => JSON.stringify(properties['Environment']).length,
      );
    // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 4 KB.
    for (const size of environments(organization)) expect(size).toBeLessThan(1000);
  });

  it('AWS accepts the policies: 10,240 characters for the bus, and for all policies of a role', () => {
    for (const template of [list, organization]) {
      const policy = only(template, 'AWS::Events::EventBusPolicy').properties['Statement'] ?? null;
      const roles = resourcesOf(template, 'AWS::IAM::Role').map(
        ({ properties }) => properties['Policies'] ?? null,
      );
      for (const document of [policy, ...roles]) expect(JSON.stringify(document).length).toBeLessThan(10_240);
    }
  });

  it.each<[string, () => Template, string, object, boolean]>([
    ['a listed account', () => list, listed[98] ?? '', {}, true],
    ['an account that is not listed', () => list, '555566667777', {}, false],
    [
      'an account of the organization',
      () => organization,
      '555566667777',
      { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' },
      true,
    ],
    [
      'an account of another organization',
      () => organization,
      '555566667777',
      { 'aws:PrincipalOrgID': 'o-zzzzzzzzzz' },
      false,
    ],
    ['an account without an organization', () => organization, '555566667777', {}, false],
  ])('the bus and %s', async (_, template, sender, context, isAdmitted) => {
    const Statement = [
      {
        ...fields(only(template(), 'AWS::Events::EventBusPolicy').properties['Statement'] ?? null),
        Resource: bus,
      },
    ];
    expect(
      await isAllowed({
        principal: `arn:aws:sts::${sender}:assumed-role/rolebridge-prod-forward/x`,
        action: 'events:PutEvents',
        resource: bus,
        owner: accountId,
        context,
        identity: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
        resourcePolicy: { Version: '2012-10-17', Statement },
      }),
    ).toBe(isAdmitted);
  });

  it.each<[string, () => Template, string, object, string, boolean]>([
    ['of a listed account', () => list, listed[0] ?? '', { 'aws:ResourceAccount': listed[0] }, '', true],
    [
      'of an account that is not listed',
      () => list,
      '555566667777',
      { 'aws:ResourceAccount': '555566667777' },
      '',
      false,
    ],
    [
      'of the organization',
      () => organization,
      '555566667777',
      { 'aws:ResourceOrgID': 'o-a1b2c3d4e5' },
      '',
      true,
    ],
    [
      'of another organization',
      () => organization,
      '555566667777',
      { 'aws:ResourceOrgID': 'o-zzzzzzzzzz' },
      '',
      false,
    ],
    [
      'with another name',
      () => organization,
      '555566667777',
      { 'aws:ResourceOrgID': 'o-a1b2c3d4e5' },
      '-admin',
      false,
    ],
  ])(
    'the functions may assume their own role %s: %#',
    async (_, template, owner, context, suffix, isExpected) => {
      const kinds = { 'rolebridge-prod-reconcile': 'member', 'rolebridge-prod-sweep': 'member-read' };
      for (const [name, kind] of Object.entries(kinds))
        for (const other of Object.values(kinds)) {
          const answer = await isAllowed({
            principal: `arn:aws:sts::${accountId}:assumed-role/${name}/x`,
            action: 'sts:AssumeRole',
            resource: `arn:aws:iam::${owner}:role/rolebridge-prod-${other}${suffix}`,
            owner,
            context,
            identity: statementsOf(template(), name),
            resourcePolicy: {
              Version: '2012-10-17',
              Statement: [
                {
                  Effect: 'Allow',
                  Principal: { AWS: `arn:aws:iam::${accountId}:root` },
                  Action: 'sts:AssumeRole',
                },
              ],
            },
          });
          expect({ name, other, answer }).toEqual({ name, other, answer: isExpected && kind === other });
        }
    },
  );
});

const statementsOf = (template: Template, name: string): readonly Json[] =>
  resourcesOf(template, 'AWS::IAM::Role')
    .filter(({ properties }) => properties['RoleName'] === name)
    .flatMap(({ properties }) => items(properties['Policies']))
    .flatMap((policy) => items(fields(fields(policy)['PolicyDocument'])['Statement']));

interface Question {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly owner: string;
  readonly context: object;
  readonly identity: readonly Json[];
  readonly resourcePolicy: object;
}

const isAllowed = ({ owner, context, identity, resourcePolicy, ...question }: Question): Promise<boolean> =>
  isAllowedBy({
    ...question,
    resourceAccountId: owner,
    context: Object.fromEntries(Object.entries(context).map(([key, value]) => [key, String(value)])),
    identityPolicies: [{ Version: '2012-10-17', Statement: identity }],
    resourcePolicy,
  });
