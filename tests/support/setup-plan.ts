import { wantedCondition, wantedMapping } from '../../shared/core/provider-mapping.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { fileSites, type Settings } from '../../shared/core/settings.ts';
import { functionRoleNames } from '../../shared/core/stack.ts';
import type { ObservedSetup } from '../../shared/setup/observe.ts';
import { parseOptIns, parseResourceOptIns } from '../../shared/setup/options.ts';
import { requiredServices } from '../../shared/setup/services.ts';
import type { SettingChange } from '../../shared/setup/step.ts';
import { type WantedSetup, wantedSetup } from '../../shared/setup/wanted.ts';
import { accountId, settings } from './settings.ts';

export const heading = {
  project: 'acme-identity',
  projectNumber: '123456789012',
  accountIds: [accountId],
  stage: 'prod',
};

/** A text in the description of a pool of ours. */
export const ownMarker = `managed by rolebridge; owner ${accountId}/prod`;

interface Asked {
  readonly settings?: Partial<Settings>;
  readonly changes?: readonly SettingChange[];
  readonly adopts?: boolean;
  readonly optIn?: readonly string[];
  readonly optInProjects?: readonly string[];
  readonly optInResources?: readonly string[];
  readonly optInProjectGrants?: readonly string[];
  readonly keyReaders?: readonly string[];
}

/** A project's number means the project. */
const idOf = (named: string): string => (named === '222222222222' ? 'acme-data' : named);

export const wantedOf = ({
  changes = [],
  adopts = false,
  optIn = [],
  optInProjects = [],
  optInResources = [],
  optInProjectGrants = [],
  keyReaders = [],
  ...asked
}: Asked = {}) =>
  wantedSetup({
    settings: {
      ...settings,
      google: { ...settings.google, projects: ['acme-data'] },
      ...asked.settings,
    },
    settingsPath: 'rolebridge.yml',
    settingChanges: changes,
    options: {
      adopts,
      optIn: parseOptIns(optIn),
      optInProjects,
      optInResources: parseResourceOptIns(optInResources),
      optInProjectGrants,
      keyReaders,
    },
    functionRoles: functionRoleNames('prod', { ...settings, ...asked.settings }),
    owner: { accountId, stage: 'prod' },
    idOf,
    bucketProjects: new Map([['buckets/acme-in', 'acme-data']]),
  });

/** Google before rolebridge was used; the named accounts exist. */
export const nothing = (...emails: readonly string[]): ObservedSetup => ({
  disabledServices: requiredServices,
  pool: { kind: 'absent' },
  providers: new Map(),
  serviceAccount: { kind: 'absent' },
  customRoles: new Map(),
  policies: new Map([
    ['projects/acme-data', {}],
    ['projects/acme-identity', {}],
    ...emails.map((email) => [serviceAccountResource(email), {}] as const),
  ]),
  unreadLimits: new Map(),
  rules: { googleRoles: new Map(), grantable: new Map() },
});

export const awake = { kind: 'there', isDeleted: false, isDisabled: false } as const;

/** Google in the wanted state. */
export const everything = ({
  settings: { allow },
  providers,
  customRoles,
  grants,
}: WantedSetup): ObservedSetup => ({
  disabledServices: [],
  pool: { ...awake, description: ownMarker },
  providers: new Map(
    providers.map(({ name }) => [
      name,
      {
        ...awake,
        awsAccountId: accountId,
        attributeMapping: wantedMapping,
        attributeCondition: wantedCondition(accountId),
      },
    ]),
  ),
  serviceAccount: { kind: 'there', isDisabled: false, displayName: 'rolebridge' },
  customRoles: new Map(customRoles.map(({ name, permissions }) => [name, { ...awake, permissions }])),
  policies: new Map(
    [...Map.groupBy(grants, ({ resource }) => resource)].map(([resource, inside]) => [
      resource,
      { bindings: inside.map(({ role, member }) => ({ role, members: [member] })) },
    ]),
  ),
  unreadLimits: new Map(),
  rules: {
    // Google roles without any permission, which every rule may name.
    googleRoles: new Map(
      fileSites({ allow }).map(({ googleRole }) => [
        googleRole,
        { kind: 'read', permissions: ['resourcemanager.projects.get'] },
      ]),
    ),
    grantable: new Map(),
  },
});
