import pMap from 'p-map';
import { PermanentError } from '../core/errors.ts';
import { homeOf, type Settings } from '../core/settings.ts';
import { functionRoleNames, roleNameError } from '../core/stack.ts';
import { type Applied, applySteps, type Reporter } from './apply.ts';
import { bucketProjects } from './bucket-projects.ts';
import { observeSetup } from './observe.ts';
import { projectsNamed, type SetupOptions } from './options.ts';
import { performing } from './perform.ts';
import { planSetup, sharedCorrections, withPoolUses } from './plan.ts';
import type { PlanHeading } from './plan-text.ts';
import { type GoogleReader, maxParallelReads, type SettingsFile, type SetupPorts } from './ports.ts';
import { readPoolUses } from './read-pool-uses.ts';
import type { SetupPlan } from './step.ts';
import { type WantedSetup, wantedSetup } from './wanted.ts';

export interface SetupRequest {
  readonly stage: string;
  readonly options: SetupOptions;
}

export interface PreparedSetup {
  readonly settings: Settings;
  readonly heading: PlanHeading;
  readonly plan: SetupPlan;
  readonly apply: (reporter: Reporter) => Promise<Applied>;
}

/**
 * Reads the Google side and plans what setup must change. Changes nothing until `apply`, which observes, plans and performs
 * step by step.
 * @throws ConfigError with every error in rolebridge.yml, or Failure if Google refuses a read
 */
export const prepareSetup = async (
  file: SettingsFile,
  portsOf: (settings: Settings) => SetupPorts,
  { stage, options }: SetupRequest,
): Promise<PreparedSetup> => {
  const { ports, settings, changes, idOf, heading } = await openSetup(file, portsOf, stage, (known) => [
    ...projectsNamed(known, options),
    ...options.optInProjectGrants,
  ]);
  const wanted = wantedSetup({
    settings,
    settingsPath: file.path,
    settingChanges: changes,
    options,
    functionRoles: functionRoleNames(stage, settings),
    owner: { accountId: homeOf(settings), stage },
    idOf,
    bucketProjects: await bucketProjects(ports.reader, options.optInResources),
  });
  const projects = [...new Set([settings.google.project, ...settings.google.projects].map(idOf))];
  const replan = () => observeAndPlan(ports, wanted, projects);
  const plan = await replan();
  return {
    settings,
    heading,
    plan,
    apply: (reporter) =>
      applySteps(
        ports,
        plan.steps,
        {
          ...performing(ports),
          replan,
        },
        reporter,
      ),
  };
};

export interface OpenedSetup<Ports> {
  readonly ports: Ports;
  /** With everything that setup decides itself. */
  readonly settings: Settings;
  readonly changes: ReturnType<SettingsFile['complete']>['changes'];
  /** The id of a project, from its id or number. */
  readonly idOf: (named: string) => string;
  readonly heading: PlanHeading;
}

/**
 * Completes the settings by the number of their project, and finds the projects that they name: the beginning of setup and of
 * its undo.
 * @throws ConfigError with every error in rolebridge.yml, or PermanentError if there is no such project, or a name would be too long
 */
export const openSetup = async <Ports extends { readonly reader: GoogleReader }>(
  file: SettingsFile,
  portsOf: (settings: Settings) => Ports,
  stage: string,
  projectsOf: (settings: Settings) => readonly string[],
): Promise<OpenedSetup<Ports>> => {
  const draft = file.complete().settings;
  const tooLong = roleNameError(stage, draft);
  if (tooLong !== undefined) throw new PermanentError(tooLong);
  const ports = portsOf(draft);
  const own = await findProject(ports.reader, draft.google.project);
  const { settings, changes } = file.complete(own.number);
  const ids = await projectIds(ports.reader, projectsOf(settings));
  return {
    ports,
    settings,
    changes,
    idOf: (named) => (named === settings.google.project ? own.id : (ids.get(named) ?? named)),
    heading: {
      project: own.id,
      projectNumber: own.number,
      accountIds: settings.accounts.map(({ id }) => id),
      stage,
    },
  };
};

/** The ids of projects, by the id or number that names them. @throws PermanentError if one does not exist */
const projectIds = async (
  reader: GoogleReader,
  named: readonly string[],
): Promise<ReadonlyMap<string, string>> =>
  new Map(
    await pMap(named, async (one) => [one, (await findProject(reader, one)).id] as const, {
      concurrency: maxParallelReads,
    }),
  );

/** @throws PermanentError if there is no such project */
const findProject = async (
  reader: GoogleReader,
  named: string,
): Promise<{ readonly id: string; readonly number: string }> => {
  const project = await reader.project(named);
  if (project.number !== '') return project;
  throw new PermanentError(`Google finds no project ${named}. Correct it in rolebridge.yml, or create it.`);
};

const observeAndPlan = async (
  ports: SetupPorts,
  wanted: WantedSetup,
  projects: readonly string[],
): Promise<SetupPlan> => {
  const observed = await observeSetup(ports, wanted);
  const plan = planSetup(wanted, observed);
  return sharedCorrections(plan, wanted, observed).length === 0
    ? plan
    : withPoolUses(plan, wanted, observed, await readPoolUses(ports, wanted.pool, projects));
};
