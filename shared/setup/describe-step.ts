import { emailOfResource } from '../core/service-account.ts';
import { lastOf, projectOfName, type SettingChange, type SetupStep, type StepOf } from './step.ts';

/** What a step is called, and what there is to say of it. */
export interface Described {
  /** `+` makes what was not there, `~` changes what is. */
  readonly sign: '+' | '~';
  readonly title: string;
  readonly details: readonly string[];
}

export const describeStep = (step: SetupStep): Described => {
  switch (step.kind) {
    case 'writeSettings':
      return changed(`write ${step.path}`, step.changes.map(changeText));
    case 'enableServices':
      return made('enable APIs', step.services);
    case 'createPool':
      return made(`create pool ${lastOf(step.name)}`, [`description: ${step.description}`]);
    case 'undeletePool':
      return changed(`undelete pool ${lastOf(step.name)}`);
    case 'enablePool':
      return changed(`enable pool ${lastOf(step.name)}`);
    case 'describePool':
      return changed(`${step.isShared ? 'adopt' : 'mark'} pool ${lastOf(step.name)}`, [
        `description: ${step.description}`,
      ]);
    case 'createProvider':
      return made(
        `create provider ${lastOf(step.name)} for AWS account ${step.accountId}`,
        mappingLines(step.attributeMapping, step.attributeCondition),
      );
    case 'undeleteProvider':
      return changed(`undelete provider ${lastOf(step.name)}`);
    case 'enableProvider':
      return changed(`enable provider ${lastOf(step.name)}`);
    case 'correctProvider':
      return changed(`correct provider ${lastOf(step.name)}`, [
        ...step.faults.map((fault) => `wrong: ${fault}`),
        ...mappingLines(step.attributeMapping, step.attributeCondition),
      ]);
    case 'createServiceAccount':
      return made(`create service account ${step.email}`);
    case 'enableServiceAccount':
      return changed(`enable service account ${step.email}`);
    case 'createCustomRole':
      return made(`create role ${lastOf(step.name)}`, step.permissions);
    case 'undeleteCustomRole':
      return changed(`undelete role ${lastOf(step.name)}`);
    case 'correctCustomRole':
      return changed(`correct role ${lastOf(step.name)}`, [
        ...step.faults.map((fault) => `wrong: ${fault}`),
        ...step.permissions,
      ]);
    case 'bind':
      return made(bound(step));
  }
};

const made = (title: string, details: readonly string[] = []): Described => ({ sign: '+', title, details });
const changed = (title: string, details: readonly string[] = []): Described => ({
  sign: '~',
  title,
  details,
});

const bound = ({ purpose, resource, role, member }: StepOf<'bind'>): string => {
  switch (purpose) {
    case 'actAsRolebridge':
      return `let the AWS role ${lastOf(member)} act as ${emailOfResource(resource)}`;
    case 'readPool':
    case 'list':
      return `grant ${lastOf(role)} on project ${lastOf(resource)}`;
    case 'optInProject':
      return `grant ${lastOf(role)} on the WHOLE project ${lastOf(resource)}`;
    case 'optIn':
      return `grant ${lastOf(role)} on ${emailOfResource(resource)}`;
  }
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

/** A step in one line, apart from its plan: roles are told apart by their projects. */
export const titleOf = (step: SetupStep): string => {
  const { title } = describeStep(step);
  return isOfCustomRole(step) ? `${title} in project ${projectOfName(step.name)}` : title;
};

const customRoleKinds = ['createCustomRole', 'undeleteCustomRole', 'correctCustomRole'] as const;
type CustomRoleStep = StepOf<(typeof customRoleKinds)[number]>;

export const isOfCustomRole = (step: SetupStep): step is CustomRoleStep =>
  customRoleKinds.some((kind) => kind === step.kind);
