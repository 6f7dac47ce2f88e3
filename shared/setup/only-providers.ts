import { homeOf, type Settings } from '../core/settings.ts';
import { functionRoleNames } from '../core/stack.ts';
import { applySteps } from './apply.ts';
import { titleOf } from './describe-step.ts';
import type { ObservedPool } from './observe.ts';
import { noOptions } from './options.ts';
import { performing } from './perform.ts';
import { planPool } from './plan-pool.ts';
import { planProviders } from './plan-provider.ts';
import type { SettingsFile, SetupPorts } from './ports.ts';
import { readProviders } from './read-providers.ts';
import { openSetup, type PreparedSetup } from './setup.ts';
import { mergeParts, type PlanPart, planPart, type SettingChange, type SetupStep } from './step.ts';
import { type WantedSetup, wantedSetup } from './wanted.ts';

/**
 * Setup for accounts that join, in a scheduled job: creates and corrects providers, and does nothing else. It reads only the
 * pool, so the job needs no access to allow policies.
 * @throws ConfigError with every error in rolebridge.yml, or Failure if Google refuses a read
 */
export const prepareProviders = async (
  file: SettingsFile,
  portsOf: (settings: Settings) => SetupPorts,
  stage: string,
): Promise<PreparedSetup> => {
  const { ports, settings, changes, idOf, heading } = await openSetup(file, portsOf, stage, () => []);
  const wanted = wantedSetup({
    settings,
    settingsPath: file.path,
    settingChanges: changes,
    options: noOptions,
    functionRoles: functionRoleNames(stage, settings),
    owner: { accountId: homeOf(settings), stage },
    idOf,
    bucketProjects: new Map(),
  });
  const replan = async (): Promise<PlanPart> => planOnlyProviders(wanted, await observePool(ports, wanted));
  const plan = await replan();
  return {
    settings,
    heading,
    plan,
    apply: (reporter) => applySteps(ports, plan.steps, { ...performing(ports), replan }, reporter),
  };
};

const observePool = async (
  { reader }: SetupPorts,
  { pool: name, providers }: WantedSetup,
): Promise<ObservedPool> => {
  const pool = await reader.pool(name);
  const names = providers.map((provider) => provider.name);
  return { pool, providers: pool.kind === 'absent' ? new Map() : await readProviders(reader, name, names) };
};

/** The same plan as setup's, without anything that a person should see first. */
export const planOnlyProviders = (wanted: WantedSetup, observed: ObservedPool): PlanPart => {
  const pool = planPool(wanted, observed);
  const blocked = [...incomplete(wanted.settingChanges), ...pool.refusals, ...unprepared(pool.steps)];
  if (blocked.length > 0) return planPart({ refusals: blocked });
  const planned = planProviders(wanted, observed);
  const isUnattended = ({ kind }: SetupStep): boolean =>
    kind === 'createProvider' || kind === 'correctProvider';
  return mergeParts([
    pool,
    { ...planned, steps: planned.steps.filter(isUnattended) },
    planPart({
      warnings: planned.steps
        .filter((step) => !isUnattended(step))
        .map(
          (step) => `Left to a person: ${titleOf(step)}. Run "rolebridge setup" without --only-providers.`,
        ),
    }),
  ]);
};

const incomplete = (changes: readonly SettingChange[]): readonly string[] =>
  changes.length === 0
    ? []
    : ['rolebridge.yml lacks settings that setup fills in. Run "rolebridge setup" without --only-providers.'];

const unprepared = (steps: readonly SetupStep[]): readonly string[] =>
  steps.length === 0
    ? []
    : [
        `The pool is not ready for providers: setup would ${steps.map(titleOf).join(', then ')}. Run "rolebridge setup" without --only-providers.`,
      ];
