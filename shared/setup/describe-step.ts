import type { Condition } from '../core/iam-policy.ts';
import { emailOfResource } from '../core/service-account.ts';
import { resourceText } from '../core/target.ts';
import { rolesOfLimit } from './limit.ts';
import {
  lastOf,
  projectOfName,
  type SettingChange,
  type SetupGrant,
  type SetupStep,
  type StepOf,
} from './step.ts';

/** A step as the plan shows it. */
export interface Described {
  /** `+` creates, `~` changes, `-` removes. */
  readonly sign: '+' | '~' | '-';
  readonly title: string;
  readonly details: readonly string[];
}

export const describeStep = (step: SetupStep): Described => {
  switch (step.kind) {
    case 'writeSettings':
      return change(`write ${step.path}`, step.changes.map(changeText));
    case 'enableServices':
      return addition('enable APIs', step.services);
    case 'createPool':
      return addition(`create pool ${lastOf(step.name)}`, [`description: ${step.description}`]);
    case 'undeletePool':
      return change(`undelete pool ${lastOf(step.name)}`);
    case 'enablePool':
      return change(`enable pool ${lastOf(step.name)}`);
    case 'describePool':
      return change(`${step.isShared ? 'adopt' : 'mark'} pool ${lastOf(step.name)}`, [
        `description: ${step.description}`,
      ]);
    case 'createProvider':
      return addition(
        `create provider ${lastOf(step.name)} for AWS account ${step.accountId}`,
        mappingLines(step.attributeMapping, step.attributeCondition),
      );
    case 'undeleteProvider':
      return change(`undelete provider ${lastOf(step.name)}`);
    case 'enableProvider':
      return change(`enable provider ${lastOf(step.name)}`);
    case 'correctProvider':
      return change(`correct provider ${lastOf(step.name)}`, [
        ...step.faults.map((fault) => `wrong: ${fault}`),
        ...mappingLines(step.attributeMapping, step.attributeCondition),
      ]);
    case 'createServiceAccount':
      return addition(`create service account ${step.email}`);
    case 'enableServiceAccount':
      return change(`enable service account ${step.email}`);
    case 'createCustomRole':
      return addition(`create role ${lastOf(step.name)}`, step.permissions);
    case 'undeleteCustomRole':
      return change(`undelete role ${lastOf(step.name)}`);
    case 'correctCustomRole':
      return change(`correct role ${lastOf(step.name)}`, [
        ...step.faults.map((fault) => `wrong: ${fault}`),
        ...step.permissions,
      ]);
    case 'bind':
      return addition(bindTitle(step), limitLines(step));
    case 'unbind':
      return { sign: '-', title: unbindTitle(step), details: [] };
  }
};

const addition = (title: string, details: readonly string[] = []): Described => ({
  sign: '+',
  title,
  details,
});
const change = (title: string, details: readonly string[] = []): Described => ({
  sign: '~',
  title,
  details,
});

const bindTitle = ({ purpose, resource, role, member }: SetupGrant): string => {
  switch (purpose) {
    case 'actAsRolebridge':
      return `let the AWS role ${lastOf(member)} act as ${emailOfResource(resource)}`;
    case 'readPool':
    case 'list':
      return `grant ${lastOf(role)} on project ${lastOf(resource)}`;
    case 'optInProject':
      return `grant ${lastOf(role)} on the WHOLE project ${lastOf(resource)}`;
    case 'optIn':
    case 'optInResource':
      return `grant ${lastOf(role)} on ${resourceText(resource)}`;
    case 'optInProjectGrants':
      return `grant ${lastOf(role)} on project ${lastOf(resource)}, limited`;
    case 'readKeys':
      return `let ${member} read service account keys and their last use in project ${lastOf(resource)}`;
  }
};

const limitLines = ({ condition }: SetupGrant): readonly string[] =>
  condition === undefined ? [] : [`to changes of ${rolesOfLimit(condition).join(', ')}`];

/** The end of a grant, as setup's own plan and its undo call it. */
export const unbindTitle = ({ purpose, resource, role, member, condition }: SetupGrant): string => {
  const end = condition === undefined ? '' : ` under the condition "${condition.title ?? ''}"`;
  switch (purpose) {
    case 'actAsRolebridge':
      return `no longer let the AWS role ${lastOf(member)} act as ${emailOfResource(resource)}`;
    case 'readPool':
    case 'list':
      return `revoke ${lastOf(role)} on project ${lastOf(resource)}${end}`;
    case 'optInProject':
      return `revoke ${lastOf(role)} on the WHOLE project ${lastOf(resource)}${end}`;
    case 'optIn':
    case 'optInResource':
      return `revoke ${lastOf(role)} on ${resourceText(resource)}${end}`;
    case 'readKeys':
      return `no longer let ${member} read service account keys in project ${lastOf(resource)}${end}`;
    case 'optInProjectGrants':
      return `revoke ${lastOf(role)} on project ${lastOf(resource)}, ${limitText(condition)}`;
  }
};

const limitText = (condition: Condition | undefined): string => {
  const roles = rolesOfLimit(condition ?? {});
  if (roles.length > 0) return `limited to changes of ${roles.join(', ')}`;
  return condition === undefined ? 'not limited' : `under the condition "${condition.title ?? ''}"`;
};

const mappingLines = (mapping: Readonly<Record<string, string>>, condition: string): readonly string[] => [
  ...Object.entries(mapping).map(([attribute, expression]) => `${attribute} = ${expression}`),
  `condition: ${condition === '' ? 'none' : condition}`,
];

const changeText = ({ path, value, before }: SettingChange): string =>
  `${pathText(path)}: ${value}${before === undefined ? '' : ` (was ${before})`}`;

export const pathText = (path: SettingChange['path']): string =>
  path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${key}`))
    .join('');

/** A step in one line, outside of its plan. Custom roles have the same name in every project, so their project is added. */
export const titleOf = (step: SetupStep): string => {
  const { title } = describeStep(step);
  return isCustomRoleStep(step) ? `${title} in project ${projectOfName(step.name)}` : title;
};

const customRoleKinds = ['createCustomRole', 'undeleteCustomRole', 'correctCustomRole'] as const;
type CustomRoleStep = StepOf<(typeof customRoleKinds)[number]>;

export const isCustomRoleStep = (step: SetupStep): step is CustomRoleStep =>
  customRoleKinds.some((kind) => kind === step.kind);
