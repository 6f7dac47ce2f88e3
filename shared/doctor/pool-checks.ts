import type { PoolState, ProviderState, ServiceAccountState } from '../core/google-side.ts';
import { markCommand, markerOf, ownerText } from '../core/pool-marker.ts';
import { homeOf, poolPath, type Settings } from '../core/settings.ts';
import { requiredServices } from '../setup/wanted.ts';
import { poolCommand, providerCommand, rolebridge } from './commands.ts';
import { type Finding, failed, listed, ok, unknown, warning } from './finding.ts';

export interface ProjectState {
  readonly id: string;
  readonly number: string;
}

/** A project that could not be read: Google does not say whether it is there. */
export type SeenProject = ProjectState | undefined;

/** The file's project and number belong together. Each was asked for by itself. */
export const checkProject = (
  { google: { project, projectNumber } }: Settings,
  byNumber: SeenProject,
  byId: SeenProject,
): Finding => {
  if (byNumber !== undefined && byNumber.id !== project)
    return failed(
      `google.projectNumber ${projectNumber} is project ${byNumber.id}, and google.project says ${project}.`,
      `Correct rolebridge.yml. The number of ${project}: gcloud projects describe ${project} --format 'value(projectNumber)'`,
    );
  if (byNumber !== undefined) return ok(`${project} has the number ${projectNumber}.`);
  if (byId !== undefined)
    return failed(
      `Project ${project} has the number ${byId.number}, and google.projectNumber says ${projectNumber}.`,
      `Write projectNumber: "${byId.number}" into rolebridge.yml.`,
    );
  return unknown(
    `Project ${project} is not there, or you may not see it: Google does not tell which.`,
    `See whether it is: gcloud projects describe ${project} (resourcemanager.projects.get, as in roles/browser)`,
  );
};

export const checkApis = ({ google: { project } }: Settings, off: readonly string[]): Finding =>
  off.length === 0
    ? ok(`${listed(requiredServices)} are enabled in ${project}.`)
    : failed(
        `${off.length === 1 ? 'The API' : 'The APIs'} ${listed(off)} ${off.length === 1 ? 'is' : 'are'} off in project ${project}.`,
        `Enable: gcloud services enable ${off.join(' ')} --project ${project}`,
      );

export const checkPool = (settings: Settings, stage: string, pool: PoolState): Finding => {
  const { google } = settings;
  const name = `The workload identity pool ${google.pool} of project ${google.project}`;
  if (pool.kind === 'absent')
    return failed(`${name} does not exist.`, `Make it: ${rolebridge(stage, 'setup')}`);
  if (pool.isDeleted)
    return failed(
      `${name} is deleted; for 30 days it can be brought back.`,
      `Bring it back: ${poolCommand(settings, 'undelete')}`,
    );
  if (pool.isDisabled)
    return failed(
      `${name} is disabled: no token is given, and those given are void.`,
      `Enable it: ${poolCommand(settings, 'update', ' --no-disabled')}`,
    );
  return ok(`${google.pool} exists and is enabled.`);
};

/** Whose the pool is, by its marker (docs/adr/0021). */
export const checkMarker = (settings: Settings, stage: string, pool: PoolState): Finding => {
  const owner = { accountId: homeOf(settings), stage };
  const name = `The pool ${settings.google.pool}`;
  const mark = markCommand(settings.google.pool, settings.google.project);
  const description = pool.kind === 'there' ? pool.description : '';
  const marker = markerOf(description, owner);
  switch (marker.kind) {
    case 'ours':
      return ok(
        `${name} is marked as that of ${ownerText(owner)}${marker.isAdopted ? ', which adopted it' : ''}.`,
      );
    case 'another':
      return failed(
        `${name} belongs to rolebridge of ${marker.owner} (AWS account and stage): this deployment, ${ownerText(owner)}, binds, publishes and removes nothing in it.`,
        `Name another pool in google.pool of rolebridge.yml, make it (${rolebridge(stage, 'setup')}) and deploy. If that deployment no longer exists, replace its marker by one without an owner, and run setup: ${mark}`,
      );
    case 'unowned':
    case 'none':
      return warning(
        `${name} is not marked as that of ${ownerText(owner)} (its description: "${description}"): rolebridge removes only bindings that it has a record of.`,
        marker.kind === 'unowned'
          ? `Mark it: ${rolebridge(stage, 'setup')}`
          : `If rolebridge made the pool, give it a marker, then run ${rolebridge(stage, 'setup')}: ${mark}\nIf it is a pool of others, name one of your own in google.pool. docs/operations.md, "pool-not-ours"`,
      );
  }
};

export interface Account {
  readonly id: string;
  readonly provider: string;
}

export const checkProvider = (
  settings: Settings,
  stage: string,
  { id, provider }: Account,
  state: ProviderState,
): Finding => {
  const name = `The provider ${provider} of the pool ${settings.google.pool}`;
  if (state.kind === 'absent')
    return failed(`${name} does not exist.`, `Make it: ${rolebridge(stage, 'setup')}`);
  if (state.isDeleted)
    return failed(
      `${name} is deleted; for 30 days it can be brought back.`,
      `Bring it back, and correct it first if need be: ${rolebridge(stage, 'setup')}`,
    );
  if (state.isDisabled)
    return failed(
      `${name} is disabled: no token is given.`,
      `Enable it: ${providerCommand(settings, 'update-aws', provider, ' --no-disabled')}`,
    );
  return state.awsAccountId === id
    ? ok(`${provider} exists, is enabled, and trusts AWS account ${id}.`)
    : failed(
        `${name} trusts ${state.awsAccountId === undefined ? 'no AWS account' : `AWS account ${state.awsAccountId}`}, not ${id}.`,
        `Correct it: ${providerCommand(settings, 'update-aws', provider, ` --account-id ${id}`)}`,
      );
};

/** rolebridge's own account, or a target. */
export const checkServiceAccount = (email: string, state: ServiceAccountState, make: string): Finding => {
  if (state.kind === 'absent') return failed(`The service account ${email} does not exist.`, make);
  return state.isDisabled
    ? failed(
        `The service account ${email} is disabled.`,
        `Enable it: gcloud iam service-accounts enable ${email}`,
      )
    : ok(`${email} exists and is enabled.`);
};

/** `projects/N/locations/global/workloadIdentityPools/POOL/providers/PROVIDER` */
export const providerName = (settings: Settings, provider: string): string =>
  `${poolPath(settings)}/providers/${provider}`;
